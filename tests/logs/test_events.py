"""A line for each message that is rejected or laid aside, each dead letter put back or dropped, each move of the clock.

It is there in both forms of the log, at every level, and has nothing in it that anybody wrote.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aimaq.language.clock import StandClock
from stand.runtime.logs import AUDIT, EVENTS, OWN, logs
from tests import databases as kinds
from tests.faults import bewitch
from tests.parties import BASE, IIN, Parties
from tests.pipeline.messages import SUBMITTED, submitted
from tests.stand_fixtures import stand_home
from tests.waiting import eventually

__all__ = ["stand_home"]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SECRET = f"Ахметова {IIN} \x1b[31m"


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log in either form, at its least verbose."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level, stream = logging.root.level, io.StringIO()
    logs("critical", request.param, stream)
    yield stream
    logging.root.setLevel(level)
    for name in (*OWN, AUDIT, EVENTS):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture
async def files(stand_home: Path, tmp_path: Path) -> AsyncIterator[Parties]:
    """The parties of a stand on SQLite files, none of them started."""
    if not (blank := stand_home / "blank").exists():
        kinds.draw(blank)
    async with Parties(stand_home, kinds.files(tmp_path, blank)) as made:
        yield made


def logged(log: io.StringIO, words: str) -> list[str]:
    """The lines of the log with these words, as people read them."""
    lines = log.getvalue().splitlines()
    return [line for line in (json.loads(one)["event"] if one[0] == "{" else one for one in lines) if words in line]


async def test_each_rejection_is_a_line(log: io.StringIO, files: Parties) -> None:
    await files.start("gateway")
    portal = await files.outsider("portal")
    many = [portal.write(SUBMITTED, sender="con") for _ in range(60)]
    traced = replace(portal.write(SUBMITTED, sender="lea").outgoing(), traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    await portal.bus.send([traced])
    if log.getvalue().startswith("{"):
        assert json.loads(log.getvalue())["trace_id"] == TRACE
    log.truncate(log.seek(0))
    await portal.hand_in(*many, portal.write(SUBMITTED, regulation=SECRET[:20]))
    assert len(logged(log, "is rejected: unknown-sender")) == 60, "none is summed"
    assert len(logged(log, "is rejected")) == 61
    for part in ("Ахметова", IIN, "\x1b"):
        assert part not in log.getvalue()


async def test_each_dead_letter_is_a_line_and_so_is_what_becomes_of_it(log: io.StringIO, files: Parties) -> None:
    await files.start("gateway", "lea", retry_times=1, retry_first=0.01)
    portal, lea = await files.outsider("portal"), files.services["lea"]
    spell = bewitch(lea, RuntimeError(SECRET))
    for _ in range(2):
        case_id = portal.ids()
        await portal.hand_in(portal.write(submitted(files, case_id), case_id=case_id))

    async def both() -> bool:
        return len(await lea.dead_letters.listed()) == 2

    await eventually(both)
    first, second = [one.message_id for one in await lea.dead_letters.listed()]
    assert len(logged(log, "is laid aside: fault")) == 2
    spell.lifted = True
    await lea.dead_letters.act("requeue", first, "dana")
    await lea.dead_letters.act("drop", second, "dana")
    assert len(logged(log, f"lea: message {first} is put back")) == 1
    assert len(logged(log, f"lea: message {second} is dropped")) == 1
    for part in ("Ахметова", IIN, "\x1b"):
        assert part not in log.getvalue()
    if log.getvalue().startswith("{"):
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        back = next(line for line in lines if "put back" in line["event"])
        assert (back["service"], back["message_id"], back["logger"]) == ("lea", first, EVENTS)
        aside = next(line for line in lines if "laid aside" in line["event"])
        assert aside["reason"] == "fault"
        assert aside["case_id"]


def test_each_move_of_the_clock_is_a_line(log: io.StringIO) -> None:
    clock = StandClock(lambda: BASE)
    clock.advance(timedelta(days=1))
    clock.pin()
    clock.scale(60)
    assert len(logged(log, "the clock is moved: it shows 2026-03-03 04:00:00 UTC")) == 3
    assert len(logged(log, "pinned")) == len(logged(log, "rate 60")) == 1
