"""Steps of several parts: parts that leave their step, that may be skipped, that are for some results only."""

from __future__ import annotations

import pytest

from aimaq.language.errors import InvalidInput, NotFound, OutOfOrder
from aimaq.language.messages import StepRecord
from aimaq.regulation import Catalogue, End, Flow, Part, Step, Texts, workflow
from tests.parties import BASE

TITLE = Texts(kk="к", ru="р", en="e")


def step(ref: str, *parts: Part, **leads: str) -> Step:
    """A step of these parts; `leads` says where its outcomes lead to."""
    return Step(ref=ref, item=1, paragraph="1(1)", kind="process", parts=parts, next=leads, title=TITLE)


def made(*steps: Step) -> Flow:
    """A flow of these steps."""
    ends = {name: End(title=TITLE) for name in ("over", "left")}
    return Flow(channel="con", paragraph="1", start=steps[0].ref, steps={s.ref: s for s in steps}, ends=ends)


def law(name: str, channel: str) -> Flow:
    return Catalogue.bundled().flow(name, channel)


EXITS = made(
    step(
        "process-1",
        Part(by="lea.clerk", does="check-package", exit={"incomplete": "end:left"}),
        Part(by="lea", does="check-identity", exit={"wrong": "process-2"}),
        Part(by="lea", does="check-registry"),
        ok="end:over",
        absent="process-2",
        incomplete="end:left",
        wrong="process-2",
    ),
    step("process-2", Part(by="lea", does="refuse"), ok="end:over"),
)


@pytest.mark.parametrize(
    ("at", "outcome", "then"),
    [
        ("process-1/check-package", "ok", "process-1/check-identity"),
        ("process-1/check-package", "incomplete", "end:left"),
        ("process-1/check-identity", "ok", "process-1/check-registry"),
        ("process-1/check-identity", "wrong", "process-2/refuse"),
        ("process-1/check-registry", "ok", "end:over"),
        ("process-1/check-registry", "absent", "process-2/refuse"),
    ],
)
def test_a_part_leads_to_the_next_unless_its_outcome_leaves_the_step(at: str, outcome: str, then: str) -> None:
    assert workflow.advance(EXITS, at, outcome) == then


