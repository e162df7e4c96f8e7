"""Certificates (RFC 5280): read, held against the national profile, and traced to the authority."""
