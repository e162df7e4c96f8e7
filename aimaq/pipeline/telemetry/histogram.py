"""A histogram in plain numbers: how many values fell below which bound, and their sum."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds that what a caller waits for may take."""
LONG = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0)
"""Seconds that a message may take from one party to another."""
LEGAL = (1.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 14400.0, 86400.0, 259200.0, 604800.0, 2592000.0)
"""Seconds that a step may take for which the law gives minutes, hours or days."""
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""How many commands and messages may share a transaction."""


class Histogram:
    """Values counted by the first of `bounds` that is not below them."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """How many there were for each bound alone; the last is for those above all."""
        self.total = 0.0
        """The sum of the values."""

    def observe(self, *values: float) -> None:
        """Count these values."""
        bounds, counts = self.bounds, self.counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
        self.total += sum(values)
