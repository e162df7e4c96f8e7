"""The HTTP endpoints that every service has: everything that imports FastAPI."""
