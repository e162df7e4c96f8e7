"""What a client would rather have (RFC 7240): the header `Prefer`, of which `wait` is heeded here.

A header may come several times and has several preferences in each, with commas between. A preference has a value and
parameters, both optional; a value may be in quotes, and in these a comma or a semicolon separates nothing. Of a
preference that is named twice the first counts (RFC 7240, 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_QUOTED: Final = r'"((?:[^"\\]|\\.)*+)"'
_WORD: Final = r"([!#$%&'*+.^_`|~0-9A-Za-z-]++)"
_BLANK: Final = r"[ \t]*+"
_ENTRY: Final = re.compile(rf'((?:[^",]|{_QUOTED})*+)(?:,|$)', re.DOTALL)
_NAMED: Final = re.compile(rf"{_BLANK}{_WORD}{_BLANK}(?:={_BLANK}(?:{_WORD}|{_QUOTED}){_BLANK})?(?:;|$)", re.DOTALL)
"""Nothing here is tried twice (possessive quantifiers): a header is as long as its sender likes."""

_MOST_DIGITS: Final = 9


def preferred_wait(headers: Sequence[str]) -> int | None:
    """For how many seconds the client would wait (RFC 7240, 4.3); None if it does not say, or not in whole seconds."""
    for name, value in _preferences(headers):
        if name == "wait":
            return int(value) if value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS else None
    return None


def _preferences(headers: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The preferences in their order, names in lower case; what follows a quotation without an end is not read."""
    for header in headers:
        at = 0
        while at < len(header) and (entry := _ENTRY.match(header, at)) is not None:
            at = entry.end()
            if named := _NAMED.match(entry[1]):
                name, token, quoted = named.groups()
                yield name.lower(), token or re.sub(r"\\(.)", r"\1", quoted or "", flags=re.DOTALL)
