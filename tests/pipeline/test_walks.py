"""Random walks over every flow: whatever people do and however messages come, a case ends as the regulation has it.

A walk is one case at five services. Wherever a system waits for a person, somebody does that person's part with an
outcome drawn by chance; in between messages come late, in another order and more than once, and people try what is not
due. At rest, the case must be what one path of the flow leaves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aimaq.language.envelope import party_of, read
from aimaq.language.messages import PARTIES
from aimaq.regulation import END, Catalogue, Flow, workflow
from aimaq.regulation.model.vocabulary import SYSTEMS
from aimaq.web import views
from gateway_svc.views import raw, trace
from tests import databases
from tests.faults import rows
from tests.parties import Parties
from tests.pipeline.crowd import Town, Walk

pytestmark = pytest.mark.slow

FLOWS = {f"{law.id}/{flow.channel}": (law, flow) for law in Catalogue.bundled() for flow in law.flows.values()}
WALKS = 3
"""Walks a flow; the first of them is the usual way."""

SEARCH = settings(
    max_examples=WALKS,
    phases=(Phase.generate,),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""The same walks each time. One that goes wrong is told as it was: to look for a shorter one would take minutes."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(stand_home: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Five services and the post between them, for all walks."""
    folder = tmp_path_factory.mktemp("walks") / "databases"
    databases.draw(folder)
    async with Parties(stand_home, databases.files(folder)) as parties:
        made = Town(parties)
        await made.open()
        yield made
        made.post.forget()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FLOWS)
@SEARCH
@given(chance=st.randoms(note_method_calls=False, use_true_random=False))
async def test_whatever_happens_a_case_comes_to_a_lawful_end(town: Town, name: str, chance: Random) -> None:
    await walked(Walk(town, *FLOWS[name], chance))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", sorted(FLOWS)[::7])
@SEARCH
@given(chance=st.randoms(note_method_calls=False, use_true_random=False))
async def test_so_it_does_though_services_stop_and_start_in_between(town: Town, name: str, chance: Random) -> None:
    await walked(Walk(town, *FLOWS[name], chance, restless=True))


async def walked(walk: Walk) -> None:
    """Walk, and look at what has come of it; if that is not lawful, what happened on the way is told."""
    try:
        await walk.through()
        await lawful(walk)
    except BaseException as error:
        error.add_note("\n".join(walk.log))
        raise


@pytest.mark.parametrize("name", FLOWS)
@settings(max_examples=20, derandomize=True, database=None)
@given(chance=st.randoms(note_method_calls=False, use_true_random=False))
def test_whatever_the_outcomes_an_end_is_within_as_many_moves_as_the_flow_has_parts(name: str, chance: Random) -> None:
    law, flow = FLOWS[name]
    result = chance.choice(sorted(law.results))
    at, left = workflow.begin(flow, skip_optional=chance.random() < 0.5), sum(len(s.parts) for s in flow.steps.values())
    while not workflow.ended(at):
        assert left, f"no end in sight at {at}"
        left -= 1
        step, part = workflow.current(flow, at)
        following = workflow.after(step, part)
        if part.optional and following is not None and chance.random() < 0.5:
            part = following
        taken = chance.choice(sorted(workflow.outcomes(step, part)))
        at = workflow.settled(flow, workflow.advance(flow, workflow.place(step, part), taken), result)
    assert at.removeprefix(END) in flow.ends


