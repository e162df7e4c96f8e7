"""Whom the console lets in: the registry as it is asked, and the session of each request."""
