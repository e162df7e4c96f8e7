"""Which lengths of time a setting can have."""

from __future__ import annotations

from math import isfinite

ABOVE_0 = frozenset(
    {
        "head_seconds",
        "body_seconds",
        "idle_seconds",
        "write_seconds",
        "costly_seconds",
        "client_seconds",
        "challenge_seconds",
        "session_minutes",
        "session_hours",
    }
)
"""The settings in whose time somebody has to do something: in none, nobody could."""


def fault(name: str, value: float) -> str | None:
    """What is wrong with this length of time for the setting of this name; None if nothing is."""
    if name in ABOVE_0 and not value > 0:
        return "must be above 0"
    if value < 0:
        return "must not be below 0"
    return None if isfinite(value) else "must be a number, and not without end"
