"""Identifiers: UUIDs of version 7 (RFC 9562), which sort by the time they were made, also where the clock stands."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from aimaq.language.clock import Clock

PATTERN = r"\A[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z"
"""What a message or case id looks like: a lower-case UUIDv7 with hyphens."""


_matches = re.compile(PATTERN).fullmatch


def is_id(text: str) -> bool:
    """Whether a text looks like a message or case id."""
    return _matches(text) is not None


_DRAWN = 74
"""Bits of an identifier that are drawn, below the 48 of the time."""
_MASK = (1 << _DRAWN) - 1


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key, which no run can repeat."""
    return ec.generate_private_key(ec.SECP256R1())


class Ids:
    """Makes identifiers from a clock and a source of random bytes, both given, so that a run can be repeated."""

    def __init__(self, clock: Clock, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._entropy = entropy
        self._last = 0

    def __call__(self) -> str:
        """A new UUIDv7 as text, greater than all those before it."""
        millis = int(self._clock.now().timestamp() * 1000)
        drawn = int.from_bytes(self._entropy(10), "big")
        number = millis << _DRAWN | drawn & _MASK
        if number <= self._last:  # made in the same millisecond: greater by a random step (RFC 9562, 6.2, method 2)
            number = self._last + 1 + (drawn & 0xFFFFFFFF)
        self._last = number
        spread = (number >> 62 & 0xFFF) | 0x7000 | (number >> _DRAWN) << 16
        text = f"{spread << 64 | 0x2 << 62 | number & (1 << 62) - 1:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def token(self, size: int = 16) -> str:
        """`size` random bytes as hexadecimal text."""
        return self._entropy(size).hex()
