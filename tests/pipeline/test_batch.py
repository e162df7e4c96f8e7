"""One batch is one transaction for many, and still each stands or falls alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.errors import NotFound, OutOfOrder, Unavailable
from aimaq.language.messages import RequestSubmitted, StatusChanged
from tests.faults import bewitch, rows
from tests.outsider import REGULATION, Outsider, SignedMessage
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED, deliveries, step, submitted
from tests.waiting import eventually

SENT = (step("process-6", "send", "portal"),)


@pytest.fixture
async def gateway(parties: Parties) -> AsyncIterator[Outsider]:
    yield await parties.outsider("gateway")


def notices(gateway: Outsider, count: int) -> list[SignedMessage]:
    """The first message of each of so many cases, to the service centre."""
    return [deliveries(gateway, [StatusChanged(status="received")], "con", gateway.ids())[0] for _ in range(count)]


async def test_a_poisonous_message_does_not_hold_its_batch_back(parties: Parties, gateway: Outsider) -> None:
    await parties.start("con")
    messages = notices(gateway, 9)
    poison = messages[4].message_id
    bewitch(parties.services["con"], RuntimeError("poison"), lambda r: r.envelope.message_id == poison)
    assert await gateway.hand_in(*messages) == [None] * 9
    states = {row["message_id"]: row["state"] for row in await rows(parties.services["con"], "inbox")}
    assert states == {x.message_id: "retry" if x.message_id == poison else "done" for x in messages}
    assert len(await rows(parties.services["con"], "cases")) == 8


async def test_a_command_that_fails_leaves_no_trace_and_costs_its_neighbours_nothing(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    portal = parties.services["portal"]
    ids = [portal.party.ids() for _ in range(5)]

    async def run(case_id: str) -> str:
        def command(uow: UnitOfWork) -> str:
            uow.open_case(case_id, REGULATION, "portal")
            uow.send(SUBMITTED, "lea:mamlyut-employment")
            if case_id == ids[2]:
                raise ZeroDivisionError("a fault in a command")
            return case_id

        return await portal.writer.run(command, case_id, fresh=True)

    done = await asyncio.gather(*(run(case_id) for case_id in ids), return_exceptions=True)
    assert isinstance(done.pop(2), ZeroDivisionError)
    assert done == [ids[0], ids[1], ids[3], ids[4]]
    assert {row["case_id"] for row in await rows(portal, "cases")} == set(ids) - {ids[2]}
    assert len(await rows(portal, "outbox")) == 4


async def test_a_command_on_a_case_sees_what_the_one_before_it_in_the_batch_has_done(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    portal = parties.services["portal"]
    case_id = await parties.ask(sign=False)

    def count(uow: UnitOfWork) -> int:
        case = uow.known_case()
        case.form = {**case.form, "count": case.form.get("count", 0) + 1}
        return int(case.form["count"])

    assert await asyncio.gather(*(portal.writer.run(count, case_id) for _ in range(20))) == [*range(1, 21)]


async def test_a_command_on_a_case_that_is_not_there_says_so(parties: Parties) -> None:
    await parties.start("portal")
    portal = parties.services["portal"]
    with pytest.raises(NotFound):
        await portal.writer.run(lambda uow: uow.known_case(), portal.party.ids())


def request_for(portal: Outsider, case_id: str, number: int, body: RequestSubmitted = SUBMITTED) -> SignedMessage:
    envelope = portal.write(body, case_id=case_id, sequence=number, steps=SENT)
    return replace(envelope, to="lea", number=number)


async def test_a_row_that_the_database_refuses_is_laid_aside_and_the_rest_of_the_batch_stands(
    parties: Parties, gateway: Outsider
) -> None:
    await parties.start("lea")
    portal = await parties.outsider("portal")
    lea = parties.services["lea"]
    cases = [portal.ids() for _ in range(6)]
    taken: dict[str, Any] = {"case_id": cases[2], "kind": "request", "document": b"d", "signature": b"s"}
    await lea.writer.run(lambda uow: uow.insert(lea.tables.papers, taken))
    messages = [request_for(portal, case_id, 1, submitted(parties, case_id)) for case_id in cases]
    twin, behind = messages[2], request_for(portal, cases[2], 2)
    messages[3:3] = [behind]
    assert await gateway.hand_in(*messages) == [None] * 7
    assert await parties.waiting("lea") == {twin.message_id: "dead", behind.message_id: "held"}
    (laid,) = [row for row in await rows(parties.services["lea"], "inbox") if row["state"] == "dead"]
    assert "IntegrityError" in str(laid["reason"])
    assert (laid["sender"], laid["case_id"], laid["body"]) == ("portal", cases[2], twin.data)
    assert {row["case_id"] for row in await rows(parties.services["lea"], "cases")} == set(cases) - {cases[2]}
    assert len(await rows(parties.services["lea"], "papers")) == 6


async def test_a_command_whose_row_the_database_refuses_fails_alone(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    portal = parties.services["portal"]
    papers = portal.tables.papers
    ids = [portal.party.ids() for _ in range(3)]

    async def run(case_id: str) -> str:
        def command(uow: UnitOfWork) -> str:
            uow.open_case(case_id, REGULATION, "portal")
            for _ in range(2 if case_id == ids[1] else 1):
                uow.insert(papers, {"case_id": case_id, "kind": "request", "document": b"d", "signature": b"s"})
            return case_id

        return await portal.writer.run(command, case_id, fresh=True)

    done = await asyncio.gather(*(run(case_id) for case_id in ids), return_exceptions=True)
    assert [type(one).__name__ for one in done] == ["str", "IntegrityError", "str"]
    assert {row["case_id"] for row in await rows(portal, "cases")} == {ids[0], ids[2]}


async def test_more_messages_than_a_batch_holds_are_all_handled(parties: Parties, gateway: Outsider) -> None:
    await parties.start("con", batch=3)
    messages = [
        envelope
        for _ in range(7)
        for envelope in deliveries(
            gateway, [StatusChanged(status="received"), StatusChanged(status="in_progress")], "con", gateway.ids()
        )
    ]
    assert await gateway.hand_in(*reversed(messages)) == [None] * 14
    assert await parties.waiting("con") == {}
    assert {row["status"] for row in await rows(parties.services["con"], "cases")} == {"in_progress"}


async def test_a_retry_and_a_new_message_of_the_same_case_do_not_overtake_each_other(
    parties: Parties, gateway: Outsider
) -> None:
    await parties.start("con", retry_first=10)
    case_id = gateway.ids()
    bodies = [StatusChanged(status=status) for status in ("received", "in_progress", "completed")]
    first, second, third = deliveries(gateway, [*bodies], "con", case_id)
    spell = bewitch(parties.services["con"], RuntimeError("once"), lambda r: r.envelope.message_id == second.message_id)
    await gateway.hand_in(first, second)
    spell.lifted = True
    sending = asyncio.create_task(gateway.hand_in(third))
    parties.clock.advance(timedelta(seconds=10))
    await sending
    case = await parties.status("con", case_id, "completed")
    assert [shown.status for shown in case.shown] == ["received", "in_progress", "completed"]
    await eventually(lambda: _none_waits(parties))


async def _none_waits(parties: Parties) -> bool:
    return not await parties.waiting("con")


async def test_a_step_out_of_order_is_refused_and_changes_nothing(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    case_id = await parties.ask()
    before = await parties.case("portal", case_id)
    with pytest.raises(OutOfOrder, match="process-6"):
        await parties.sign(case_id)
    assert await parties.case("portal", case_id) == before


async def test_whoever_waits_for_a_service_that_stops_is_told_so(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    portal = parties.services["portal"]
    begun = asyncio.Event()

    async def endless(uow: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    portal.database.write = endless  # type: ignore[method-assign, assignment]
    first = asyncio.create_task(portal.writer.run(lambda uow: None))
    await begun.wait()
    second = asyncio.create_task(portal.writer.run(lambda uow: None))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await parties.stop("portal")
        for waiting in (first, second, portal.writer.run(lambda uow: None)):
            with pytest.raises(Unavailable, match="stopped"):
                await waiting


@pytest.mark.parametrize("turns", range(8))
async def test_a_service_stops_though_work_comes_at_that_very_moment(parties: Parties, turns: int) -> None:
    await parties.start("portal")
    portal = parties.services["portal"]
    await portal.writer.run(lambda uow: None)
    portal.writer._on_confirmed(["of a message that was sent"])
    for _ in range(10):
        await asyncio.sleep(0)  # until it lingers, in case there is more to do
    command = asyncio.create_task(portal.writer.run(lambda uow: None))
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await parties.stop("portal")
    await asyncio.gather(command, return_exceptions=True)


async def test_a_service_whose_loop_has_died_says_so(parties: Parties, gateway: Outsider) -> None:
    await parties.start("con")
    con, http = parties.services["con"], await parties.http("con", **parties.admin())
    parties.lines["con"].mode = "broken"
    sending = asyncio.create_task(gateway.hand_in(*notices(gateway, 1)))
    await eventually(con.ailments)
    sending.cancel()
    answer = await http.get("/health/ready")
    assert answer.status_code == 503
    assert "the writer has ended: RuntimeError: a fault of the adapter" in answer.json()["reasons"]
    assert (await http.get("/health/live")).status_code == 200
    with pytest.raises(Unavailable, match="stopped"):
        await con.writer.run(lambda uow: None)
