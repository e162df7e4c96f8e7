"""What whoever administers finds at every service: its key, its dead letters, the stand's clock."""
