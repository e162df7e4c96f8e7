"""Nothing accepted is lost and nothing is done twice, whoever dies: each service in turn, and the broker."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from aimaq.language.messages import PARTIES
from stand.bench.load import citizens
from stand.people.person import Person
from tests.citizens import Citizen, Endpoint
from tests.deployed.conftest import Deploy
from tests.deployment import Deployed
from tests.rabbit_nodes import OwnRabbit
from tests.storm.account import JOURNAL
from tests.waiting import eventually

CASES = 100


@pytest.mark.services
@pytest.mark.long
async def test_killing_each_service_and_the_broker_loses_and_doubles_nothing(
    deploy: Deploy, own_rabbit: OwnRabbit
) -> None:
    settings = {"autopilot": "1", "autopilot_papers": "0", "crl_age": "60"}
    async with deploy(own_rabbit.url, own_rabbit.management, **settings) as stand:
        portal = Endpoint(stand.urls["portal"])
        crowd = await citizens(stand.urls, stand.tokens["registry"], CASES)
        made: list[tuple[Citizen, str]] = []
        over = asyncio.Event()

        async def worker(person: Person) -> None:
            while not over.is_set():
                citizen = Citizen(portal, person)
                made.append((citizen, await citizen.sign()))

        workers = [asyncio.create_task(worker(person)) for person in crowd]

        async def after_more(count: int, disaster: Callable[[], Awaitable[None]]) -> None:
            target = len(made) + count
            await eventually(lambda: len(made) >= target or any(w.done() for w in workers), within=120)
            await disaster()

        for party in PARTIES:
            await after_more(20, partial(stand.kill, party))
            await stand.ready()
        await after_more(20, own_rabbit.restart)
        await stand.ready()
        await after_more(20, _nothing)
        over.set()
        await asyncio.gather(*workers)
        assert stand.supervisor.restarts == len(PARTIES)

        for citizen, _ in made:  # one after the other: a herd that waits at the portal is another test's
            case = await citizen.answer()
            assert case["status"] == "completed"
            assert case["result"] is not None
        case_ids = {case_id for _, case_id in made}
        assert len(case_ids) == len(made) >= CASES
        await eventually(lambda: settled(stand, case_ids), within=60, what="the centre's last notices")
        await check_statuses(stand, case_ids)
        await check_journal(stand, case_ids)
        await portal.close()


async def _nothing() -> None:
    return None


async def rows(url: str, query: str) -> list[Any]:
    """What a query finds in a service's database."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as conn:
            return list(await conn.execute(sa.text(query)))
    finally:
        await engine.dispose()


async def settled(stand: Deployed, case_ids: set[str]) -> bool:
    """Whether the centre shows the end of every case, and nothing is left to send or to handle anywhere."""
    shown = await rows(stand.databases.urls["con"], "SELECT case_id FROM cases WHERE status = 'completed'")
    left = 0
    for party in PARTIES:
        left += (await rows(stand.databases.urls[party], "SELECT count(*) FROM outbox"))[0][0]
        left += (await rows(stand.databases.urls[party], "SELECT count(*) FROM inbox WHERE state <> 'done'"))[0][0]
    return case_ids <= {row[0] for row in shown} and left == 0


async def check_statuses(stand: Deployed, case_ids: set[str]) -> None:
    """Portal and centre have shown each status of each case once, in order, and each case has one result."""
    from aimaq.casework.case import Case

    for party in ("portal", "con"):
        found = await rows(stand.databases.urls[party], "SELECT whole FROM cases")
        cases = {case.case_id: case for (whole,) in found if (case := Case.read(whole)).case_id in case_ids}
        assert cases.keys() == case_ids
        for case in cases.values():
            assert [entry.status for entry in case.shown] == ["received", "in_progress", "completed"]
    numbers = Counter(
        case.number
        for (whole,) in await rows(stand.databases.urls["lea"], "SELECT whole FROM cases")
        if (case := Case.read(whole)).case_id in case_ids
    )
    assert len(numbers) == len(case_ids)
    assert set(numbers.values()) == {1}
    for party in ("portal", "lea"):
        results = await rows(stand.databases.urls[party], "SELECT case_id FROM papers WHERE kind = 'result'")
        assert case_ids <= {row[0] for row in results}
        assert len(results) == len({row[0] for row in results})


async def check_journal(stand: Deployed, case_ids: set[str]) -> None:
    """The journal has every message of every case once, with gapless sequences, and rejected none."""
    found = await rows(
        stand.databases.urls["gateway"], "SELECT case_id, type, sender, sequence, message_id, verdict FROM journal"
    )
    assert all(row.verdict == "accepted" for row in found)
    assert len({row.message_id for row in found}) == len(found)
    by_case: dict[str, list[Any]] = defaultdict(list)
    for row in found:
        by_case[row.case_id].append(row)
    for case_id in case_ids:
        own = by_case[case_id]
        assert Counter((row.type, row.sender) for row in own) == JOURNAL, case_id
        for sender in ("portal", "lea", "gateway"):
            numbers = sorted(row.sequence for row in own if row.sender == sender)
            assert numbers == list(range(1, len(numbers) + 1))
