"""GET /traffic and `aimaq traffic`: what moves on each link, what waits there, and in which state it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from typer.testing import CliRunner, Result

from aimaq.language.clock import StandClock
from aimaq.language.messages import PARTIES
from aimaq.service import Service
from aimaq.store.database import Row
from gateway_svc.models import tables, traffic_hours, traffic_minutes
from gateway_svc.traffic.board import FRESH
from gateway_svc.traffic.counts import Counts, Route, row_of
from gateway_svc.traffic.histogram import bucket
from gateway_svc.traffic.states import state_of
from stand.commands.operator.traffic import traffic
from tests.gateway.traffic.tallying import Machine
from tests.parties import BASE, Parties
from tests.waiting import until
from tests.web.terminal import NOBODY, opened

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
COMMAND = typer.Typer()
COMMAND.command("traffic")(traffic)


async def asked(parties: Parties, window: str = "minute", status: int = 200) -> dict[str, Any]:
    """What the gateway answers now, and not what it answered a moment ago."""
    await until(asyncio.get_running_loop().time() + FRESH)
    client = await parties.http("gateway", **parties.admin())
    answer = await client.get("/traffic", params={"window": window})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def link(found: dict[str, Any], system: str) -> dict[str, Any]:
    """The link of one system."""
    (one,) = (one for one in found["links"] if one["system"] == system)
    return dict(one)


async def enter(service: Service, table: sa.Table, rows: Sequence[Row]) -> None:
    """Put rows in a table past the writer."""
    await service.database.transact(lambda conn: conn.execute(sa.insert(table), list(rows)))


def counted(at: datetime, accepted: int = 1, sender: str = "portal", recipient: str = "lea", **more: Any) -> Row:
    """A row of the minutes or the hours."""
    return row_of(Route(sender, recipient), at, Counts(at + timedelta(seconds=1), accepted, **more))


@pytest.fixture
def machine(parties: Parties) -> Machine:
    """The machine whose time the stand's clock shows, from ten minutes past the hour on."""
    made = Machine(BASE + 10 * MINUTE)
    parties.clock = StandClock(made)
    return made


def waiting(parties: Parties, state: str, sender: str, since: datetime) -> Row:
    """A row of the inbox."""
    return {
        "message_id": parties.services["gateway"].party.ids(),
        "digest": "",
        "state": state,
        "received_at": since,
        "sender": sender,
        "number": 2,
        "attempts": 0,
        "publisher": sender,
    }


def unsent(parties: Parties, queue: str, since: datetime, refused: str | None = None) -> Row:
    """A row of the outbox."""
    return {
        "message_id": parties.services["gateway"].party.ids(),
        "routing_key": "",
        "queue": queue,
        "delivery": 1,
        "created_at": since,
        "refused": refused,
    }


