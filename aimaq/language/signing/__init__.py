"""Signatures of systems over messages: a JWS for one, or one for many under a Merkle tree."""
