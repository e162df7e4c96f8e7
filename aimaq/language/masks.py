"""Personal data as an operator sees them who has not asked for them by name: enough to tell two people apart."""

from __future__ import annotations

from typing import Final

DOT: Final = "•"

_SHOWN: Final = 4
"""Digits at the end of a number that are shown."""


def masked_number(number: str) -> str:
    """An IIN or BIN with its last four digits alone: `••••••••4017`."""
    return DOT * 8 + number[-_SHOWN:] if len(number) > _SHOWN else DOT * 8


def masked_name(name: str) -> str:
    """A name with the first letter of each word alone: `А•••••• А•••`. No number of dots says how long a word is."""
    words = [word[0] for word in name.split() if word[0].isalpha()]
    return " ".join(first + DOT * (6 if place == 0 else 3) for place, first in enumerate(words)) or DOT * 6
