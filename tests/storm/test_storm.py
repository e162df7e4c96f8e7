"""Disasters under load: 0 lost, 0 doubled, 0 stuck, 0 blind. All of them, and 50,000 cases, are in `make storm`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fixtures_broker import own_rabbit
from tests.rabbit_nodes import OwnRabbit
from tests.storm.backlog import backlog
from tests.storm.lines import LINES
from tests.storm.place import on_files, small, whole
from tests.storm.storm import Storm, storm
from tests.storm.table import markdown
from tests.waiting import eventually

__all__ = ["own_rabbit"]

pytestmark = pytest.mark.services

QUICK = ("kill-lea", "closed-databases", "poison-signature")
"""A few that are over in a moment, for every run of the tests."""

EACH_KIND = (
    *("kill-several", "kill-all", "stop-gateway", "closed-connections", "closed-databases", "read-only-lea"),
    *("locked-gateway", "shut-portal", "disk-full", "broker-restart", "broker-away", "broker-full", "queue-full-lea"),
    *("poison-envelope", "poison-headers", "poison-bundle", "poison-large", "clock-jumps", "two-stands"),
)
"""One of each kind."""

ON_FILES = ("files-full",)

SEED = 1
NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"


@pytest.mark.slow
async def test_a_few_disasters_cost_no_case_anything(tmp_path: Path) -> None:
    async with small(tmp_path / "stand") as place, storm(place, SEED, together=4) as there:
        rows = [await there.row(LINES[name], warm=5) for name in QUICK]
        await check_that_the_watch_notices(there)
    assert all(row.good for row in rows), "\n" + markdown(rows)


async def check_that_the_watch_notices(there: Storm) -> None:
    """A case that does not go on is found stuck while that is so, and one that is nowhere is found lost."""
    account = there.begin(0)
    async with LINES["locked-lea"].fault(there.place):
        begin = asyncio.get_running_loop().time()
        waiting = await eventually(lambda: account.since(begin)[:3], within=30)
        found = await there.watch.evidence([*(case.case_id for case in waiting), NO_CASE])
        assert found.pop(NO_CASE).lost
        assert [(one.lost, one.doubled, one.stuck) for one in found.values()] == [(False, False, True)] * len(waiting)
    await there.crowd.rest(60)
    assert all(one.finished for one in await there.watch.settled(account.cases, 30))


@pytest.mark.long
async def test_no_kind_of_disaster_costs_a_case_anything(tmp_path: Path, own_rabbit: OwnRabbit) -> None:
    async with whole(tmp_path / "stand", own_rabbit) as place, storm(place, SEED) as there:
        lines = [LINES[name] for name in EACH_KIND if not LINES[name].lacks(place)]
        rows = [await there.row(line, warm=10, seconds=min(line.seconds, 5)) for line in lines]
    async with on_files(tmp_path / "files", own_rabbit) as place, storm(place, SEED) as there:
        rows += [await there.row(LINES[name], warm=10, seconds=5) for name in ON_FILES]
    assert all(row.good for row in rows), "\n" + markdown(rows)


@pytest.mark.long
async def test_what_has_piled_up_comes_to_its_end(tmp_path: Path) -> None:
    async with small(tmp_path / "stand") as place, storm(place, SEED) as there:
        row = await backlog(there, 300)
    assert row.good, "\n" + markdown([row])
    assert row.accepted == 300
    assert row.drain
    assert row.alone