async def test_the_traffic_of_a_case_is_shown_on_its_links_and_routes(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    await parties.quiet()
    found = await asked(parties)
    assert [one["system"] for one in found["links"]] == ["portal", "con", "lea", "registry"]
    assert found["total"]["accepted"] == sum(one["traffic"]["accepted"] for one in found["routes"]) == 7
    portal = link(found, "portal")
    assert (portal["state"], portal["kind"], portal["sent"]["accepted"]) == ("ok", "party", 1)
    assert link(found, "registry")["state"] == "silent"
    # the clock stands: what moved is known, how fast is not
    assert (found["seconds"], portal["sent"]["rate"], portal["p50"]) == (None, None, None)
    if (there := portal["there"]) is not None:  # the portal has told by now what waits there
        assert {there[kind] for kind in ("held", "retry", "dead", "unsent")} == {0}
    assert portal["here"]["known_at"] == found["now"]


async def test_rates_are_of_real_time_and_windows_of_the_stands(parties: Parties, machine: Machine) -> None:
    await parties.start("gateway")
    service, now = parties.services["gateway"], machine.now
    half = {bucket(5.0): 50, bucket(80.0): 50}
    await enter(
        service,
        traffic_minutes,
        [counted(now - MINUTE, 30, latency=half), counted(now, 30), counted(now - 9 * MINUTE, 100, refused=4)],
    )
    await enter(service, traffic_hours, [counted(now.replace(minute=0) - hours * HOUR, 1000) for hours in (1, 22, 24)])
    machine.now += timedelta(seconds=30)
    minute = await asked(parties)
    assert (minute["total"]["accepted"], minute["seconds"], minute["total"]["rate"]) == (60, 90.0, 0.667)
    assert minute["p50"] == pytest.approx(5, rel=0.05)
    assert minute["p99"] == pytest.approx(80, rel=0.05)
    hour = await asked(parties, "hour")
    assert (hour["total"]["accepted"], hour["total"]["refused"]) == (160, 4)
    assert [one["accepted"] for one in hour["strip"]][-10:] == [100, 0, 0, 0, 0, 0, 0, 0, 30, 30]
    assert len(hour["strip"]) == 60
    assert (await asked(parties, "day"))["total"]["accepted"] == 2160
    # a day that the clock leaps over has no traffic, and what came since came fast
    parties.clock.advance(timedelta(days=2))
    await enter(service, traffic_minutes, [counted(machine.now.replace(second=0) + timedelta(days=2), 50)])
    machine.now += timedelta(seconds=10)
    leapt = await asked(parties, "day")
    assert (leapt["total"]["accepted"], leapt["seconds"], leapt["total"]["rate"]) == (50, 10.0, 5.0)


async def test_a_stand_that_began_just_now_has_rates_since_it_did(parties: Parties, machine: Machine) -> None:
    await parties.start("gateway")
    await enter(parties.services["gateway"], traffic_minutes, [counted(machine.now, 90)])
    machine.now += timedelta(seconds=45)
    assert (await asked(parties, "hour"))["total"]["rate"] == 2.0


async def test_an_hour_that_is_over_and_written_is_not_counted_twice(parties: Parties, machine: Machine) -> None:
    await parties.start("gateway")
    service, hour = parties.services["gateway"], machine.now.replace(minute=0)
    await enter(service, traffic_minutes, [counted(hour - 5 * MINUTE, 7), counted(hour + 5 * MINUTE, 3)])
    await enter(service, traffic_hours, [counted(hour - HOUR, 7)])
    assert (await asked(parties, "day"))["total"]["accepted"] == 10
    assert (await asked(parties, "hour"))["total"]["accepted"] == 10


async def test_what_waits_is_shown_with_whose_it_is_and_how_long(parties: Parties, machine: Machine) -> None:
    await parties.start("gateway")
    service, now = parties.services["gateway"], machine.now
    rows = [waiting(parties, state, "con", now - 20 * MINUTE) for state in ("held", "held", "retry")]
    await enter(service, tables.inbox, [*rows, waiting(parties, "dead", "lea", now - HOUR)])
    await enter(service, tables.outbox, [unsent(parties, "lea", now - 2 * MINUTE), unsent(parties, "lea", now)])
    await enter(service, tables.outbox, [unsent(parties, "registry", now, "too large")])
    found = await asked(parties)
    con, lea = link(found, "con"), link(found, "lea")
    assert (con["state"], con["here"]["held"], con["here"]["retry"], con["here"]["oldest"]) == ("slow", 2, 1, 1200.0)
    assert (lea["state"], lea["here"]["unsent"], lea["here"]["unsent_for"]) == ("stopped", 2, 120.0)
    assert (lea["here"]["dead"], lea["here"]["oldest"]) == (1, 120.0)
    assert (link(found, "registry")["state"], link(found, "registry")["here"]["dead"]) == ("slow", 1)
    assert (found["waiting"]["held"], found["waiting"]["unsent"], found["waiting"]["dead"]) == (2, 2, 2)


async def test_an_outside_system_has_a_link_of_its_own_whatever_it_is_called(
    parties: Parties, machine: Machine
) -> None:
    await parties.start("gateway", outside="registry")
    hostile = "lea:<b onload=alert(1)>\u202e"
    rows = [counted(machine.now, 1, sender, "portal") for sender in ("lea:mamlyut", hostile)]
    rows += [counted(machine.now, 1, "portal", f"lea:{name}") for name in ("mamlyut", "another")]
    rows += [counted(machine.now, 0, "?", "?", refused=3)]
    await enter(parties.services["gateway"], traffic_minutes, rows)
    found = await asked(parties)
    kinds = {
        one["system"]: (one["kind"], one["sent"]["accepted"], one["received"]["accepted"]) for one in found["links"]
    }
    assert kinds == {
        "portal": ("party", 2, 2),
        "con": ("party", 0, 0),
        "lea": ("party", 0, 1),
        "registry": ("outside", 0, 0),
        "lea:mamlyut": ("outside", 1, 1),
        hostile: ("outside", 1, 0),
        "?": ("unknown", 0, 0),
    }
    assert link(found, "?")["state"] == "stopped"


async def test_a_thousand_routes_with_an_hour_of_minutes_are_shown(parties: Parties, machine: Machine) -> None:
    await parties.start("gateway")
    service = parties.services["gateway"]
    for back in range(60):
        at = machine.now - back * MINUTE
        await enter(service, traffic_minutes, [counted(at, 1, "portal", f"lea:body-{place}") for place in range(1000)])
    found = await asked(parties, "hour")
    assert found["total"]["accepted"] == 60_000
    assert len(found["routes"]) == 1000
    assert [one["system"] for one in found["links"]] == ["portal", "con", "lea", "registry"]


@pytest.mark.parametrize("window", ["", "year", "minute; drop", "\x00", "MINUTE"])
async def test_another_window_is_refused(parties: Parties, window: str) -> None:
    await parties.start("gateway")
    assert (await asked(parties, window, 422))["field"] == "query.window"


IDLE: dict[str, Any] = {
    "sent": 0,
    "refused": 0,
    "received": 0,
    "parked": 0,
    "unsent": 0,
    "unsent_for": None,
    "p99": None,
}


@pytest.mark.parametrize(
    ("figures", "state"),
    [
        ({}, "silent"),
        ({"sent": 1}, "ok"),
        ({"received": 1}, "ok"),
        ({"sent": 100, "p99": 999.0, "refused": 5}, "ok"),
        ({"sent": 100, "p99": 1000.0}, "slow"),
        ({"sent": 95, "refused": 5}, "slow"),
        ({"parked": 1}, "slow"),
        ({"unsent": 1, "unsent_for": 0.1}, "ok"),
        ({"unsent": 1, "unsent_for": 5.0}, "slow"),
        ({"sent": 9, "unsent": 1, "unsent_for": 30.0}, "stopped"),
        ({"refused": 1}, "stopped"),
    ],
)
def test_the_state_of_a_link_follows_from_its_figures(figures: dict[str, Any], state: str) -> None:
    assert state_of(**IDLE | figures) == state


async def ran(words: Sequence[str]) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, COMMAND, list(words), env={"COLUMNS": "250"})


@pytest.mark.slow
async def test_the_command_shows_what_the_page_does(parties: Parties, tmp_path: Path) -> None:
    urls = await opened(parties)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    await parties.quiet()
    where = ["--stand", urls["gateway"], "--home", str(parties.home)]
    shown = await ran([*where, "--window", "hour", "-o", "json"])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["total"]["accepted"] == 7
    table = await ran(where)
    assert table.exit_code == 0, table.output
    assert "registry" in table.stdout
    assert "7 messages, - a second, 0 refused; waiting 0, dead 0" in table.stdout
    nowhere = await ran(["--stand", NOBODY])
    assert nowhere.exit_code == 3
    assert nowhere.stderr.count("\n") == 1
    stranger = await ran(["--stand", urls["gateway"], "--home", str(tmp_path)])
    assert stranger.exit_code == 2
    assert stranger.stderr.count("\n") == 1