@pytest.mark.parametrize(
    ("at", "outcome", "known"),
    [
        ("process-1/check-package", "wrong", "ok, incomplete"),
        ("process-1/check-identity", "incomplete", "ok, wrong"),
        ("process-1/check-identity", "absent", "ok, wrong"),
        ("process-1/check-registry", "wrong", "ok, absent"),
        ("process-1/check-registry", "incomplete", "ok, absent"),
    ],
)
def test_a_part_does_not_leave_its_step_as_another_does(at: str, outcome: str, known: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        workflow.advance(EXITS, at, outcome)
    assert caught.value.detail == f"process-1 (1(1)) has no outcome {outcome!r}, only {known}"
    assert (caught.value.field, caught.value.rule) == ("outcome", "outcome")


def test_what_another_system_reports_may_leave_a_step_too() -> None:
    flow = law("oralman-status-2016", "con")
    before = workflow.place(flow.step("provider.item-1"), flow.step("provider.item-1").parts[0])
    asked = StepRecord("provider.item-1", "ask-registry", "lea", "ok", BASE, BASE)
    elsewhere = StepRecord("provider.item-1", "check-elsewhere", "lea", "elsewhere", BASE, BASE)
    assert workflow.follow(flow, before, [asked]) == "provider.item-1/check-elsewhere"
    assert workflow.follow(flow, before, [asked, elsewhere]) == "end:elsewhere"


def test_a_package_of_2018_that_is_incomplete_is_not_accepted() -> None:
    flow = law("job-seeker-registration-2018", "provider")
    assert workflow.advance(flow, "item-2/check-package", "ok") == "item-2/register"
    assert workflow.advance(flow, "item-2/check-package", "incomplete") == "end:not-accepted"


OPTIONAL = made(
    step(
        "process-1",
        Part(by="lea.clerk", does="accept"),
        Part(by="lea.executor", does="extend", optional=True),
        Part(by="lea.head", does="agree", optional=True),
        Part(by="lea.executor", does="prepare"),
        ok="end:over",
    )
)


@pytest.mark.parametrize("operation", ["extend", "agree", "prepare"])
def test_parts_that_may_be_skipped_are_skipped_by_whoever_does_the_next(operation: str) -> None:
    found = workflow.expect(OPTIONAL, "process-1/extend", operation)
    assert (found[0].ref, found[1].does) == ("process-1", operation)


@pytest.mark.parametrize(
    ("at", "operation"),
    [("process-1/accept", "extend"), ("process-1/agree", "extend"), ("process-1/extend", "accept")],
)
def test_what_must_be_done_is_not_skipped_and_what_was_skipped_is_over(at: str, operation: str) -> None:
    with pytest.raises(OutOfOrder) as caught:
        workflow.expect(OPTIONAL, at, operation)
    assert repr(at.partition("/")[2]) in caught.value.detail
    assert (caught.value.more["step"], caught.value.more["paragraph"]) == ("process-1", "1(1)")


def test_the_term_of_semey_may_be_made_longer_or_not() -> None:
    flow = law("semey-victims-2016", "provider")
    assert workflow.advance(flow, "item-2/assign", "ok") == "item-3/extend"
    assert workflow.expect(flow, "item-3/extend", "extend")[1].optional
    assert workflow.expect(flow, "item-3/extend", "prepare")[1].by == "lea.executor"
    with pytest.raises(OutOfOrder, match="item-3"):
        workflow.expect(flow, "item-3/extend", "decide")


@pytest.mark.parametrize(
    ("result", "at"),
    [
        ("compensation-account", "process-8/pay"),
        ("compensation-control", "process-8/pay"),
        ("recognition", "process-8/issue"),
        ("refusal", "process-8/issue"),
        ("", "process-8/issue"),
    ],
)
def test_a_part_for_some_results_is_passed_over_for_the_others(result: str, at: str) -> None:
    assert workflow.settled(law("semey-victims-2016", "con"), "process-8/pay", result) == at


def test_parts_for_other_results_are_passed_over_one_after_another_and_an_end_stays_an_end() -> None:
    flow = made(
        step(
            "process-1",
            Part(by="lea.clerk", does="accept", results=("a",)),
            Part(by="lea.clerk", does="pay", results=("b",)),
            Part(by="lea.clerk", does="record-result"),
            ok="end:over",
        )
    )
    settled = {result: workflow.settled(flow, "process-1/accept", result) for result in ("a", "b", "c")}
    assert settled == {"a": "process-1/accept", "b": "process-1/pay", "c": "process-1/record-result"}
    assert workflow.settled(flow, "end:over", "c") == "end:over"


def test_a_case_begins_past_the_steps_of_newcomers_unless_somebody_is_one() -> None:
    flow = law("model-full-2010", "portal")
    assert workflow.begin(flow) == "item-2/require-signature"
    assert workflow.begin(flow, skip_optional=False) == "item-1/register-user"


def test_it_is_known_whether_a_signature_is_checked_after_it_is_made() -> None:
    checked, unchecked = law("unemployed-certificate-2012", "con"), law("unemployed-certificate-2016", "con")
    assert workflow.leads_to(checked, "process-4/sign", "sign", "check-certificate")
    assert not workflow.leads_to(unchecked, "process-5/sign", "sign", "check-certificate")
    assert workflow.leads_to(unchecked, "process-5/sign", "sign", "send")
    assert not workflow.leads_to(law("model-full-2010", "portal"), "process-6/sign", "sign", "check-certificate")


def test_what_ends_the_case_leads_to_nothing_more_and_what_is_not_due_is_out_of_order() -> None:
    assert not workflow.leads_to(OPTIONAL, "process-1/prepare", "prepare", "accept")
    assert workflow.leads_to(OPTIONAL, "process-1/extend", "agree", "prepare")
    with pytest.raises(OutOfOrder):
        workflow.leads_to(law("unemployed-certificate-2012", "con"), "process-3/fill-form", "sign", "check-certificate")


def test_an_end_may_leave_a_status_and_a_place_on_the_way_leaves_none() -> None:
    ends = {"issued": End(title=TITLE, status="completed"), "left": End(title=TITLE)}
    flow = Flow(channel="con", paragraph="1", start="process-1", steps=EXITS.steps, ends=ends)
    assert workflow.end_status(flow, "end:issued") == "completed"
    assert workflow.end_status(flow, "end:left") is None
    assert workflow.end_status(flow, "process-1/check-package") is None


@pytest.mark.parametrize("at", ["process-1/refuse", "process-1", "process-1/"])
def test_a_place_that_names_no_part_of_its_step_is_none(at: str) -> None:
    _, _, operation = at.partition("/")
    with pytest.raises(NotFound, match=f"step process-1 has no part {operation!r}"):
        workflow.current(EXITS, at)


def test_at_an_end_nothing_is_due_and_the_error_names_the_end() -> None:
    with pytest.raises(OutOfOrder) as caught:
        workflow.current(EXITS, "end:left")
    for text in caught.value.texts.as_dict().values():
        assert text.endswith(": left")


def test_a_step_of_no_flow_that_a_system_reports_is_refused_and_named() -> None:
    unknown = StepRecord("process-1", "refuse", "lea", "ok", BASE, BASE)
    with pytest.raises(InvalidInput) as caught:
        workflow.follow(EXITS, "process-1/check-package", [unknown])
    assert caught.value.detail == "the regulation has no step process-1/refuse in channel con"
    assert (caught.value.field, caught.value.rule) == ("steps", "known step")
