"""A backlog of thousands: what piles up while one party stands still, and how fast it comes to its end afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from stand.bench import load
from tests.citizens import Citizen
from tests.storm.account import Account, Row, judged
from tests.storm.faults import stopped
from tests.storm.storm import PATIENCE, Storm
from tests.waiting import eventually

BACKLOG = "backlog"
"""The name of its line."""
PILED = 2000
"""Cases that are accepted while the executive body stands still."""
ALONE, TOGETHER, WARM_UP = 1000, 64, 300
"""Cases of the load that is measured by itself on the same stand, how many of them are under way, and those before."""
READERS = 32
"""Citizens who sign, and who ask for their results, at the same time."""


async def backlog(storm: Storm, piled: int = PILED) -> Row:
    """So many cases accepted while lea stands still, as a line of the table; `alone` is the bench's load beside it.

    Nobody asks for a result until all is done, which `recovery` times: to answer thousands costs as much as the rest.
    """
    portal, people = storm.crowd.portal, storm.crowd.people
    await load.in_flight(portal.url, people, WARM_UP, TOGETHER)
    alone = await load.in_flight(portal.url, people, ALONE, TOGETHER)
    loop, citizens, left = asyncio.get_running_loop(), list[Citizen](), iter(range(piled))
    account = storm.crowd.account = storm.watch.account = Account()

    async def sign(number: int) -> None:
        for _ in left:
            citizen = Citizen(portal, people[number % len(people)])
            account.accept(await citizen.sign(), loop.time())
            citizens.append(citizen)

    async with stopped("lea")(storm.place):
        await asyncio.gather(*(sign(number) for number in range(READERS)))
    end = loop.time()
    await eventually(lambda: _gone(storm), within=PATIENCE, every=0.1, what="the end of the backlog")
    drained, waiting = loop.time() - end, iter(citizens)

    async def read() -> None:
        for citizen in waiting:
            case = await citizen.answer()
            account.finish(citizen.case_id, loop.time(), result=case["result"] is not None)

    await asyncio.gather(*(read() for _ in range(READERS)))
    evidence = await storm.watch.settled(account.cases, PATIENCE)
    row = judged(BACKLOG, storm.seed, evidence, drained, 0.0, notes=[*await storm.watch.left(), *portal.faults])
    return replace(row, drain=piled / drained, alone=alone.rate)


async def _gone(storm: Storm) -> bool:
    """Whether nothing waits at any service, at two looks: between two services it is on its way."""
    return not await storm.watch.left() and not await storm.watch.left()
