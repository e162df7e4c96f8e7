"""What was committed is sent: not before, not never, and not twice, whatever dies or breaks in between."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from aimaq.language.errors import Unavailable
from aimaq.language.messages import StatusChanged
from tests.faults import answer_lost, rows
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED, deliveries
from tests.waiting import eventually


async def outbox(parties: Parties, name: str) -> list[dict[str, object]]:
    return await rows(parties.services[name], "outbox")


@pytest.mark.parametrize("mode", ["hang", "deaf"])
async def test_a_crash_between_commit_and_confirm_loses_and_doubles_nothing(parties: Parties, mode: str) -> None:
    await parties.start("gateway")
    lea, con = await parties.outsider("lea"), await parties.outsider("con")
    await parties.start("portal", mode=mode)
    cases = {await parties.ask() for _ in range(5)}
    await eventually(lambda: parties.services["portal"].writer.relay.waiting == 5)
    assert len(await outbox(parties, "portal")) == 5
    await parties.stop("portal")
    await parties.start("portal")
    await parties.quiet()
    await eventually(lambda: len(lea.got) == 5 and len(con.got) == 5)
    assert {envelope.case_id for envelope in lea.got} == {envelope.case_id for envelope in con.got} == cases
    journal = await rows(parties.services["gateway"], "journal")
    assert Counter((entry["case_id"], entry["sender"]) for entry in journal) == Counter(
        (case_id, sender) for case_id in cases for sender in ("portal", "gateway")
    )


async def test_a_message_is_not_sent_before_it_is_committed(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    portal = parties.services["portal"]

    def fails(uow: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await portal.writer.run(fails)
    assert parties.lines["portal"].sent == []
    case_id = await parties.ask()
    outgoing = (await eventually(lambda: parties.lines["portal"].sent))[0]
    assert [row["message_id"] for row in await outbox(parties, "portal")] == [outgoing.message_id]
    assert case_id in outgoing.body.decode()


async def test_the_gateways_outbox_has_no_bytes_and_finds_them_in_the_journal(parties: Parties) -> None:
    lea, con = await parties.outsider("lea"), await parties.outsider("con")
    portal = await parties.outsider("portal")
    await parties.start("gateway", mode="hang")
    messages = [portal.write(SUBMITTED) for _ in range(3)]
    await portal.hand_in(*messages)
    left = await outbox(parties, "gateway")
    assert Counter(row["queue"] for row in left) == {"lea": 3, "con": 3}
    assert {(row["body"], row["signature"]) for row in left} == {(None, None)}
    await parties.stop("gateway")
    await parties.start("gateway")
    await parties.quiet()
    assert {(a.body, a.signature) for a in lea.incoming_messages} == {(x.data, x.signature) for x in messages}
    for incoming in con.incoming_messages:
        verifier = parties.services["gateway"].party.verifier
        assert verifier.verify(incoming.body, incoming.signature, parties.clock.now()) == "gateway"
    assert [incoming.delivery_number for incoming in (*lea.incoming_messages, *con.incoming_messages)] == [1] * 6


async def test_a_refusal_that_waits_to_be_sent_survives_a_crash_of_the_gateway(parties: Parties) -> None:
    portal = await parties.outsider("portal")
    await parties.start("gateway", mode="hang")
    envelope = portal.write(SUBMITTED, channel="akim")
    await portal.hand_in(envelope)
    await parties.stop("gateway")
    await parties.start("gateway")
    await eventually(lambda: portal.refusals)
    assert [(refusal.message_id, refusal.reason) for refusal in portal.refusals] == [
        (envelope.message_id, "unknown-regulation")
    ]


async def test_what_the_bus_refuses_for_a_while_is_sent_later(parties: Parties) -> None:
    await parties.start("gateway")
    lea = await parties.outsider("lea")
    await parties.outsider("con")
    await parties.start("portal", mode="refuse")
    line = parties.lines["portal"]
    cases = [await parties.ask() for _ in range(3)]
    await eventually(lambda: len(line.sent) > 6, what="another attempt")
    assert lea.got == []
    assert len(await outbox(parties, "portal")) == 3
    assert await parties.services["portal"].ailments() == ["the bus is out of reach"]
    line.mode = "work"
    await eventually(lambda: len(lea.got) == 3)
    await parties.quiet()
    assert {envelope.case_id for envelope in lea.got} == set(cases)
    assert await parties.services["portal"].ailments() == []


async def test_one_refused_message_does_not_hold_the_others_back(parties: Parties) -> None:
    await parties.start("gateway")
    lea = await parties.outsider("lea")
    await parties.outsider("con")
    await parties.start("portal", mode="choose")
    line = parties.lines["portal"]
    first = await parties.ask()
    await eventually(lambda: [envelope.case_id for envelope in lea.got] == [first])
    line.mode = "refuse"
    second = await parties.ask()
    await eventually(lambda: any(second in outgoing.body.decode() for outgoing in line.sent))
    line.refused = {outgoing.message_id for outgoing in line.sent if second in outgoing.body.decode()}
    line.mode = "choose"
    third = await parties.ask()
    await eventually(lambda: [envelope.case_id for envelope in lea.got] == [first, third])
    await eventually(lambda: only(parties, line.refused))
    line.refused = set()
    await eventually(lambda: [envelope.case_id for envelope in lea.got] == [first, third, second])
    await parties.quiet()


async def test_a_party_that_takes_nothing_holds_up_only_what_is_for_it(parties: Parties) -> None:
    await parties.start("gateway", window=8)
    portal, lea = await parties.outsider("portal"), await parties.outsider("lea")
    for _ in range(30):
        await portal.hand_in(portal.write(SUBMITTED))
    await eventually(lambda: len(lea.got) == 30, what="all requests at the body, though the service centre is away")
    con = await parties.outsider("con")
    await eventually(lambda: len(con.got) == 30)
    await parties.quiet()


async def only(parties: Parties, left: set[str]) -> bool:
    return {row["message_id"] for row in await outbox(parties, "portal")} == left


async def test_a_commit_of_which_nobody_heard_is_still_sent(parties: Parties) -> None:
    await parties.start("gateway", "portal")
    lea = await parties.outsider("lea")
    await parties.outsider("con")
    case_id = await parties.ask(sign=False)
    answer_lost(parties.services["portal"])
    with pytest.raises(Unavailable):
        await parties.sign(case_id)
    await eventually(lambda: [envelope.case_id for envelope in lea.got] == [case_id])
    await parties.quiet()


async def test_a_message_whose_commit_nobody_heard_of_is_handled_once(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")
    case_id = gateway.ids()
    first, second = deliveries(
        gateway, [StatusChanged(status="received"), StatusChanged(status="in_progress")], "con", case_id
    )
    answer_lost(parties.services["con"])
    async with asyncio.timeout(10):
        await gateway.hand_in(first)
        await gateway.hand_in(second)
    case = await parties.status("con", case_id, "in_progress")
    assert [shown.message_id for shown in case.shown] == [first.message_id, second.message_id]
    assert len(await rows(parties.services["con"], "inbox")) == 2


async def test_the_answers_to_a_message_whose_commit_nobody_heard_of_are_sent_once(parties: Parties) -> None:
    await parties.start("gateway")
    portal, con, lea = [await parties.outsider(name) for name in ("portal", "con", "lea")]
    envelope = portal.write(SUBMITTED)
    answer_lost(parties.services["gateway"])
    async with asyncio.timeout(10):
        await portal.hand_in(envelope)
    await eventually(lambda: lea.got and con.got)
    await parties.quiet()
    assert len(await rows(parties.services["gateway"], "journal")) == 2
    assert {incoming.body for incoming in lea.incoming_messages} == {envelope.data}
    assert len({envelope.message_id for envelope in con.got}) == 1
    assert {envelope.regulation for envelope in con.got} == {REGULATION}
