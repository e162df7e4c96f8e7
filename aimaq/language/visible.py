"""Text that strangers sent, as people may be shown it: what a terminal would obey is written out.

A terminal takes control characters for commands of its own: they recolour, retitle, hide and overwrite. A message, a
reason, a name in a certificate or an answer of a server may have any.
"""

from __future__ import annotations

import re

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for the tab and the end of a line
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # what is not seen, or turns the direction of the rest
    "\ud800-\udfff"  # halves of characters, which no terminal takes
    "\U000e0000-\U000e007f]"  # tags
)


def visible(text: str) -> str:
    """The text with each character that a terminal might obey written as JSON writes it."""
    return _OBEYED.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))
