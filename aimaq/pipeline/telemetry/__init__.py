"""What a service tells of its own running: counts, measured times, lines of the log, traces."""
