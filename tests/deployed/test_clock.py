"""One clock for five processes: whoever moves it moves it for all, and who starts later finds it as it is."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from aimaq.http.client import http_client
from aimaq.language.clock import SystemClock
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from stand.client.address import StandAddress
from stand.flowfile import FLOWS, Deed, FlowFile, Wait, load
from stand.replay.player import play
from stand.replay.run import Run
from tests.breaches import breaches
from tests.deployed.conftest import Deploy
from tests.deployment import Deployed
from tests.fixtures_broker import BROKER
from tests.waiting import eventually

CATALOGUE = Catalogue.bundled()
DAY = timedelta(days=1)


async def dates(session: httpx.AsyncClient, stand: Deployed) -> list[datetime]:
    """The time as each of the five says it."""

    async def date(url: str) -> datetime:
        response = await session.get(f"{url}/health/live")
        return parsedate_to_datetime(response.headers["Date"])

    return list(await asyncio.gather(*(date(stand.urls[party]) for party in PARTIES)))


async def moved(session: httpx.AsyncClient, stand: Deployed, method: str, **body: Any) -> dict[str, Any]:
    """What the clock shows after one call that changes it."""
    headers = {"Authorization": f"Bearer {stand.tokens['gateway']}"}
    response = await session.request(method, f"{stand.urls['gateway']}/clock", json=body, headers=headers)
    found: dict[str, Any] = response.json()
    assert response.status_code == 200, found
    return found


def waiting(name: str, before: str, wait: Wait) -> FlowFile:
    """A flow in which time passes before the first deed of this operation."""
    flow = load(FLOWS / "unemployed-certificate-2012" / f"{name}.yaml", CATALOGUE)
    place = next(n for n, d in enumerate(flow.do) if isinstance(d, Deed) and d.operation == before)
    return replace(flow, do=(*flow.do[:place], wait, *flow.do[place:]))


@pytest.mark.services
@pytest.mark.slow
async def test_five_processes_have_one_clock(deploy: Deploy) -> None:
    async with deploy(BROKER) as stand, http_client() as session:
        start = SystemClock().now()
        for days in (7, 14, 21):
            reading = await moved(session, stand, "POST", by="7d")
            at = datetime.fromisoformat(reading["now"])
            assert start + days * DAY <= at <= SystemClock().now() + days * DAY
            dated = await dates(session, stand)
            assert all(at.replace(microsecond=0) <= date for date in dated), "no answer is dated before the move"

        pinned = datetime.fromisoformat((await moved(session, stand, "PUT", mode="pinned"))["now"])
        assert set(await dates(session, stand)) == {pinned.replace(microsecond=0)}

        before = stand.supervisor.pid("lea")
        os.kill(before, signal.SIGKILL)
        await eventually(lambda: stand.supervisor.pid("lea") != before, within=30, what="a new process for the body")
        await stand.ready()
        assert set(await dates(session, stand)) == {pinned.replace(microsecond=0)}, "who starts later finds it so"

        await moved(session, stand, "PUT", mode="scaled", rate=86400)
        await eventually(lambda: _a_day_later(session, stand, pinned + DAY), within=30)
        local = datetime.fromisoformat((await moved(session, stand, "PUT", mode="scaled", rate=1))["local"])
        # in the morning: three working days after an evening end later than the third of them does
        await moved(session, stand, "POST", to=f"{(local + DAY):%F}T10:00")
        await moved(session, stand, "POST", by="1wd")

        address = StandAddress("deployed", stand.urls, stand.tokens)
        long = Wait(3, "working-day")
        run = await play(waiting("con-certificate", "prepare", long), address, seed="three days", catalogue=CATALOGUE)
        assert run.surprises == ()
        assert breaches(run.verdict) == []
        assert run.conforms
        late = await play(waiting("portal-certificate", "accept", Wait(11, "minute")), address, seed="eleven minutes")
        assert [finding.no for finding in late.verdict.rows if not finding.conforms] == [5]
        assert stand.supervisor.restarts == 1


async def _a_day_later(session: httpx.AsyncClient, stand: Deployed, due: datetime) -> bool:
    return min(await dates(session, stand)) >= due


@pytest.mark.services
@pytest.mark.long
async def test_nothing_is_refused_as_stale_while_the_clock_is_moved_again_and_again(deploy: Deploy) -> None:
    flow = load(FLOWS / "unemployed-certificate-2012" / "portal-certificate.yaml", CATALOGUE)
    # A session of fifteen minutes may be over in mid-case, so often is the clock moved.
    strict = {"message_age": "60", "message_skew": "1", "session_minutes": "480"}
    async with deploy(BROKER, **strict) as stand, http_client() as session:
        address = StandAddress("deployed", stand.urls, stand.tokens)
        over = asyncio.Event()
        jumps = 0

        async def jump() -> None:
            nonlocal jumps
            while not over.is_set():
                await moved(session, stand, "POST", by="2min")
                jumps += 1

        jumping = asyncio.create_task(jump())
        runs: list[Run] = []
        while len(runs) < 2 or (len(runs) < 20 and not any(_span(run) > timedelta(minutes=4) for run in runs)):
            runs.append(await play(flow, address, seed=f"jump {len(runs)}", catalogue=CATALOGUE))
        over.set()
        await jumping
        assert any(_span(run) > timedelta(minutes=4) for run in runs), f"{jumps} jumps, and none of them in mid-case"
        for run in runs:
            assert [message.verdict for message in run.trace.messages] == ["accepted"] * len(run.trace.messages)
            assert run.trace.status == "completed"
            times = [message.journalled_at for message in run.trace.messages]
            assert times == sorted(times)
        headers = {"Authorization": f"Bearer {stand.tokens['gateway']}"}
        response = await session.get(f"{stand.urls['gateway']}/rejected", headers=headers)
        assert response.json() == []


def _span(run: Run) -> timedelta:
    """How much of the stand's time a case took."""
    times = [message.journalled_at for message in run.trace.messages]
    return max(times) - min(times)