async def lawful(walk: Walk) -> None:
    """The case has come to rest as the regulation has it, everywhere, and nothing is left over."""
    flow, services = walk.flow, walk.town.parties.services
    trace_ = asdict(await trace(services["gateway"], walk.case_id))
    opened = await walk.case(flow.front_desk)
    assert opened is not None
    assert trace_["end"] in flow.ends, f"the gateway has it at {trace_['at']}, {flow.front_desk} at {opened.at}"
    assert opened.end == trace_["end"]
    end = flow.ends[trace_["end"]]
    assert (trace_["status"] or "") == (end.status or "")

    result = await outcome(walk, trace_["messages"])
    records = [step for message in trace_["messages"] for step in message["steps"]]
    places = path(flow, records, result)
    assert places[-1] == trace_["at"]
    assert len({(record["ref"], record["operation"]) for record in records}) == len(records)
    assert all(record["started_at"] <= record["ended_at"] for record in records)
    assert (times := [record["ended_at"] for record in records]) == sorted(times)
    assert bool(result) == bool(end.results)
    assert not result or result in end.results

    for party in SYSTEMS:
        case = await walk.case(party)
        if case is None:
            continue
        assert case.status == (end.status or ""), f"at {party}"
        assert (case.steps, case.parked) == ((), 0), f"at {party}"
        paper = await views.paper(services[party], walk.case_id, "result")
        assert (paper is not None) == (bool(end.results) and party in ("lea", flow.front_desk)), f"at {party}"
        if party == "lea":  # what others did with the answer, the body is not told
            assert all(party_of_unit(record) != "lea" for record in records[places.index(case.at) :])
    await nothing_is_left(walk, trace_["messages"])


async def outcome(walk: Walk, messages: list[dict[str, Any]]) -> str:
    """The result that was issued or handed over, as each message that tells of one has it; empty if none does."""
    named = set()
    for message in messages:
        if message["type"] in ("ResultIssued", "ResultDelivered"):
            shown = await raw(walk.town.parties.services["gateway"], message["message_id"])
            content: Any = read(shown.body).content()
            named.add(content.result)
            assert content.result in walk.regulation.results_of(content.decision, walk.flow.channel)
    assert len(named) <= 1
    return "".join(named)


def path(flow: Flow, records: list[dict[str, Any]], result: str) -> list[str]:
    """The places of the case: before each record, and after the last. It fails if they are not a path of the flow."""
    registered = records[0]["operation"] == "register-user"
    at = workflow.begin(flow, skip_optional=not registered)
    places = []
    for record in records:
        step, part = workflow.expect(flow, at, record["operation"])
        assert (record["ref"], record["unit"]) == (step.ref, part.by)
        places.append(workflow.place(step, part))
        at = workflow.settled(flow, workflow.advance(flow, places[-1], record["outcome"]), result)
    return [*places, at]


def party_of_unit(record: dict[str, Any]) -> str:
    """The system at which a part was done."""
    return str(record["unit"]).partition(".")[0]


async def nothing_is_left(walk: Walk, messages: list[dict[str, Any]]) -> None:
    """Every message was let through and journalled once, in its sender's order, and handled once by its recipient."""
    posted = walk.town.post.posted
    assert {message["verdict"] for message in messages} == {"accepted"}
    for sender in {message["sender"] for message in messages}:
        numbers = [message["sequence"] for message in messages if message["sender"] == sender]
        assert numbers == list(range(1, len(numbers) + 1)), sender
    ids = [message["message_id"] for message in messages]
    assert len(ids) == len(set(ids))
    assert set(ids) == {message_id for message_id, case_id in posted.items() if case_id == walk.case_id}
    through = {name: [m for m in messages if party_of(m["recipient"]) == name] for name in PARTIES}
    through["gateway"] = [m for m in messages if m["sender"] != "gateway"]
    for name, service in walk.town.parties.services.items():
        box = await rows(service, "inbox", case_id=walk.case_id)
        assert {row["message_id"]: row["state"] for row in box} == {m["message_id"]: "done" for m in through[name]}
        assert not [one for one in await service.dead_letters.listed() if one.message_id in posted]


@pytest.mark.asyncio(loop_scope="module")
async def test_after_the_walks_nothing_is_left_to_be_sent(town: Town) -> None:
    await town.parties.quiet()
    for service in town.parties.services.values():
        assert await rows(service, "outbox") == []
