"""Why messages wait, without what differs from one to the next: by its cause a message belongs to a group."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from aimaq.language.bounds import plain

MOST = 300
"""Characters of a cause."""
EARLIER = "an earlier message of its case has not come"
"""The cause of a message that is held."""
UNKNOWN = "no reason is known"

_OWN = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # an id
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?"  # a moment
    r"|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b"  # a digest, a serial number
    r"|\d+(?:[.,:]\d+)*",  # a number, a time, an address
    re.IGNORECASE,
)
"""What is one message's own in a reason."""


@lru_cache(16384)
def cause_of(reason: str | None) -> str:
    """The reason on one line, with ids, digests, moments and numbers left out, cut to `MOST` characters."""
    return plain(_OWN.sub("#", reason[: 2 * MOST]), MOST) if reason else UNKNOWN


@lru_cache(4096)
def cause_id(cause: str) -> str:
    """The short name of a cause, for an address or a command: the first 12 digits of its SHA-256."""
    return sha256(cause.encode("utf-8", "replace")).hexdigest()[:12]
