"""Time stamps of signatures (RFC 3161): the token, and the client of the authority that issues it."""
