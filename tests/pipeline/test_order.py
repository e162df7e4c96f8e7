"""Order: however the messages of a case come, and however often, what comes of them is what came of them in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimaq.language.envelope import read
from aimaq.language.messages import RegistryAsked, StatusChanged
from tests.faults import rows
from tests.outsider import Outsider, SignedMessage
from tests.parties import Parties
from tests.pipeline.messages import PREPARED, REGISTERED, SUBMITTED, answers, deliveries, issued, step
from tests.waiting import eventually

Stream = Callable[[Parties, Outsider], Awaitable[list[SignedMessage]]]
"""How messages of one case come about that the gateway delivers."""

Rounds = list[list[int]]
"""Which of the letters are sent together, round after round, by their index; each at least once."""

ON_ONE_DATABASE = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""The examples share a database, as cases do: each is about a case of its own."""


def rounds(count: int) -> st.SearchStrategy[Rounds]:
    """Any order, with any repetitions, in any groups."""
    every, more = st.permutations(range(count)), st.lists(st.integers(0, count - 1), max_size=count)
    mixed = st.tuples(every, more).flatmap(lambda both: st.permutations([*both[0], *both[1]]))
    cuts = st.sets(st.integers(1, 2 * count), max_size=count)
    return st.tuples(mixed, cuts).map(lambda both: _cut(both[0], sorted(both[1])))


def _cut(line: list[int], cuts: Sequence[int]) -> Rounds:
    edges = [0, *(cut for cut in cuts if cut < len(line)), len(line)]
    return [line[a:b] for a, b in pairwise(edges)]


async def hand_in(sender: Outsider, stream: Sequence[SignedMessage], order: Rounds) -> None:
    for together in order:
        assert await sender.hand_in(*(stream[index] for index in together)) == [None] * len(together)


async def state(parties: Parties, name: str, case_id: str) -> dict[str, Any]:
    """What a party knows of a case in the end, without the ids that differ from case to case."""
    case = await parties.case(name, case_id)
    assert case is not None
    box = await rows(parties.services[name], "inbox", case_id=case_id)
    return {
        "at": case.at,
        "status": case.status,
        "number": case.number,
        "decision": case.decision,
        "held": case.parked,
        "seen": case.last_numbers,
        "given": case.delivery_numbers,
        "shown": [shown.status for shown in case.shown],
        "inbox": sorted((row["number"], row["type"], row["state"]) for row in box),
    }


# --- at the gateway, by the sender's sequence ------------------------------------------------------------------


@pytest.fixture
async def gateway(parties: Parties) -> AsyncIterator[dict[str, Outsider]]:
    await parties.start("gateway")
    yield {name: await parties.outsider(name) for name in ("portal", "con", "lea", "registry")}


async def begun(gateway: dict[str, Outsider]) -> str:
    """A case of which the gateway has had the request."""
    request = gateway["portal"].envelope(SUBMITTED)
    await gateway["portal"].hand_in(gateway["portal"].post(request))
    return request.case_id


async def passed(parties: Parties, gateway: dict[str, Outsider], case_id: str) -> dict[str, Any]:
    """What the gateway knows of the case, has journalled of it and has delivered to each party."""
    await parties.sent()
    entries = await rows(parties.services["gateway"], "journal", case_id=case_id)
    arrived = {
        name: sorted(
            (incoming.delivery_number, envelope.type, envelope.sequence)
            for incoming, envelope in zip(outsider.incoming_messages, outsider.got, strict=True)
            if envelope.case_id == case_id
        )
        for name, outsider in gateway.items()
    }
    journal = sorted((entry["sender"], entry["sequence"], entry["type"], entry["verdict"]) for entry in entries)
    return await state(parties, "gateway", case_id) | {"journal": journal, "arrived": arrived}


@ON_ONE_DATABASE
@given(order=rounds(3))
async def test_the_gateway_takes_a_senders_messages_in_their_sequence(
    parties: Parties, gateway: dict[str, Outsider], order: Rounds
) -> None:
    in_order, mixed = await begun(gateway), await begun(gateway)
    lea = gateway["lea"]
    await hand_in(lea, answers(lea, in_order), [[0], [1], [2]])
    await hand_in(lea, answers(lea, mixed), order)
    expected = await passed(parties, gateway, in_order)
    assert expected["at"] == "end:issued"
    assert await passed(parties, gateway, mixed) == expected


