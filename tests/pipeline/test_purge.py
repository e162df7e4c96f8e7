"""The purge of the inbox: what goes and when, and that what comes again after it does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.bus import OutgoingMessage
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.clock import StandClock
from aimaq.language.errors import AimaqError
from aimaq.language.messages import TYPES, Body, MessageRejected, RegistryAsked, RegistryUpdated, StatusChanged
from aimaq.pipeline.background import purge
from aimaq.pipeline.background.purge import Purge, horizon
from aimaq.settings import Settings
from tests.faults import bewitch, rows
from tests.parties import BASE, IIN, Parties
from tests.pipeline.messages import deliveries
from tests.waiting import eventually

SETTINGS = Settings(party="lea")
AGE = SETTINGS.remembered
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
MARGIN = timedelta(seconds=SETTINGS.message_skew) + 2 * SECOND
"""How much older than `AGE` a row may be and still be there."""


class Machine:
    """The machine's time, which goes on when a test says so."""

    def __init__(self) -> None:
        self.now = BASE

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, by: timedelta) -> None:
        """Let so much time pass."""
        self.now += by


@pytest.fixture
def machine(parties: Parties) -> Machine:
    made = Machine()
    parties.clock = StandClock(made)
    return made


def purge_of(parties: Parties, name: str) -> Purge:
    service = parties.services[name]
    return Purge(service.database, service.tables.inbox, service.settings, service.clock)


async def inbox(parties: Parties, name: str) -> list[dict[str, Any]]:
    return await rows(parties.services[name], "inbox")


# --- when


def test_age_is_the_time_that_really_passed() -> None:
    machine = Machine()
    clock = StandClock(machine)
    clock.advance(timedelta(days=300))
    later = clock.now()
    first = horizon(clock, SETTINGS)
    assert first is not None
    assert first <= BASE - AGE
    machine.goes_on(AGE + HOUR)
    found = horizon(clock, SETTINGS)
    assert found is not None
    assert later + HOUR - MARGIN <= found <= later + HOUR


def test_a_row_is_kept_longer_by_what_its_sender_may_be_ahead() -> None:
    machine = Machine()
    clock = StandClock(machine)
    machine.goes_on(AGE + HOUR)
    latest = clock.now() - AGE - timedelta(seconds=SETTINGS.message_skew)
    found = horizon(clock, SETTINGS)
    assert found is not None
    assert latest - 2 * SECOND <= found <= latest


def test_another_age_than_that_of_rows_may_be_asked_for() -> None:
    machine = Machine()
    clock = StandClock(machine)
    machine.goes_on(AGE)
    latest = clock.now() - HOUR - timedelta(seconds=SETTINGS.message_skew)
    found = horizon(clock, SETTINGS, HOUR)
    assert found is not None
    assert latest - 2 * SECOND <= found <= latest


async def test_before_the_beginning_of_time_nothing_has_waited(parties: Parties) -> None:
    await parties.start("gateway", parked_age=timedelta(days=365 * 100).total_seconds())
    assert await purge_of(parties, "gateway").expire() == 0


def test_nothing_is_old_where_the_time_stood_still() -> None:
    machine = Machine()
    clock = StandClock(machine)
    clock.pin()
    machine.goes_on(2 * AGE)
    found = horizon(clock, SETTINGS)
    assert found is not None
    assert found < BASE - AGE + SECOND


MOVES: list[Callable[[StandClock], object]] = [
    lambda clock: clock.advance(timedelta(days=3)),
    lambda clock: clock.pin(),
    lambda clock: clock.scale(1),
    lambda clock: clock.scale(60),
    lambda clock: clock.scale(0.01),
]


@given(
    moves=st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 60)), max_size=6),
    back=st.integers(0, 200),
    ahead=st.integers(0, int(SETTINGS.message_skew)),
)
def test_what_came_before_the_horizon_is_too_old_for_the_gateway(
    moves: list[tuple[Callable[[StandClock], object], int]], back: int, ahead: int
) -> None:
    machine = Machine()
    clock = StandClock(machine)
    for move, hours in moves:
        move(clock)
        machine.goes_on(timedelta(hours=hours))
    found = horizon(clock, SETTINGS)
    assert found is not None
    sent = found - timedelta(hours=back) - SECOND + timedelta(seconds=ahead)
    assert clock.lasted(sent, clock.now()).total_seconds() > SETTINGS.message_age


