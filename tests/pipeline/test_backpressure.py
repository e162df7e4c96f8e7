"""What is taken from the bus and not yet written has a bound: while the writer lags behind, no more is received."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from aimaq.bus import Delivery
from aimaq.language.clock import StandClock
from aimaq.pipeline.items import Rules
from aimaq.pipeline.writer import Writer
from aimaq.settings import Settings
from tests.parties import BASE
from tests.waiting import eventually

BATCH = 8
BOUND = 3 * BATCH
"""Twice a batch may wait, and what one more receipt brings."""


class Flood:
    """A bus that always has more, and knows how much of it is not settled."""

    party = "con"

    def __init__(self) -> None:
        self.received = self.settled = self.most = 0

    async def receive(self, most: int) -> list[Delivery]:
        """As many deliveries as may be taken, at once."""
        await asyncio.sleep(0)
        self.received += most
        self.most = max(self.most, self.received - self.settled)
        return [Delivery(()) for _ in range(most)]

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Count what is done with."""
        self.settled += len(deliveries)


async def test_a_writer_that_lags_behind_takes_no_more_from_the_bus_and_goes_on_when_it_has_caught_up() -> None:
    bus = Flood()
    nothing = cast("Any", None)
    writer = Writer(
        nothing,
        nothing,
        Rules(nothing, nothing, nothing),
        nothing,
        cast("Any", bus),
        StandClock(lambda: BASE),
        Settings(party="con", batch=BATCH),
    )
    receiving = asyncio.create_task(writer._receive())
    writing = None
    try:
        for _ in range(500):
            await asyncio.sleep(0)
        assert 2 * BATCH < bus.received <= BOUND
        writing = asyncio.create_task(writer._write())
        await eventually(lambda: bus.settled > 10 * BOUND, what="what waited is written, and more is received")
        assert bus.most <= BOUND
    finally:
        tasks = [task for task in (receiving, writing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
