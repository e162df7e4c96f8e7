"""What waits for an operator anywhere on the stand: told by the services, shown together, acted on from here."""
