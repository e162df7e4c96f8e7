"""How latencies are counted: in fixed buckets, each a twelfth wider than the one before, from which quantiles are read.

The buckets are the same at all times and for all routes, so that counts of minutes, hours and routes can be added.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

PER_DOUBLING = 8
"""Buckets from one length of time to twice that: a quantile is right within 4.5 %."""
SHORTEST = 0.1
"""Milliseconds: what took less is in the first bucket."""
DOUBLINGS = 32
"""The last bucket begins at five days; no message is let through that is older than `AIMAQ_MESSAGE_AGE`."""

BOUNDS = tuple(SHORTEST * 2 ** (place / PER_DOUBLING) for place in range(PER_DOUBLING * DOUBLINGS + 1))
"""The upper bound of each bucket in milliseconds; one more bucket has what is above the last."""
_MIDDLE = 2 ** (-0.5 / PER_DOUBLING)


def bucket(milliseconds: float) -> int:
    """The bucket that a length of time is counted in, from 0."""
    return bisect_left(BOUNDS, milliseconds)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Milliseconds that this share of what was counted took at most: the middle of a bucket; None if nothing was."""
    return quantiles(counts, (share,))[0]


def quantiles(counts: Mapping[int, int], shares: Sequence[float]) -> list[float | None]:
    """The same of several shares, each not less than the one before."""
    found: list[float | None] = []
    reached, total = 0, sum(counts.values())
    for place in sorted(counts):
        reached += counts[place]
        while len(found) < len(shares) and reached >= shares[len(found)] * total:
            found.append(BOUNDS[min(place, len(BOUNDS) - 1)] * _MIDDLE)
    return found + [None] * (len(shares) - len(found))


def together(one: Mapping[int, int], other: Mapping[int, int]) -> Mapping[int, int]:
    """The counts of both."""
    if not other:
        return one
    added = dict(one)
    for place, count in other.items():
        added[place] = added.get(place, 0) + count
    return added
