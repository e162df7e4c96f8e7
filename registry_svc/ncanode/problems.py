"""How it is told that something cannot be done: in NCANode's words, with the HTTP status beside them."""

from __future__ import annotations


class Refused(Exception):
    """What was asked cannot be done: the HTTP status, what went wrong in NCANode's words, and where."""

    def __init__(self, message: str, *, status: int = 400, details: str | None = None) -> None:
        super().__init__(message)
        self.message, self.status, self.details = message, status, details
