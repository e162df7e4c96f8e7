"""What people may be shown of a text: nothing that a terminal would obey, and no more of personal data than they need.

A terminal takes control characters for commands of its own: they recolour, retitle, hide and overwrite. A message, a
reason, a name in a certificate or an answer of a server may have any. Whose a number or a name is, an operator is not
shown who has not asked for it (`POST /cases/{case_id}/reveal`).
"""

from __future__ import annotations

import re
from typing import Final

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for the tab and the end of a line
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # what is not seen, or turns the direction of the rest
    "\ud800-\udfff"  # halves of characters, which no terminal takes
    "\U000e0000-\U000e007f]"  # tags
)

_NUMBER = re.compile(r"(?<![0-9a-f]{4}-)(?<!\d)\d{12}(?!\d)")
"""An IIN or a BIN. The last part of an identifier may have as many digits."""

DOT: Final = "•"

_SHOWN: Final = 4
"""Digits at the end of a number that are shown."""


def visible(text: str) -> str:
    """The text with each character that a terminal might obey written as JSON writes it."""
    return _OBEYED.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))


def masked_number(number: str) -> str:
    """An IIN or BIN with its last four digits alone: `••••••••4017`."""
    return DOT * 8 + number[-_SHOWN:] if len(number) > _SHOWN else DOT * 8


def numbers_masked(text: str) -> str:
    """What somebody wrote, an error or a reason, with the IINs and BINs in it masked."""
    return _NUMBER.sub(lambda found: masked_number(found[0]), text)


def masked_name(name: str) -> str:
    """A name with the first letter of each word alone: `А•••••• А•••`. No number of dots says how long a word is."""
    words = [word[0] for word in name.split() if word[0].isalpha()]
    return " ".join(first + DOT * (6 if place == 0 else 3) for place, first in enumerate(words)) or DOT * 6
