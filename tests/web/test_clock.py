"""The clock's door at the gateway: anyone may read it, the administrator moves it, and what cannot be is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from aimaq.language.clock import StandClock, SystemClock
from aimaq.language.errors import InvalidInput
from aimaq.regulation.calendar import ALMATY, Calendar
from aimaq.web.administration.clock import instant, later
from stand.runtime.embedded import embedded
from tests.databases import Databases
from tests.parties import BASE, Parties
from tests.web.problems import problem

pytestmark = pytest.mark.slow

HERE = BASE.astimezone(ALMATY)
"""A Monday, nine o'clock."""


@dataclass(frozen=True)
class ClockClient:
    """The clock of a gateway, as its administrator reaches it."""

    parties: Parties
    client: httpx.AsyncClient

    async def put(self, **body: Any) -> httpx.Response:
        """Set how the clock runs."""
        return await self.client.put("/clock", json=body, headers=self.parties.admin())

    async def post(self, **body: Any) -> httpx.Response:
        """Move it forward."""
        return await self.client.post("/clock", json=body, headers=self.parties.admin())

    async def reading(self) -> dict[str, Any]:
        """What anyone reads."""
        answer = await self.client.get("/clock")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def clock_client(stand_home: Path, tmp_path: Path) -> AsyncIterator[ClockClient]:
    """A gateway alone, on a clock that nobody has moved."""
    files = Databases("sqlite", {"gateway": f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}"})
    async with Parties(stand_home, files) as parties:
        await parties.start("gateway")
        yield ClockClient(parties, await parties.http("gateway"))


async def test_anyone_reads_the_clock(clock_client: ClockClient) -> None:
    found = await clock_client.reading()
    assert datetime.fromisoformat(found["now"]) == datetime.fromisoformat(found["local"]) == BASE
    assert found["local"].endswith("+05:00")
    assert (found["mode"], found["rate"], found["ahead"], found["working_day"]) == ("real", 1.0, 0.0, True)


@pytest.mark.parametrize(
    ("by", "there"),
    [
        ("2h", timedelta(hours=2)),
        ("90 min", timedelta(minutes=90)),
        ("0.5s", timedelta(seconds=0.5)),
        ("3wd", timedelta(days=3)),
        ("4 working days", timedelta(days=4)),
        ("5wd", timedelta(days=8)),  # over the weekend and 8 March, which is transferred to the Monday
        ("1d", timedelta(days=1)),
        ("1mo", timedelta(days=31)),
        ("PT15M", timedelta(minutes=15)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("P1W", timedelta(days=7)),
        ("P1Y", timedelta(days=365)),
        ("PT0.25S", timedelta(seconds=0.25)),
    ],
)
async def test_it_is_advanced_by_a_length_of_time(clock_client: ClockClient, by: str, there: timedelta) -> None:
    answer = await clock_client.post(by=by)
    assert answer.status_code == 200, answer.text
    assert datetime.fromisoformat(answer.json()["now"]) == BASE + there
    assert clock_client.parties.clock.now() == BASE + there
    assert answer.json() == await clock_client.reading()


@pytest.mark.parametrize("to", ["2026-03-20T09:00", "2026-03-20 09:00:00+05:00", "2026-03-20T04:00:00Z"])
async def test_it_is_advanced_to_an_instant(clock_client: ClockClient, to: str) -> None:
    answer = await clock_client.post(to=to)
    assert datetime.fromisoformat(answer.json()["local"]) == datetime(2026, 3, 20, 9, tzinfo=ALMATY)
    assert answer.json()["mode"] == "advanced"
    assert answer.json()["ahead"] == timedelta(days=18).total_seconds()


async def test_it_is_pinned_scaled_and_reset(clock_client: ClockClient) -> None:
    assert (await clock_client.put(mode="pinned")).json()["mode"] == "pinned"
    assert (await clock_client.put(mode="real")).json()["mode"] == "real", "it did not get ahead"
    there = (await clock_client.put(mode="pinned", at="2026-03-08")).json()
    assert there["local"] == "2026-03-08T00:00:00+05:00"
    assert (there["mode"], there["rate"], there["working_day"]) == ("pinned", 0.0, False)
    there = (await clock_client.put(mode="scaled", rate=60)).json()
    assert (there["mode"], there["rate"]) == ("scaled", 60.0)
    there = (await clock_client.put(mode="scaled", rate=1)).json()
    assert (there["mode"], there["rate"]) == ("advanced", 1.0)


@pytest.mark.parametrize(
    ("method", "body", "field", "rule"),
    [
        ("POST", {}, "by", "either `by` or `to`"),
        ("POST", {"by": "1h", "to": "2026-03-20T09:00"}, "by", "either `by` or `to`"),
        ("POST", {"by": "three days"}, "by", "a length of time such as 3wd, 2h or PT15M"),
        ("POST", {"by": "-1h"}, "by", "a length of time such as 3wd, 2h or PT15M"),
        ("POST", {"by": "1.5wd"}, "by", "a length of time such as 3wd, 2h or PT15M"),
        ("POST", {"by": "P"}, "by", "a length of time such as 3wd, 2h or PT15M"),
        ("POST", {"by": "PT"}, "by", "a length of time such as 3wd, 2h or PT15M"),
        ("POST", {"by": "999999999999wd"}, "by", "at most 3660 days"),
        ("POST", {"by": "P99999999999999999999Y"}, "by", "at most 3660 days"),
        ("POST", {"by": 5}, "by", "string_type"),
        ("POST", {"to": "tomorrow"}, "to", "an instant such as 2026-04-20T09:00+05:00"),
        ("POST", {"to": "0001-01-01T00:00"}, "to", "an instant such as 2026-04-20T09:00+05:00"),
        ("POST", {"to": "9999-12-31T00:00"}, "to", "at most 3660 days"),
        ("POST", {"until": "2026-03-20T09:00"}, "until", "extra_forbidden"),
        ("PUT", {"mode": "virtual"}, "mode", "literal_error"),
        ("PUT", {}, "mode", "missing"),
        ("PUT", {"mode": "real", "at": "2026-03-20T09:00"}, "at", "mode pinned"),
        ("PUT", {"mode": "pinned", "rate": 2}, "rate", "mode scaled"),
        ("PUT", {"mode": "scaled"}, "rate", "required"),
        ("PUT", {"mode": "scaled", "rate": 0}, "rate", "from 0.001 to 100000"),
        ("PUT", {"mode": "scaled", "rate": -1}, "rate", "from 0.001 to 100000"),
        ("PUT", {"mode": "scaled", "rate": "fast"}, "rate", "float_type"),
    ],
)
async def test_what_makes_no_sense_is_named(
    clock_client: ClockClient, method: str, body: dict[str, Any], field: str, rule: str
) -> None:
    answer = await clock_client.client.request(method, "/clock", json=body, headers=clock_client.parties.admin())
    problem(answer, 422, "invalid-input", field=field, rule=rule)
    assert (await clock_client.reading())["mode"] == "real"


async def test_time_does_not_go_back(clock_client: ClockClient) -> None:
    await clock_client.post(by="21wd")
    before = await clock_client.reading()
    for answer, field in (
        (await clock_client.post(to="2026-03-03T09:00"), "to"),
        (await clock_client.put(mode="pinned", at="2026-03-03T09:00"), "at"),
        (await clock_client.put(mode="real"), "mode"),
    ):
        problem(answer, 409, "time-goes-forward", field=field, rule="forward")
    assert await clock_client.reading() == before


async def test_only_the_administrator_moves_it(clock_client: ClockClient) -> None:
    for headers, status, slug in (
        ({}, 401, "not-authenticated"),
        ({"Authorization": "Bearer somebody"}, 403, "not-allowed"),
    ):
        for method, body in (("POST", {"by": "1h"}), ("POST", {}), ("PUT", {"mode": "pinned"})):
            answer = await clock_client.client.request(method, "/clock", json=body, headers=headers)
            problem(answer, status, slug)
    assert (await clock_client.reading())["mode"] == "real"


async def test_problems_are_told_in_the_readers_language(clock_client: ClockClient) -> None:
    headers = clock_client.parties.admin() | {"Accept-Language": "kk"}
    answer = await clock_client.client.post("/clock", json={"to": "2020-01-01"}, headers=headers)
    assert problem(answer, 409, "time-goes-forward")["title"] == "Уақыт кері жүрмейді"


async def test_sessions_end_by_the_clock_that_was_moved_at_the_door(tmp_path: Path) -> None:
    quick: dict[str, Any] = {"password_memory": 8, "password_rounds": 1}
    async with embedded(tmp_path, **quick) as stand, httpx.AsyncClient() as client:
        admin, at_the_gateway = ({"Authorization": f"Bearer {stand.tokens[party]}"} for party in ("con", "gateway"))
        person = {"iin": "900101300017", "password": "a secret"}
        user = person | {"name": "Айгүл Ахметова"}
        assert (await client.post(f"{stand.urls['con']}/users", json=user, headers=admin)).status_code < 300
        session = (await client.post(f"{stand.urls['con']}/sessions", json=person)).json()["token"]
        mine = {"Authorization": f"Bearer {session}"}
        assert (await client.get(f"{stand.urls['con']}/cases", headers=mine)).status_code == 200
        moved = await client.post(f"{stand.urls['gateway']}/clock", json={"by": "8h"}, headers=at_the_gateway)
        assert moved.status_code == 200
        answer = await client.get(f"{stand.urls['con']}/cases", headers=mine)
        assert "sign in again" in problem(answer, 401, "not-authenticated")["detail"]


async def test_every_service_dates_its_answers_by_the_stands_clock(tmp_path: Path) -> None:
    async with embedded(tmp_path) as stand, httpx.AsyncClient() as client:
        admin = {"Authorization": f"Bearer {stand.tokens['gateway']}"}
        there = {"mode": "pinned", "at": "2035-01-08T09:00"}
        await client.put(f"{stand.urls['gateway']}/clock", json=there, headers=admin)
        for url in stand.urls.values():
            for path in ("/health/live", "/nowhere"):
                answer = await client.get(url + path)
                assert answer.headers.get_list("date") == ["Mon, 08 Jan 2035 04:00:00 GMT"]


async def test_a_stand_that_goes_by_the_machines_clock_says_so(tmp_path: Path) -> None:
    async with embedded(tmp_path, clock=SystemClock()) as stand, httpx.AsyncClient() as client:
        url = f"{stand.urls['gateway']}/clock"
        assert (await client.get(url)).json()["mode"] == "real"
        answer = await client.post(
            url, json={"by": "1h"}, headers={"Authorization": f"Bearer {stand.tokens['gateway']}"}
        )
        problem(answer, 403, "not-allowed", rule="movable")


async def test_a_stand_that_is_started_again_goes_on_where_its_clock_was(tmp_path: Path) -> None:
    async with embedded(tmp_path) as stand:
        assert isinstance(stand.clock, StandClock)
        there = stand.clock.pin(stand.clock.now() + timedelta(days=21))
    async with embedded(tmp_path) as stand:
        assert stand.clock.now() == there


def test_working_days_are_those_of_the_calendar_given() -> None:
    friday = datetime(2026, 3, 6, 12, tzinfo=ALMATY)
    plain = later("1wd", friday, Calendar())
    saturday = friday.date() + timedelta(days=1)
    assert later("1wd", friday, Calendar({saturday: True})) == friday + timedelta(days=1) < plain


def test_an_instant_without_an_offset_is_almaty_time_of_its_day() -> None:
    assert instant("2023-06-01T09:00", "at") == datetime.fromisoformat("2023-06-01T09:00+06:00")
    assert instant("2026-06-01T09:00", "at") == datetime.fromisoformat("2026-06-01T09:00+05:00")
    with pytest.raises(InvalidInput):
        instant("9999-99-99", "at")


@pytest.mark.parametrize(
    "text", ["9" * 400 + "wd", "1e999s", "P" + "9" * 400 + "D", "P" + "9" * 5000 + "M", "0." + "0" * 400 + "1d"]
)
def test_a_length_of_time_in_more_digits_than_there_is_time_is_none(text: str) -> None:
    with pytest.raises(InvalidInput, match="length of time"):
        later(text, datetime(2026, 3, 6, 12, tzinfo=ALMATY), Calendar())
