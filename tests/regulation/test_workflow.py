"""The workflow over every flow that comes with Aimaq: whatever the outcomes, a case moves on and comes to an end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.language.errors import AimaqError, InvalidInput, NotFound, OutOfOrder
from aimaq.language.messages import StepRecord
from aimaq.regulation import END, Catalogue, Flow, workflow
from aimaq.regulation.model import operations
from tests.parties import BASE

FLOWS = {f"{law.id}/{flow.channel}": flow for law in Catalogue.bundled() for flow in law.flows.values()}
ANY_FLOW = st.sampled_from(sorted(FLOWS)).map(FLOWS.__getitem__)
OPERATIONS = sorted({part.does for flow in FLOWS.values() for step in flow.steps.values() for part in step.parts})
MANY = 200
"""More moves than any flow can need."""


def places(flow: Flow) -> set[str]:
    """Every part of a flow, as a place."""
    return {workflow.place(step, part) for step in flow.steps.values() for part in step.parts}


def outcomes(flow: Flow, at: str) -> list[str]:
    """How the part at a place can come out: a step's last part in its own ways, another as `ok` or by leaving."""
    step, part = workflow.current(flow, at)
    if part is not step.parts[-1]:
        return ["ok", *part.exit]
    return [outcome for outcome in step.next if outcome in operations.OPERATIONS[part.does].outcomes]


def allowed(flow: Flow, at: str) -> list[str]:
    """The operations that may come at a place: the one that is due, and those after parts that may be skipped."""
    if workflow.ended(at):
        return []
    step, part = workflow.current(flow, at)
    following = step.parts[step.parts.index(part) :]
    skipped = next((n for n, one in enumerate(following) if not one.optional), len(following))
    return [one.does for one in following[: skipped + 1]]


@pytest.mark.parametrize("name", FLOWS)
def test_every_place_can_be_reached_and_leads_on(name: str) -> None:
    flow = FLOWS[name]
    open_, visited = [workflow.begin(flow, skip_optional=False), workflow.begin(flow)], set[str]()
    while open_:
        at = open_.pop()
        if at in visited:
            continue
        visited.add(at)
        if not workflow.ended(at):
            open_ += [workflow.advance(flow, at, outcome) for outcome in outcomes(flow, at)]
    assert {at for at in visited if not workflow.ended(at)} == places(flow)
    assert {at.removeprefix(END) for at in visited if workflow.ended(at)} == set(flow.ends)


@given(ANY_FLOW, st.booleans(), st.data())
def test_whatever_the_outcomes_a_case_comes_to_an_end(flow: Flow, skip: bool, draw: st.DataObject) -> None:
    at, records = workflow.begin(flow, skip_optional=skip), []
    start = at
    for _ in range(MANY):
        if workflow.ended(at):
            break
        step, part = workflow.current(flow, at)
        outcome = draw.draw(st.sampled_from(outcomes(flow, at)))
        records.append(StepRecord(step.ref, part.does, part.by, outcome, BASE, BASE))
        at = workflow.advance(flow, at, outcome)
    assert workflow.ended(at)
    assert at.removeprefix(END) in flow.ends
    assert workflow.follow(flow, start, records) == at


@given(ANY_FLOW, st.data())
def test_a_state_and_an_operation_make_a_state_or_the_one_error(flow: Flow, draw: st.DataObject) -> None:
    at = draw.draw(st.sampled_from(sorted(places(flow) | {END + end for end in flow.ends})))
    operation = draw.draw(st.sampled_from(OPERATIONS))
    due = None if workflow.ended(at) else workflow.current(flow, at)[1].does
    if operation in allowed(flow, at):
        assert workflow.expect(flow, at, operation)[1].does == operation
        return
    with pytest.raises(OutOfOrder) as caught:
        workflow.expect(flow, at, operation)
    if due is not None:
        assert repr(due) in caught.value.detail
        assert caught.value.more["step"] == at.partition("/")[0]


@given(ANY_FLOW, st.data(), st.text(max_size=20))
def test_an_outcome_that_a_step_does_not_have_is_refused(flow: Flow, draw: st.DataObject, outcome: str) -> None:
    at = draw.draw(st.sampled_from(sorted(places(flow))))
    known = outcomes(flow, at)
    with pytest.raises(InvalidInput) as caught:
        workflow.advance(flow, at, "no such outcome" if outcome in known else outcome)
    assert caught.value.field == "outcome"
    assert caught.value.detail.endswith(f"only {', '.join(known)}")


@given(ANY_FLOW, st.text(max_size=12), st.sampled_from(OPERATIONS), st.sampled_from(["ok", "wrong", "granted", "x"]))
def test_steps_that_a_system_reports_are_known_or_refused(flow: Flow, ref: str, operation: str, outcome: str) -> None:
    start = workflow.begin(flow)
    for name in (ref, *flow.steps):
        record = StepRecord(name, operation, "lea", outcome, BASE, BASE)
        step = flow.steps.get(name)
        if step is None or operation not in {part.does for part in step.parts}:
            with pytest.raises(InvalidInput, match="no step"):
                workflow.follow(flow, start, [record])
        elif outcome not in outcomes(flow, f"{name}/{operation}"):
            with pytest.raises(InvalidInput, match="no outcome"):
                workflow.follow(flow, start, [record])
        else:
            at = workflow.follow(flow, start, [record])
            assert workflow.ended(at) or at in places(flow)


@given(ANY_FLOW, st.text(max_size=20))
def test_no_text_is_a_place_by_accident(flow: Flow, text: str) -> None:
    if text in places(flow) or workflow.ended(text):
        return
    with pytest.raises((NotFound, OutOfOrder)) as caught:
        workflow.current(flow, text)
    assert isinstance(caught.value, AimaqError)
