"""Whether a certificate still counts: revocation lists (RFC 5280, 5) and the responder (OCSP, RFC 6960)."""
