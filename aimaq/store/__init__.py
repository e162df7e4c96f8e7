"""The database of a service: every file that knows which dialect of SQL is spoken."""
