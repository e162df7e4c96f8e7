"""What waits at a service: causes without what is one message's own, groups, and what is told if nobody answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.bus.control import MOST_CAUSES, SHOWN
from aimaq.language.bounds import is_plain
from aimaq.language.errors import Technical, Unavailable
from aimaq.pipeline.attention import reporter
from aimaq.pipeline.attention.causes import EARLIER, MOST, UNKNOWN, cause_id, cause_of
from aimaq.pipeline.attention.groups import Groups
from aimaq.pipeline.attention.waiting_list import Sought
from tests.faults import outage
from tests.gateway.attention import lay_aside
from tests.parties import BASE, Parties
from tests.waiting import eventually


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("RuntimeError: out of paper", "RuntimeError: out of paper"),
        ("not-found: no case 019cacb3-f200-7051-b3f4-43cca39f8a22", "not-found: no case #"),
        ("invalid-input: sequence: number 3 was used before", "invalid-input: sequence: number # was used before"),
        ("unavailable: 127.0.0.1:5432 said no at 2026-03-02T04:00:00.5Z", "unavailable: # said no at #"),
        ("bad-signature: serial 00ffa1b2c3d4", "bad-signature: serial #"),
        ("ValueError: decade of facade", "ValueError: decade of facade"),
        ("a\x1b[2J\nb", "a\ufffd[#J\ufffdb"),
        ("ЖСН 900101300017 қате", "ЖСН # қате"),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_cause_is_a_reason_without_what_is_its_own(reason: str | None, cause: str) -> None:
    assert cause_of(reason) == cause


@given(st.text(max_size=2000))
def test_any_reason_has_a_cause_of_one_line_and_its_cause_is_the_same(reason: str) -> None:
    cause = cause_of(reason)
    assert 0 < len(cause) <= MOST
    assert is_plain(cause)
    assert len(cause_id(cause)) == 12


def test_groups_are_counted_the_largest_first_and_no_more_than_can_be_told() -> None:
    groups = Groups()
    for number in range(MOST_CAUSES + 50):
        groups.add("dead", f"cause {number:04}", BASE, None, None, None)
    for number in range(3):
        groups.add("held", EARLIER, BASE - timedelta(hours=number), "case", "lea", "StatusChanged")
    assert groups.counts() == {"dead": MOST_CAUSES + 50, "held": 3}
    assert groups.first() == {"dead": BASE, "held": BASE - timedelta(hours=2)}
    largest = groups.largest()
    assert len(largest) == MOST_CAUSES
    assert (largest[0].kind, largest[0].count, largest[0].cases) == ("held", 3, 1)
    assert (largest[0].first, largest[0].last) == (BASE - timedelta(hours=2), BASE)


async def test_a_list_goes_on_after_a_place_and_ends(parties: Parties) -> None:
    await parties.start("gateway", "con")
    ids = sorted(await lay_aside(parties, 130))
    waiting = parties.services["con"].waiting_list
    found: list[str] = []
    after = None
    while page := await waiting.listed(Sought("dead", after=after, limit=40)):
        found += [one.message_id for one in page]
        after = (page[-1].since, page[-1].message_id)
    assert found == ids
    all_of_it = await waiting.read()
    assert (all_of_it.counts, len(all_of_it.messages)) == ({"dead": 130}, SHOWN)


async def test_what_the_database_said_last_is_told_while_it_says_nothing(parties: Parties) -> None:
    await parties.start("gateway", "con")
    await lay_aside(parties, 2)
    con = parties.services["con"]
    before = await con.reporter.summary()
    assert before.waiting is not None
    assert (before.waiting.counts, before.ailments) == ({"dead": 2}, ())
    async with outage(con):
        after = await con.reporter.summary()
    assert after.waiting == before.waiting
    assert after.ailments
    assert (after.run, after.sequence) == (before.run, before.sequence + 1)


async def test_a_database_that_hangs_is_asked_once_and_holds_up_no_summary(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "PATIENCE", 0.05)
    await parties.start("gateway", "con")
    con = parties.services["con"]
    asked, released = [], asyncio.Event()
    read = con.waiting_list.read

    async def hanging() -> object:
        asked.append(True)
        await released.wait()
        return await read()

    monkeypatch.setattr(con.waiting_list, "read", hanging)
    con.reporter._reading = None
    for _ in range(3):
        await con.reporter.read()
    assert len(asked) == 1
    released.set()
    await lay_aside(parties, 1)

    async def known() -> bool:
        waiting = await con.reporter.read()
        return waiting is not None and waiting.counts == {"dead": 1}

    await eventually(known, what="the database answers again")


async def test_a_list_that_cannot_be_read_is_no_fault_of_the_reporter(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parties.start("gateway", "con")
    con = parties.services["con"]

    async def failing() -> object:
        raise Unavailable(Technical("no"))

    monkeypatch.setattr(con.waiting_list, "read", failing)
    await con.reporter.summary()
    assert con.tasks.reason is None
