"""What is shown of a person by whoever need not know who it is: some of a number, and initials."""

from __future__ import annotations

_MASK = "•"


def masked_number(number: str) -> str:
    """An IIN or BIN with its last four digits alone: `••••••••4017`."""
    return _MASK * 8 + number[-4:] if len(number) > 4 else _MASK * 8


def masked_name(name: str) -> str:
    """A name with the first letter of each word alone: `А•••••• А•••`. No number of dots says how long a word is."""
    words = [word[0] for word in name.split() if word[0].isalpha()]
    return " ".join(first + _MASK * (6 if place == 0 else 3) for place, first in enumerate(words)) or _MASK * 6