# --- what


async def test_a_row_goes_when_it_is_old_enough_and_what_waits_stays(parties: Parties, machine: Machine) -> None:
    await parties.start("con", retry_times=1)
    gateway = await parties.outsider("gateway")
    bodies: list[Body] = [StatusChanged(status="received"), StatusChanged(status="in_progress")]
    done, dead, parked = gateway.ids(), gateway.ids(), gateway.ids()
    handled = deliveries(gateway, bodies[:1], "con", done)
    laid = deliveries(gateway, bodies[:1], "con", dead)
    early = deliveries(gateway, bodies, "con", parked)[1:]
    spell = bewitch(parties.services["con"], RuntimeError("no"), lambda one: one.envelope.case_id == dead)
    await gateway.hand_in(*handled, *laid, *early)
    spell.lifted = True
    machine.goes_on(AGE)
    assert await purge_of(parties, "con").sweep() == 0
    assert len(await inbox(parties, "con")) == 3
    machine.goes_on(MARGIN)
    assert await purge_of(parties, "con").sweep() == 1
    states = {row["message_id"]: row["state"] for row in await inbox(parties, "con")}
    assert states == {laid[0].message_id: "dead", early[0].message_id: "held"}


async def test_what_has_no_number_is_remembered_for_good(parties: Parties, machine: Machine) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")
    envelope = gateway.write(MessageRejected("m", "d", "stale-message", "sent long ago"), "con")
    await gateway.hand_in(envelope)
    await parties.services["con"].dead_letters.act("drop", envelope.message_id, "dana")
    machine.goes_on(AGE + MARGIN)
    assert await purge_of(parties, "con").sweep() == 0
    assert [(row["message_id"], row["state"]) for row in await inbox(parties, "con")] == [(envelope.message_id, "done")]
    await gateway.hand_in(envelope)
    assert await parties.waiting("con") == {}


async def test_many_rows_go_in_steps_of_so_many(
    parties: Parties, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")
    messages = [deliveries(gateway, [StatusChanged(status="received")], "con", gateway.ids())[0] for _ in range(7)]
    await gateway.hand_in(*messages)
    machine.goes_on(AGE + MARGIN)
    young = deliveries(gateway, [StatusChanged(status="received")], "con", gateway.ids())
    await gateway.hand_in(*young)
    monkeypatch.setattr(purge, "STEP", 3)
    monkeypatch.setattr(purge, "_BREATH", 0)
    sizes = []
    plain = parties.services["con"].database.transact

    async def counted(uow: Any) -> Any:
        done = await plain(uow)
        sizes.append(done.rowcount)
        return done

    monkeypatch.setattr(parties.services["con"].database, "transact", counted)
    assert await purge_of(parties, "con").sweep() == 7
    assert sizes == [3, 3, 1]
    assert [row["message_id"] for row in await inbox(parties, "con")] == [young[0].message_id]


async def test_a_service_purges_by_itself(parties: Parties, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "_LEAST", 0)
    await parties.start("con", "gateway", "portal", "lea", autopilot=True)
    case_id = await parties.ask()
    await parties.status("con", case_id, "completed")
    await parties.quiet()
    machine.goes_on(AGE + MARGIN)
    parties.clock.advance(purge.PERIOD)

    async def gone() -> bool:
        return [len(await inbox(parties, name)) for name in ("con", "portal", "lea", "gateway")] == [0, 0, 0, 0]

    await eventually(gone, what="the empty inboxes")


# --- what comes again afterwards

STOPS = ("portal", "con", "lea", "gateway", "registry")


async def known(parties: Parties, name: str) -> dict[str, Any]:
    """All that a service knows, but for when a case was last looked at."""
    service = parties.services[name]
    found: dict[str, Any] = {}
    for table in service.metadata.tables:
        if table not in ("inbox", "journal", "rejections", "blocks", "outbox", "traffic_minutes", "traffic_hours"):
            found[table] = sorted(map(str, map(_plain, await rows(service, table))))
    if name == "gateway":
        found["accepted"] = sorted(str(row["message_id"]) for row in await _accepted(parties))
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in row.items() if key not in ("changed_at", "whole")}
    if "whole" in row:
        whole = msgspec.json.decode(row["whole"])
        plain["whole"] = {key: value for key, value in whole.items() if key != "changed_at"}
    return plain


