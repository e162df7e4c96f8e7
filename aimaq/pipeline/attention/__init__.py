"""What waits for an operator at a service: how the gateway learns of it, and what an operator does about it."""
