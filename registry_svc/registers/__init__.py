"""The state registers: the books they are kept in, the schemas of their records, their REST API."""