async def _accepted(parties: Parties) -> list[dict[str, Any]]:
    entries = await rows(parties.services["gateway"], "journal")
    return [row for row in entries if row["verdict"] == "accepted"]


async def everything(parties: Parties) -> Iterator[tuple[str, OutgoingMessage]]:
    """Every message that was accepted, as it came: to the gateway from its sender, and to its recipients numbered."""
    entries = {row["message_id"]: row for row in await _accepted(parties)}
    found: list[tuple[str, OutgoingMessage]] = []
    for to in STOPS:
        for row in await inbox(parties, to):
            entry = entries.get(row["message_id"])
            if entry is not None:
                sender, number = ("gateway", row["number"]) if to != "gateway" else (entry["sender"].split(":")[0], 0)
                key = TYPES[entry["type"]].routing_key
                outgoing = OutgoingMessage(row["message_id"], key, to, entry["body"], entry["signature"], number)
                found.append((sender, outgoing))
    return iter(found)


async def answered(parties: Parties, case_id: str) -> bool:
    case = await parties.case("con", case_id)
    return case is not None and "labour_market" in case.registers


async def sent(parties: Parties, sender: str, outgoing: OutgoingMessage) -> list[AimaqError | None]:
    return await parties.services[sender].dependencies.bus.send([outgoing])


@pytest.mark.parametrize("restarted", [False, True], ids=["going-on", "restarted"])
async def test_what_comes_again_after_the_purge_is_not_done_twice(
    parties: Parties, machine: Machine, restarted: bool
) -> None:
    await parties.start(*STOPS, autopilot=True)
    case_id = await parties.ask()
    other = await parties.ask(at="con")
    for case in (case_id, other):
        await parties.status("con", case, "completed")

    def tell_the_registry(uow: UnitOfWork) -> None:
        uow.send(RegistryUpdated(register="labour_market", record={"iin": IIN, "status": "job-seeker"}), "registry")
        uow.send(RegistryAsked(questions={"labour_market": {"iin": IIN}}), "registry")

    await parties.services["con"].writer.run(tell_the_registry, other)
    await eventually(lambda: answered(parties, other), what="the answer of the registry")
    await parties.quiet()
    again = list(await everything(parties))
    assert {outgoing.to for _, outgoing in again} == set(STOPS)
    machine.goes_on(AGE + MARGIN)
    for name in STOPS:
        assert await purge_of(parties, name).sweep() > 0
        assert await inbox(parties, name) == []
    if restarted:
        for name in STOPS:
            await parties.stop(name)
        await parties.start(*STOPS, autopilot=True)
    before = {name: await known(parties, name) for name in STOPS}
    handled = len(await rows(parties.services["gateway"], "journal"))

    for sender, outgoing in again:
        if outgoing.to != "gateway":
            assert await sent(parties, sender, outgoing) == [None]
    await parties.quiet()
    for name in STOPS:
        assert await known(parties, name) == before[name]
        assert await inbox(parties, name) == []
    assert len(await rows(parties.services["gateway"], "journal")) == handled

    stale = [(sender, outgoing) for sender, outgoing in again if outgoing.to == "gateway"]
    for sender, outgoing in stale:
        assert await sent(parties, sender, outgoing) == [None]
    await parties.quiet()
    entries = await rows(parties.services["gateway"], "journal")
    refused = [row for row in entries if row["verdict"] == "rejected"]
    assert len(refused) == (len(stale) if restarted else 0)  # what the gateway remembers is passed over
    found = [row for name in STOPS for row in await inbox(parties, name)]
    assert {row["type"] for row in found if row["state"] != "done"} <= {"MessageRejected"}
    for name in STOPS:
        after = await known(parties, name)
        if name == "gateway":
            mine = [row["message_id"] for row in found if row["type"] == "MessageRejected"]
            assert len(mine) == len(refused)
            before[name]["accepted"] = sorted([*before[name]["accepted"], *mine])
        assert after == before[name]


async def test_a_step_is_taken_until_it_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "_BREATH", 0.0)
    left = [2, 1, 0, 5]

    async def step() -> int:
        return left.pop(0)

    await purge._exhausted(step)
    assert left == [5]
