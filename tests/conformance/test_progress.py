"""How far a case has come: the verdict's own findings once it has ended, and what is told of it on its way there."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aimaq.language.messages import StepRecord
from aimaq.regulation import Catalogue, Flow, Regulation, workflow
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.deadlines import Deadlines
from aimaq.regulation.working_time import between
from conformance import Expected, judge
from conformance.progress import Progress, StepProgress, progress
from conformance.trace import Message, Paper, Trace
from tests.conformance.test_parts import ways
from tests.conformance.traces import OPENED, REGULATION, change_records, expected, flow, ideal, ideal_of

CATALOGUE = Catalogue.bundled()
FLOWS = [(law, flow) for law in CATALOGUE for flow in law.flows.values()]
every_flow = pytest.mark.parametrize(("law", "flow"), FLOWS, ids=[f"{law.id}.{flow.channel}" for law, flow in FLOWS])
CALENDAR = Calendar()
LATER = datetime(2026, 12, 30, tzinfo=UTC)


def pace(seed: str) -> Callable[[str], timedelta]:
    """How long each part takes: seconds mostly, at times hours or days, so that some are late."""

    def of(name: str) -> timedelta:
        random = Random(zlib.crc32(f"{seed}:{name}".encode()))
        return timedelta(seconds=random.choice((1, 1, 1, 40, 600, 9_000, 100_000, 900_000)))

    return of


def ended(law: Regulation, flow: Flow, wanted: Expected, seed: str = "") -> Trace:
    """The trace of a case that went this way, as the gateway has it: the result is the one that a message shown."""
    trace = ideal_of(law.id, flow, wanted, pace(seed) if seed else lambda name: timedelta(seconds=1))
    return replace(trace, result=Paper("", wanted.result) if wanted.result else None)


def cut(trace: Trace, count: int) -> Trace:
    """The case as it was when only so many messages had been journalled."""
    return replace(trace, messages=trace.messages[:count], end=None, status=None, result=None)


def so_far(trace: Trace, law: Regulation, flow: Flow, now: datetime | None = None) -> Progress:
    """The progress as of `now`, else as of the last message."""
    latest = max((message.journalled_at for message in trace.messages), default=OPENED)
    return progress(trace, flow, law, now or latest, CALENDAR)


@every_flow
def test_an_ended_case_is_told_as_the_verdict_tells_it(law: Regulation, flow: Flow) -> None:
    for number, wanted in enumerate(ways(law, flow)):
        trace = ended(law, flow, wanted, seed=f"{law.id}{number}")
        verdict = judge(trace, flow, wanted, CALENDAR, law)
        shown = so_far(trace, law, flow, LATER)
        assert shown.end == shown.expected_end == wanted.end
        assert shown.current is None
        assert len(shown.steps) == len(verdict.steps)
        for step, finding in zip(shown.steps, verdict.steps, strict=True):
            assert (step.ref, step.operation, step.index) == (finding.ref, finding.operation, finding.index)
            assert step.faults == finding.faults, (wanted, step.key)
            assert (step.stage == "done") == (finding.ended_at is not None)
            assert (step.due, step.limit, step.explanation) == (finding.due, finding.limit, finding.explanation)
            assert (step.overdue is not None) == ("late" in step.faults and step.due is not None)
            assert step.expected == finding.expected
        stages = [(term.what, term.due, term.stage) for term in shown.terms]
        assert stages == [(term.what, term.due, term.state) for term in verdict.terms]


def test_the_paces_of_these_tests_make_some_steps_late() -> None:
    late = [
        step
        for law, flow in FLOWS
        for number, wanted in enumerate(ways(law, flow))
        for step in so_far(ended(law, flow, wanted, seed=f"{law.id}{number}"), law, flow, LATER).late
    ]
    assert len(late) > 100


@every_flow
def test_on_its_way_a_case_shows_each_part_once_and_ends_as_it_was_told(law: Regulation, flow: Flow) -> None:
    for wanted in ways(law, flow):
        trace = ended(law, flow, wanted)
        last = so_far(trace, law, flow)
        by_key = {step.key: step for step in last.steps}
        for count in range(len(trace.messages)):
            shown = so_far(replace(cut(trace, count), result=trace.result), law, flow)
            assert shown.end is None or shown.count("ahead", "under-way") == 0
            assert shown.count("under-way") == (shown.end is None)
            assert shown.count("missed", "unexpected") == 0
            stages = [step.stage for step in shown.steps if step.stage != "left-out"]
            order = {"done": 0, "unreported": 0, "under-way": 1, "ahead": 2}
            assert stages == sorted(stages, key=order.__getitem__)
            for step in shown.steps:
                if step.stage == "done":
                    assert step.due == by_key[step.key].due
                    assert step.faults == by_key[step.key].faults


@every_flow
def test_the_due_time_of_what_is_under_way_is_the_one_that_it_is_judged_by(law: Regulation, flow: Flow) -> None:
    compared = 0
    for wanted in ways(law, flow):
        trace = ended(law, flow, wanted)
        by_key = {step.key: step for step in so_far(trace, law, flow).steps}
        for count in range(len(trace.messages)):
            shown = so_far(replace(cut(trace, count), result=trace.result), law, flow).current
            if shown is None or shown.due is None:
                continue
            final = by_key.get(shown.key)
            if final is None or final.due is None:
                continue  # another way was taken, or an earlier part of the step, whose last one is judged
            compared += 1
            assert abs(final.due - shown.due) < timedelta(minutes=1), (wanted, shown.key)
    assert compared or not any(step.limit for step in flow.steps.values())


def open_at(operation: str, *, channel: str = "con") -> tuple[Trace, Regulation, Flow]:
    """A case of which everything before this operation is reported."""
    law = CATALOGUE.regulation(REGULATION)
    trace = ideal(channel)
    for count in range(len(trace.messages)):
        shown = so_far(cut(trace, count), law, flow(channel))
        if shown.current is not None and shown.current.operation == operation:
            return cut(trace, count), law, flow(channel)
    raise AssertionError(operation)


def current(trace: Trace, law: Regulation, law_flow: Flow, now: datetime) -> StepProgress:
    """What is under way."""
    step = so_far(trace, law, law_flow, now).current
    assert step is not None
    return step


def test_a_part_under_way_is_ample_then_near_then_late() -> None:
    law = CATALOGUE.regulation("oralman-status-2016")
    law_flow = law.flow("con")
    short, step = found_at(law, law_flow, "provider.item-3/assign")
    assert step.pressure == "ample"
    assert step.left is not None
    assert step.due is not None
    near = current(short, law, law_flow, step.due - timedelta(minutes=30))
    assert (near.pressure, near.faults) == ("near", ())
    late = current(short, law, law_flow, step.due + timedelta(days=1))
    assert (late.pressure, late.faults, late.left) == ("late", ("late",), None)
    assert late.overdue is not None
    assert [unit for _, unit in late.overdue.parts] == ["working-day"]
    assert late.explanation == step.explanation


def found_at(law: Regulation, law_flow: Flow, key: str) -> tuple[Trace, StepProgress]:
    """A case at this part, what is told of the part, and that it has a limit."""
    trace = ended(law, law_flow, next(iter(ways(law, law_flow))))
    for count in range(len(trace.messages) + 1):
        reports = change_records(cut(trace, count), lambda one: None if f"{one.ref}/{one.operation}" == key else one)
        step = so_far(reports, law, law_flow).current
        if step is not None and step.key == key:
            assert step.due is not None
            return reports, step
    raise AssertionError(key)


def test_a_part_that_is_reported_with_a_later_one_is_late_only_when_that_must_be() -> None:
    law = CATALOGUE.regulation("oralman-status-2016")
    law_flow = law.flow("con")
    short, step = found_at(law, law_flow, "provider.item-4/assign")
    due, report_due = step.due or LATER, step.report_due or LATER
    assert due < report_due < LATER, "items 5 to 11 are reported with it"
    assert step.pressure == "ample"
    silent = current(short, law, law_flow, due + timedelta(hours=2))
    assert (silent.pressure, silent.faults, silent.left) == ("silent", (), None)
    late = current(short, law, law_flow, report_due + timedelta(hours=2))
    assert (late.pressure, late.faults) == ("late", ("late",))
    assert late.overdue is not None
    assert late.overdue == between(CALENDAR, "hour", due, report_due + timedelta(hours=2))


def test_what_was_passed_over_may_still_be_reported_and_is_missed_once_the_case_has_ended() -> None:
    law, wanted = CATALOGUE.regulation(REGULATION), expected("con")
    trace = change_records(ended(law, flow("con"), wanted), lambda one: None if one.operation == "accept" else one)
    assert so_far(trace, law, flow("con")).count("missed") == 1
    shown = so_far(replace(trace, messages=trace.messages[:-2], end=None), law, flow("con"))
    assert shown.count("missed") == 0
    assert [step.operation for step in shown.steps if step.stage == "unreported"] == ["accept"]
    assert all(step.conforms for step in shown.steps)


def test_a_second_decision_that_contradicts_the_first_is_a_fault() -> None:
    law, wanted = CATALOGUE.regulation(REGULATION), expected("con")

    def turned(record: StepRecord) -> StepRecord:
        return replace(record, outcome="denied") if record.operation == "issue" else record

    shown = so_far(change_records(ended(law, flow("con"), wanted), turned), law, flow("con"))
    assert shown.expected_end == wanted.end
    assert [step.operation for step in shown.steps if "wrong-outcome" in step.faults] == ["issue"]


def test_an_empty_trace_is_a_case_that_stands_at_its_beginning() -> None:
    law = CATALOGUE.regulation(REGULATION)
    shown = so_far(Trace("c1", REGULATION, "con", opened_at=OPENED), law, flow("con"))
    assert shown.current is not None
    assert shown.current.started_at == OPENED
    assert shown.count("done") == 0
    nothing = so_far(Trace("c1", REGULATION, "con"), law, flow("con"))
    assert nothing.current is not None
    assert nothing.current.started_at is None


def test_a_register_that_has_not_answered_is_waited_for() -> None:
    asked = Message("m1", "RegistryAsked", "con", "registry", OPENED, OPENED)
    other = replace(asked, message_id="m2")
    answer = Message("m3", "RegistryAnswered", "registry", "con", OPENED, OPENED, caused_by="m1")
    refused = replace(answer, message_id="m4", caused_by="m2", verdict="rejected")
    trace = Trace("c1", REGULATION, "con", opened_at=OPENED, messages=(asked, other, answer, refused))
    law = CATALOGUE.regulation(REGULATION)
    assert [one.message_id for one in so_far(trace, law, flow("con")).unanswered] == ["m2"]
    silent = replace(answer, message_id="m5", caused_by=None)
    trace = replace(trace, messages=(*trace.messages, silent))
    assert so_far(trace, law, flow("con")).unanswered == ()


names = st.sampled_from(["process-1", "process-7", "condition-1", "item-1", "nowhere", "­‮"])
operations = st.sampled_from(
    ["authenticate", "decide", "send", "issue", "extend", "take-ticket", "check-identity", "?"]
)
outcomes = st.sampled_from(["ok", "wrong", "granted", "denied", "incomplete", "never"])
moments = st.integers(-2_208_900_000, 7_257_900_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
"""From 1900 to 2200, between which every time in an envelope is."""


@st.composite
def reports(draw: st.DrawFn) -> Message:
    """A message with steps that are anything a system can send."""
    records = tuple(
        StepRecord(
            draw(names), draw(operations), draw(st.sampled_from(["con", "lea.head", "<b>"])), draw(outcomes), a, b
        )
        for a, b in draw(st.lists(st.tuples(moments, moments), max_size=4))
    )
    at = draw(moments)
    return Message(draw(st.text(max_size=3)), "StatusChanged", "lea", "con", at, at, steps=records)


@settings(max_examples=60, deadline=None)
@given(st.lists(reports(), max_size=5), st.sampled_from(FLOWS))
def test_whatever_systems_report_is_shown_without_an_error(
    messages: list[Message], which: tuple[Regulation, Flow]
) -> None:
    law, law_flow = which
    trace = Trace("c1", law.id, law_flow.channel, opened_at=OPENED, messages=tuple(messages))
    shown = progress(trace, law_flow, law, LATER, CALENDAR)
    assert shown.count("under-way") <= 1
    assert shown.expected_end in law_flow.ends


@every_flow
def test_the_due_time_is_the_one_that_the_gateway_finds_cases_by(law: Regulation, flow: Flow) -> None:
    deadlines = Deadlines(law, flow, CALENDAR)
    for number, wanted in enumerate(ways(law, flow)):
        for trace in (ended(law, flow, wanted), ended(law, flow, wanted, seed=f"{law.id}{number}")):
            at, standing = workflow.begin(flow), None
            for count, message in enumerate(trace.messages[:-1], 1):
                before, now = at, message.journalled_at
                at = workflow.follow(flow, before, message.steps)
                standing = deadlines.followed(standing or deadlines.begun(before, now), before, message.steps, at, now)
                step = so_far(replace(cut(trace, count), result=trace.result), law, flow).current
                if step is None or step.key != at or step.due is None:
                    continue
                assert standing.due_at is not None
                assert abs(step.due - standing.due_at) < timedelta(seconds=1), (wanted, at)
