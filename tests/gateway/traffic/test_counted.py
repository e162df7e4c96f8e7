"""Sums that go on with time are what a reading of everything comes to, however the clock leaps."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa

from gateway_svc.traffic.board import WINDOWS
from gateway_svc.traffic.counted import ByRoute, Counted
from gateway_svc.traffic.counts import Route
from gateway_svc.traffic.views import Window
from tests.gateway.traffic.tallying import Till

STEPS = (*[5] * 6, 40, 60, 61, 125, 3600, 3700, 5 * 3600, 30 * 3600)
"""Seconds from one batch to the next."""


def plain(counts: ByRoute) -> dict[Route, tuple[int, int, int, dict[int, int]]]:
    """What matters of a window's counts."""
    found = {
        route: (one.accepted, one.refused, one.bytes, dict(sorted(one.latency.items())))
        for route, one in counts.items()
    }
    return {route: one for route, one in found.items() if any(one)}


async def looked(till: Till, counted: Counted, window: Window) -> dict[Route, tuple[int, int, int, dict[int, int]]]:
    now = till.clock.now()

    def look(conn: sa.Connection) -> ByRoute:
        counted.read(conn, now)
        return counted.since(window, now)

    return plain(await till.database.transact(look))


@pytest.mark.parametrize("seed", range(4))
async def test_a_sum_is_what_a_reading_of_everything_comes_to(till: Till, seed: int) -> None:
    chance, lasting = Random(seed), Counted()
    for _ in range(60):
        till.machine.now += timedelta(seconds=chance.choice(STEPS))
        size = chance.randint(0, 3)
        entries = [till.took(chance.random(), recipient=chance.choice(("lea", "con"))) for _ in range(size)]
        entries += [till.entry("con", verdict="rejected")] * (chance.random() < 0.2)
        if entries:
            await till.batch(*entries)
        for window in chance.sample(WINDOWS, chance.randint(0, 3)):  # not each window is looked at each time
            assert await looked(till, lasting, window) == await looked(till, Counted(), window), window
            assert [one.accepted for one in lasting.strip(till.clock.now())] == [
                sum(counts.accepted for (at, _), counts in (await till.minutes()).items() if at == one.at)
                for one in lasting.strip(till.clock.now())
            ]


async def test_what_is_past_is_forgotten(till: Till) -> None:
    counted = Counted()
    for _ in range(200):
        till.machine.now += timedelta(minutes=1)
        await till.batch(till.entry())
        for window in WINDOWS:
            await looked(till, counted, window)
    assert len(counted.minutes) <= 122
    assert len(counted.hours) <= 24