@ON_ONE_DATABASE
@given(order=rounds(4))
async def test_the_first_message_of_a_case_may_come_last(
    parties: Parties, gateway: dict[str, Outsider], order: Rounds
) -> None:
    portal = gateway["portal"]

    def stream(case_id: str) -> list[SignedMessage]:
        question = RegistryAsked(questions={"gbd_fl": {"iin": "1"}})
        asked = [portal.write(question, "registry", case_id=case_id, sequence=n) for n in (1, 2, 3)]
        return [*asked, portal.write(SUBMITTED, case_id=case_id, sequence=4)]

    in_order, mixed = portal.ids(), portal.ids()
    await hand_in(portal, stream(in_order), [[0], [1], [2], [3]])
    await hand_in(portal, stream(mixed), order)
    expected = await passed(parties, gateway, in_order)
    assert expected["seen"] == {"portal": 4}
    assert await passed(parties, gateway, mixed) == expected


# --- at the recipient, by the gateway's number of delivery -----------------------------------------------------


def notices_of(gateway: Outsider, case_id: str) -> list[SignedMessage]:
    """What the gateway tells the service centre of a portal case."""
    notices = [StatusChanged(status=status) for status in ("received", "in_progress", "completed")]
    return deliveries(gateway, [*notices], "con", case_id)


async def answered(parties: Parties, gateway: Outsider) -> list[SignedMessage]:
    """What the gateway delivers to the portal on a case that a citizen has opened there."""
    case_id, lea = await parties.ask(), await parties.the_outsider("lea")
    done = (
        step("process-6", "register", "lea"),
        step("process-6", "prepare", "lea.employee"),
        step("process-7", "decide", "lea.employee", "granted"),
    )
    bodies = (REGISTERED, PREPARED, issued(parties, case_id))
    messages = [
        lea.write(body, "portal", case_id=case_id, sequence=number, steps=(record,))
        for number, (body, record) in enumerate(zip(bodies, done, strict=True), 1)
    ]
    return [replace(message, to="portal", number=number) for number, message in enumerate(messages, 1)]


async def noticed(parties: Parties, gateway: Outsider) -> list[SignedMessage]:
    """What the gateway tells the service centre of a case that was opened elsewhere."""
    return notices_of(gateway, gateway.ids())


@pytest.mark.parametrize(("name", "stream"), [("con", noticed), ("portal", answered)])
@ON_ONE_DATABASE
@given(order=rounds(3))
async def test_a_recipient_takes_deliveries_in_their_order(
    parties: Parties, name: str, stream: Stream, order: Rounds
) -> None:
    if name not in parties.services:
        await parties.start(name)
    gateway = await parties.the_outsider("gateway")
    in_order, mixed = await stream(parties, gateway), await stream(parties, gateway)
    await hand_in(gateway, in_order, [[0], [1], [2]])
    await hand_in(gateway, mixed, order)
    expected = await state(parties, name, case_of(in_order))
    assert expected["shown"] == ["received", "in_progress", "completed"]
    assert {entry[2] for entry in expected["inbox"]} == {"done"}
    assert await state(parties, name, case_of(mixed)) == expected


def case_of(messages: list[SignedMessage]) -> str:
    """The case that messages are about."""
    return read(messages[0].data).case_id


