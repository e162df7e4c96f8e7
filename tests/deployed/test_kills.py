"""Nothing accepted is lost and nothing is done twice, whoever dies: each service in turn, and the broker."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from aimaq.language.messages import PARTIES
from stand.bench.load import FORM, PASSWORD, REGULATION, citizens
from stand.people.person import Person
from tests.deployed.conftest import Deploy, Deployed
from tests.fixtures_broker import OwnRabbit
from tests.waiting import eventually

CASES = 100
PER_CASE = Counter(
    {
        ("RequestSubmitted", "portal"): 1,
        ("RequestRegistered", "lea"): 1,
        ("StatusChanged", "lea"): 1,
        ("ResultIssued", "lea"): 1,
        ("StatusChanged", "gateway"): 3,
    }
)


class Citizen:
    """A citizen who asks again whenever nobody answers, and remembers what was accepted."""

    def __init__(self, session: aiohttp.ClientSession, portal: str, person: Person) -> None:
        self._session, self._portal, self._person = session, portal, person
        self._token = self._path = ""

    async def sign(self) -> str:
        """Make a request up to the accepted signature; answers with the case's id."""
        login = {"regulation": REGULATION, "login": {"iin": self._person.iin, "password": PASSWORD}}
        opened = await self._insist("POST", "/cases", login, (201,))
        self._token, self._path = opened["token"], f"/cases/{opened['case_id']}"
        form = FORM | {"iin": self._person.iin, "name": self._person.name}
        filled = await self._insist("PUT", f"{self._path}/form", form, (200,))
        cms = base64.b64encode(self._person.sign(base64.b64decode(filled["document"]))).decode()
        # 409: the first attempt was accepted, and only its answer was lost
        await self._insist("POST", f"{self._path}/signature", {"cms": cms}, (202, 409))
        return str(opened["case_id"])

    async def answer(self) -> dict[str, Any]:
        """The case once it is done."""

        async def done() -> dict[str, Any] | None:
            case = await self._insist("GET", self._path, None, (200,))
            return case if case["status"] in ("completed", "refused") else None

        return await eventually(done, within=120, what=f"the end of {self._path}")

    async def _insist(self, method: str, path: str, body: Any, good: tuple[int, ...]) -> dict[str, Any]:
        async def attempt() -> dict[str, Any] | None:
            head = {"Authorization": f"Bearer {self._token}"} | ({"Prefer": "wait=5"} if method == "GET" else {})
            try:
                async with self._session.request(method, self._portal + path, json=body, headers=head) as response:
                    if response.status >= 500:
                        return None
                    found: dict[str, Any] = await response.json()
                    assert response.status in good, found
                    return found | {"_": "answered"}
            except (aiohttp.ClientError, TimeoutError):
                return None

        return await eventually(attempt, within=120, what=f"an answer to {method} {path}")


@pytest.mark.services
@pytest.mark.slow
async def test_killing_each_service_and_the_broker_loses_and_doubles_nothing(
    deploy: Deploy, own_rabbit: OwnRabbit
) -> None:
    async with (
        deploy(own_rabbit.url, own_rabbit.management, autopilot="1", autopilot_papers="0", crl_age="60") as stand,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
    ):
        crowd = await citizens(stand.urls, stand.admin_token, CASES)
        made: list[tuple[Citizen, str]] = []
        over = asyncio.Event()

        async def worker(person: Person) -> None:
            while not over.is_set():
                citizen = Citizen(session, stand.urls["portal"], person)
                made.append((citizen, await citizen.sign()))

        workers = [asyncio.create_task(worker(person)) for person in crowd]

        async def after_more(count: int, disaster: Callable[[], Awaitable[None]]) -> None:
            target = len(made) + count
            await eventually(lambda: len(made) >= target or any(w.done() for w in workers), within=120)
            await disaster()

        for party in PARTIES:
            await after_more(20, partial(kill, stand, party))
            await stand.ready()
        await after_more(20, own_rabbit.restart)
        await stand.ready()
        await after_more(20, _nothing)
        over.set()
        await asyncio.gather(*workers)
        assert stand.supervisor.restarts == len(PARTIES)

        for case in await asyncio.gather(*(citizen.answer() for citizen, _ in made)):
            assert case["status"] == "completed"
            assert case["result"] is not None
        case_ids = {case_id for _, case_id in made}
        assert len(case_ids) == len(made) >= CASES
        await eventually(lambda: settled(stand, case_ids), within=60, what="the centre's last notices")
        await check_statuses(stand, case_ids)
        await check_journal(stand, case_ids)


async def kill(stand: Deployed, party: str) -> None:
    """SIGKILL a service and return once the supervisor has another in its place."""
    before = stand.supervisor.pid(party)
    os.kill(before, signal.SIGKILL)
    await eventually(lambda: stand.supervisor.pid(party) != before, within=30, what=f"a new process for {party}")


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
    shown = await rows(stand.databases["con"], "SELECT case_id FROM cases WHERE status = 'completed'")
    left = 0
    for party in PARTIES:
        left += (await rows(stand.databases[party], "SELECT count(*) FROM outbox"))[0][0]
        left += (await rows(stand.databases[party], "SELECT count(*) FROM inbox WHERE state <> 'done'"))[0][0]
    return case_ids <= {row[0] for row in shown} and left == 0


async def check_statuses(stand: Deployed, case_ids: set[str]) -> None:
    """Portal and centre have shown each status of each case once, in order, and each case has one result."""
    from aimaq.casework.case import Case

    for party in ("portal", "con"):
        found = await rows(stand.databases[party], "SELECT whole FROM cases")
        cases = {case.case_id: case for (whole,) in found if (case := Case.read(whole)).case_id in case_ids}
        assert cases.keys() == case_ids
        for case in cases.values():
            assert [entry["status"] for entry in case.shown] == ["received", "in_progress", "completed"]
    numbers = Counter(
        case.number
        for (whole,) in await rows(stand.databases["lea"], "SELECT whole FROM cases")
        if (case := Case.read(whole)).case_id in case_ids
    )
    assert len(numbers) == len(case_ids)
    assert set(numbers.values()) == {1}
    for party in ("portal", "lea"):
        results = await rows(stand.databases[party], "SELECT case_id FROM papers WHERE kind = 'result'")
        assert case_ids <= {row[0] for row in results}
        assert len(results) == len({row[0] for row in results})


async def check_journal(stand: Deployed, case_ids: set[str]) -> None:
    """The journal has every message of every case once, with gapless sequences, and rejected none."""
    found = await rows(
        stand.databases["gateway"], "SELECT case_id, type, sender, sequence, message_id, verdict FROM journal"
    )
    assert all(row.verdict == "accepted" for row in found)
    assert len({row.message_id for row in found}) == len(found)
    by_case: dict[str, list[Any]] = defaultdict(list)
    for row in found:
        by_case[row.case_id].append(row)
    for case_id in case_ids:
        own = by_case[case_id]
        assert Counter((row.type, row.sender) for row in own) == PER_CASE, case_id
        for sender in ("portal", "lea", "gateway"):
            numbers = sorted(row.sequence for row in own if row.sender == sender)
            assert numbers == list(range(1, len(numbers) + 1))
