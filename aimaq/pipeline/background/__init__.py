"""What runs beside a service's batches: its tasks, messages that wait to be tried again, the purge of its inbox."""