async def test_a_held_message_is_released_exactly_once(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    case_id = gateway.ids()
    first, second, third = notices_of(gateway, case_id)
    await gateway.hand_in(third)
    await gateway.hand_in(second)
    assert Counter((await parties.waiting("con")).values()) == {"held": 2}
    assert await parties.case("con", case_id) is None
    await gateway.hand_in(first)
    assert await parties.waiting("con") == {}
    for envelope in (third, second, first, second):
        await gateway.hand_in(envelope)
    case = await parties.case("con", case_id)
    assert case is not None
    assert [shown.message_id for shown in case.shown] == [x.message_id for x in (first, second, third)]


async def test_what_is_held_waits_through_a_restart(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    case_id = gateway.ids()
    first, second, third = notices_of(gateway, case_id)
    await gateway.hand_in(first, third)
    await parties.stop("con")
    await parties.start("con")
    await gateway.hand_in(second)
    assert await parties.waiting("con") == {}
    await parties.status("con", case_id, "completed")


async def test_cases_do_not_wait_for_one_another(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    stuck, free = gateway.ids(), gateway.ids()
    await gateway.hand_in(*notices_of(gateway, stuck)[1:], *notices_of(gateway, free))
    await parties.status("con", free, "completed")
    assert Counter((await parties.waiting("con")).values()) == {"held": 2}


async def test_a_number_used_twice_in_a_lane_is_refused(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    case_id = gateway.ids()
    first, second, third = notices_of(gateway, case_id)
    impostor = gateway.write(StatusChanged(status="refused"), "con", 2, case_id=case_id)
    await gateway.hand_in(second)
    await gateway.hand_in(impostor)
    await gateway.hand_in(first, third)
    assert (await parties.waiting("con")) == {impostor.message_id: "dead"}
    await parties.status("con", case_id, "completed")


async def test_what_came_before_a_restart_is_absorbed_after_it(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    case_id = gateway.ids()
    stream = notices_of(gateway, case_id)
    await gateway.hand_in(*stream)
    before = await state(parties, "con", case_id)
    await parties.stop("con")
    await parties.start("con")
    for order in ([1], [0, 2], [0], [2, 1, 0]):
        await gateway.hand_in(*(stream[index] for index in order))
    assert await state(parties, "con", case_id) == before


@pytest.mark.parametrize("order", [[1, 0], [0, 1], [1, 2, 0]])
async def test_a_held_message_that_comes_again_with_the_one_it_waited_for_is_handled_once(
    parties: Parties, order: list[int]
) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    case_id = gateway.ids()
    stream = notices_of(gateway, case_id)
    await gateway.hand_in(stream[1])
    await parties.stop("con")
    await parties.start("con")  # it no longer remembers what it holds
    await gateway.hand_in(*(stream[index] for index in order))
    await gateway.hand_in(stream[2])
    case = await parties.status("con", case_id, "completed")
    assert [shown.message_id for shown in case.shown] == [envelope.message_id for envelope in stream]
    assert await parties.waiting("con") == {}
    await parties.quiet()
    assert not gateway.refusals


async def test_another_message_under_the_id_of_a_held_one_is_refused_though_it_is_not_remembered(
    parties: Parties,
) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    case_id = gateway.ids()
    first, second, third = notices_of(gateway, case_id)
    await gateway.hand_in(second)
    parties.services["con"].writer.cache.clear()
    other = gateway.write(StatusChanged(status="refused"), "con", 2, case_id=case_id, message_id=second.message_id)
    await gateway.hand_in(other, first)
    await gateway.hand_in(third)
    await parties.status("con", case_id, "completed")
    (refusal,) = await eventually(lambda: gateway.refusals)
    assert (refusal.reason, refusal.digest) == ("used-id", other.digest)


async def test_messages_held_before_their_case_is_known_are_all_released(parties: Parties) -> None:
    await parties.start("con")
    gateway = await parties.the_outsider("gateway")
    cases = [gateway.ids() for _ in range(3)]
    streams = {case_id: notices_of(gateway, case_id) for case_id in cases}
    for case_id in cases:
        await gateway.hand_in(streams[case_id][2])
    await parties.stop("con")
    await parties.start("con")
    again = notices_of(gateway, gateway.ids())
    await gateway.hand_in(*again)
    await parties.stop("con")
    await parties.start("con")
    await gateway.hand_in(again[0])  # unknown to the new process until the database says so
    for case_id in cases:
        await gateway.hand_in(streams[case_id][0])
        await gateway.hand_in(streams[case_id][1])
    for case_id in cases:
        await parties.status("con", case_id, "completed")
    assert await parties.waiting("con") == {}
