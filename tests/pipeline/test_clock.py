"""The message path on a clock that is moved: nothing grows stale by it, and the journal keeps the order of entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.clock import StandClock
from aimaq.language.envelope import read
from aimaq.pipeline.items import Rules
from tests.faults import rows
from tests.outsider import Outsider, SignedMessage
from tests.parties import BASE, Parties
from tests.pipeline.messages import ISSUED, PREPARED, REGISTERED, SUBMITTED
from tests.waiting import eventually

DAY = timedelta(days=1)
LATE = 21 * DAY


async def verdicts(parties: Parties) -> dict[str, str]:
    """What the gateway made of each message, by its id there: accepted, or the reason why not."""
    entries = await rows(parties.services["gateway"], "journal")
    return {str(e["message_id"]): str(e["reason"] or e["verdict"]) for e in entries if e["publisher"] != "gateway"}


async def trace(parties: Parties, case_id: str) -> list[dict[str, Any]]:
    """The messages of a case as the gateway tells of them."""
    client = await parties.http("gateway", **parties.admin())
    answer = await client.get(f"/cases/{case_id}/trace")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


async def test_a_message_under_way_while_the_clock_jumps_is_not_stale(parties: Parties) -> None:
    portal = await parties.outsider("portal")
    envelope = portal.write(SUBMITTED)
    parties.clock.advance(LATE)
    parties.clock.pin()
    parties.clock.advance(LATE)
    await parties.start("gateway")
    await portal.hand_in(envelope)
    assert await verdicts(parties) == {envelope.message_id: "accepted"}


async def test_a_message_that_waited_at_the_gateway_is_as_old_as_it_was_when_it_came(parties: Parties) -> None:
    machine = [BASE]
    parties.clock = StandClock(lambda: machine[0])
    portal = await parties.outsider("portal")
    await parties.start("gateway")
    request = portal.envelope(SUBMITTED)
    second = portal.write(SUBMITTED, case_id=request.case_id, sequence=2)
    await portal.hand_in(second)
    assert await parties.waiting("gateway") == {second.message_id: "held"}
    machine[0] += LATE  # it really takes so long
    first = portal.write(SUBMITTED, case_id=request.case_id)
    await portal.hand_in(first)
    assert await verdicts(parties) == {first.message_id: "accepted", second.message_id: "accepted"}
    old = portal.write(SUBMITTED)
    machine[0] += LATE
    await portal.hand_in(old)
    (refused,) = (reason for reason in (await verdicts(parties)).values() if reason != "accepted")
    assert refused.startswith("stale-message: ")
    assert "sent 21 days" in refused


async def test_what_waits_to_be_tried_again_wakes_when_the_clock_is_moved(parties: Parties) -> None:
    portal = await parties.outsider("portal")
    await parties.start("gateway", retry_first=3600, retry_most=3600)
    envelope = portal.write(SUBMITTED)
    writer = parties.services["gateway"].writer
    rules, writer._rules = writer._rules, _failing(writer._rules)
    await portal.hand_in(envelope)
    assert await parties.waiting("gateway") == {envelope.message_id: "retry"}
    writer._rules = rules
    parties.clock.pin(BASE + LATE)
    await eventually(lambda: writer.cache.cases.get(read(envelope.data).case_id), what="the case of the message")
    assert await parties.waiting("gateway") == {}


def _failing(rules: Rules) -> Rules:
    def react(uow: UnitOfWork, received: Received) -> None:
        raise RuntimeError("not just now")

    return replace(rules, react=react)


async def test_the_trace_on_a_standing_clock_is_in_the_order_of_entry(parties: Parties) -> None:
    portal, lea, _ = [await parties.outsider(name) for name in ("portal", "lea", "con")]
    await parties.start("gateway")
    requests = [portal.envelope(SUBMITTED) for _ in range(20)]
    await portal.hand_in(*(portal.post(request) for request in requests))
    answers = [_answers(lea, request.case_id) for request in requests]
    await lea.hand_in(*(envelope for three in zip(*answers, strict=True) for envelope in three))
    await parties.sent()
    for request in requests:
        trace_ = await trace(parties, request.case_id)
        assert {datetime.fromisoformat(entry["journalled_at"]) for entry in trace_} == {BASE}
        ways = [(entry["sender"], entry["sequence"]) for entry in trace_ if entry["sender"] != "gateway"]
        assert ways == [("portal", 1), ("lea", 1), ("lea", 2), ("lea", 3)]
        own = [entry["sequence"] for entry in trace_ if entry["sender"] == "gateway"]
        assert own == sorted(own)
        for before, entry in pairwise(trace_):
            if entry["sender"] == "gateway":
                assert entry["caused_by"] in (before["message_id"], before["caused_by"]), "at once after what it is for"


def _answers(lea: Outsider, case_id: str) -> list[SignedMessage]:
    bodies = (REGISTERED, PREPARED, ISSUED)
    return [lea.write(body, "portal", case_id=case_id, sequence=number) for number, body in enumerate(bodies, 1)]


async def test_what_was_refused_last_is_told_first_also_on_a_standing_clock(parties: Parties) -> None:
    portal = await parties.outsider("portal")
    await parties.start("gateway")
    for number in range(10):
        await portal.hand_in(portal.stamp(b"%d" % number))
    client = await parties.http("gateway", **parties.admin())
    numbers = {entry["message_id"] for entry in (await client.get("/rejected")).json()}
    assert len(numbers) == 10
    entries = await rows(parties.services["gateway"], "journal", verdict="rejected")
    bodies = {str(entry["message_id"]): entry["body"] for entry in entries}
    answer = [bodies[entry["message_id"]] for entry in (await client.get("/rejected")).json()]
    assert answer == [b"%d" % number for number in reversed(range(10))]
