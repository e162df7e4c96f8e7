"""Identifiers: UUIDs of version 7 (RFC 9562), which sort by the time they were made."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable

from aimaq.clock import Clock

PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
"""What a message or case id looks like: a lower-case UUIDv7 with hyphens."""


class Ids:
    """Makes identifiers from a clock and a source of random bytes, both given, so that a run can be repeated."""

    def __init__(self, clock: Clock, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._entropy = entropy

    def __call__(self) -> str:
        """A new UUIDv7 as text."""
        millis = int(self._clock.now().timestamp() * 1000)
        number = (millis << 80) | int.from_bytes(self._entropy(10), "big")
        number = number & ~(0xF << 76) | (0x7 << 76)
        number = number & ~(0x3 << 62) | (0x2 << 62)
        return str(uuid.UUID(int=number))

    def token(self, size: int = 16) -> str:
        """`size` random bytes as hexadecimal text."""
        return self._entropy(size).hex()
