"""Verdicts on flows with inner procedures, exits, optional parts, registers and several results."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aimaq.language.messages import StepRecord
from aimaq.regulation import Catalogue, Flow, Limit, Regulation
from aimaq.regulation.calendar import Calendar
from conformance import Expected, MessageFinding, StepFinding, Verdict, awaited, judge, prescribe
from conformance.trace import Trace
from tests.breaches import breaches
from tests.conformance.traces import OPENED, change_messages, change_records, ideal_of

CATALOGUE = Catalogue.bundled()
SEMEY, ORALMAN = "semey-victims-2016", "oralman-status-2016"


def wanted(law: Regulation, flow: Flow, outcomes: dict[str, str], result: str | None, *taken: str) -> Expected:
    """What these outcomes come to, with this result."""
    end = flow.end(outcomes)
    return Expected(outcomes=outcomes, end=end, status=flow.ends[end].status, result=result, taken=frozenset(taken))


def ways(law: Regulation, flow: Flow) -> Iterator[Expected]:
    """Each way through a flow, with each result that it can come to. Whoever hands over follows what was decided."""
    branching = [
        step for step in flow.steps.values() if len(step.next) > 1 and step.parts[-1].does not in ("issue", "deliver")
    ]
    states = set()
    for outcomes in itertools.product(*(step.outcomes for step in branching)):
        chosen = {step.ref: outcome for step, outcome in zip(branching, outcomes, strict=True)}
        path = flow.path(chosen)
        chosen = {ref: outcome for ref, outcome in chosen.items() if ref in path}
        if (key := tuple(chosen.items())) not in states:
            states.add(key)
            results = flow.ends[flow.end(chosen)].results
            mine: list[str | None] = [
                name for name in results if flow.channel in (law.results[name].channels or (flow.channel,))
            ]
            yield from (wanted(law, flow, chosen, result) for result in mine or [None])


def case(
    name: str, channel: str, result: str | None, *taken: str, **outcomes: str
) -> tuple[Regulation, Flow, Expected]:
    """A regulation, a flow, and what should become of a case; `_` in the name of a step stands for a point."""
    law = CATALOGUE.regulation(name)
    flow = law.flow(channel)
    by_ref = {ref.replace("__", ".").replace("_", "-"): outcome for ref, outcome in outcomes.items()}
    return law, flow, wanted(law, flow, by_ref, result, *taken)


def judged(made: tuple[Regulation, Flow, Expected], trace: Trace | None = None) -> Verdict:
    law, flow, expected = made
    return judge(trace or ideal_of(law.id, flow, expected), flow, expected, regulation=law)


def step(verdict: Verdict, name: str) -> StepFinding:
    return next(finding for finding in verdict.steps if f"{finding.ref}/{finding.operation}" == name)


def lacking(verdict: Verdict) -> list[MessageFinding]:
    return [finding for finding in verdict.messages if finding.state == "missed"]


ALL = [(law, flow) for law in CATALOGUE for flow in law.flows.values()]


@pytest.mark.parametrize(("law", "flow"), ALL, ids=[f"{law.id}-{flow.channel}" for law, flow in ALL])
def test_a_case_done_as_prescribed_conforms_whatever_its_way_and_result(law: Regulation, flow: Flow) -> None:
    ends, results = set(), set()
    for expected in ways(law, flow):
        verdict = judged((law, flow, expected))
        assert breaches(verdict) == [], expected
        assert verdict.conforms
        assert verdict.counts.steps_done == verdict.counts.steps_prescribed > 0
        ends.add(expected.end)
        results.add(expected.result)
    assert ends == set(flow.ends)
    assert results - {None} == {name for end in flow.ends.values() for name in end.results} - {
        name for name, result in law.results.items() if flow.channel not in (result.channels or (flow.channel,))
    }


def late_preparation(days: int, *taken: str, result: str = "recognition") -> StepFinding:
    """The preparation of Semey's item 3, done so many days after the item could begin."""
    made = case(SEMEY, "provider", result, *taken)

    def pace(name: str) -> timedelta:
        return timedelta(days=days) if name == "item-3/prepare" else timedelta(seconds=1)

    return step(judged(made, ideal_of(SEMEY, *made[1:], pace)), "item-3/prepare")


def test_an_extension_makes_the_limit_of_its_step_longer() -> None:
    assert late_preparation(20).state == "done"
    assert late_preparation(40).state == "late"
    extended = late_preparation(40, "item-3/extend")
    assert extended.state == "done"
    calendar, month = Calendar(), Limit(unit="month", max=1)
    plain = calendar.due(Limit(unit="working-day", max=17), OPENED)
    assert extended.due == calendar.due(month, plain.at).at
    assert extended.explanation is not None
    assert "1 month" in extended.explanation.en
    assert late_preparation(70, "item-3/extend").state == "late"


@pytest.mark.parametrize(
    ("result", "asked_after", "states"),
    [
        ("recognition", 20, ("done", "done")),
        ("recognition", 40, ("late", "late")),
        ("certificate", 1, ("done", "done")),
        ("certificate", 20, ("late", "late")),  # the 17 days are another result's
    ],
)
def test_an_extension_after_the_term_ran_out_lengthens_nothing(
    result: str, asked_after: int, states: tuple[str, str]
) -> None:
    made = case(SEMEY, "provider", result, "item-3/extend")

    def pace(name: str) -> timedelta:
        return timedelta(days=asked_after) if name == "item-3/extend" else timedelta(seconds=1)

    verdict = judged(made, ideal_of(SEMEY, *made[1:], pace))
    asked, prepared = step(verdict, "item-3/extend"), step(verdict, "item-3/prepare")
    assert (asked.state, prepared.state) == states
    if asked.state == "late":
        assert "ran out on 20" in asked.actual.en
        assert "өтіп кеткен" in asked.actual.kk
        assert "истёк" in asked.actual.ru


def test_an_extension_that_was_not_made_lengthens_nothing() -> None:
    law, flow, expected = case(SEMEY, "provider", "recognition", "item-3/extend")

    def pace(name: str) -> timedelta:
        return timedelta(days=40) if name == "item-3/prepare" else timedelta(seconds=1)

    trace = ideal_of(SEMEY, flow, expected, pace)
    verdict = judged((law, flow, expected), change_records(trace, lambda r: None if r.operation == "extend" else r))
    assert step(verdict, "item-3/extend").state == "missed"
    assert step(verdict, "item-3/prepare").state == "late"


def test_an_extension_that_nobody_needed_is_not_due() -> None:
    assert step(judged(case(SEMEY, "provider", "recognition")), "item-3/extend").state == "not-due"


@pytest.mark.parametrize(
    ("result", "days", "state"),
    [
        ("certificate", 2, "done"),
        ("certificate", 12, "late"),
        ("duplicate", 12, "late"),
        ("recognition", 12, "done"),
        ("refusal", 40, "done"),
    ],
)
def test_a_step_is_held_to_the_limit_of_its_result(result: str, days: int, state: str) -> None:
    outcomes = {"item_4": "denied"} if result == "refusal" else {}
    made = case(SEMEY, "provider", result, **outcomes)

    def pace(name: str) -> timedelta:
        return timedelta(days=days) if name == "item-3/prepare" else timedelta(seconds=1)

    finding = step(judged(made, ideal_of(SEMEY, *made[1:], pace)), "item-3/prepare")
    assert finding.state == state
    assert (finding.limit is None) is (result == "refusal")


def test_a_missed_inner_step_is_told_by_its_paragraph() -> None:
    law, flow, expected = case("unemployed-registration-2016", "con", "notification")
    trace = change_records(ideal_of(law.id, flow, expected), lambda r: None if r.ref == "provider.item-2" else r)
    verdict = judged((law, flow, expected), trace)
    finding = step(verdict, "provider.item-2/assign")
    assert (finding.state, finding.paragraph, finding.by) == ("missed", "6(2)", "lea.head")
    assert finding.title == law.flow("provider").step("item-2").title
    assert [breach for breach in breaches(verdict) if isinstance(breach, StepFinding)] == [finding]
    assert verdict.counts.steps_done == verdict.counts.steps_prescribed - 1


def test_an_inner_step_done_by_another_member_of_staff_is_told() -> None:
    law, flow, expected = case("unemployed-registration-2016", "con", "notification")
    trace = change_records(
        ideal_of(law.id, flow, expected), lambda r: replace(r, unit="lea.clerk") if r.operation == "decide" else r
    )
    finding = step(judged((law, flow, expected), trace), "provider.item-4/decide")
    assert (finding.state, finding.by, finding.unit) == ("wrong-unit", "lea.head", "lea.clerk")
    assert finding.paragraph == "6(4)"


def test_an_inner_step_keeps_the_limit_of_the_providers_item() -> None:
    law, flow, expected = case("unemployed-registration-2016", "con", "notification")
    slow = ideal_of(
        law.id, flow, expected, lambda name: timedelta(days=8 if name == "provider.item-3/prepare" else 0, seconds=1)
    )
    finding = step(judged((law, flow, expected), slow), "provider.item-3/prepare")
    assert (finding.state, finding.paragraph) == ("late", "6(3)")
    assert finding.limit is not None
    assert (finding.limit.max, finding.limit.unit) == (3, "working-day")


def test_the_answer_of_a_register_is_prescribed_where_it_is_asked() -> None:
    _, flow, expected = case("unemployed-registration-2016", "con", "notification")
    messages = [(x.type, x.sender, x.to) for x in prescribe(flow, expected).messages]
    assert messages[:3] == [
        ("RegistryAsked", "con", "registry"),
        ("RegistryAnswered", "registry", "con"),
        ("RequestSubmitted", "con", "lea"),
    ]


@pytest.mark.parametrize("kind", ["RegistryAsked", "RegistryAnswered"])
def test_a_register_that_was_not_asked_or_did_not_answer_is_told(kind: str) -> None:
    law, flow, expected = case("unemployed-registration-2016", "con", "notification")
    trace = change_messages(ideal_of(law.id, flow, expected), lambda m: None if m.type == kind else m)
    found = [(x.type, x.after) for x in lacking(judged((law, flow, expected), trace))]
    assert found == [(kind, "process-3/ask-registry")]


def test_a_register_is_waited_for_before_its_answer_is_used() -> None:
    _, flow, expected = case("unemployed-registration-2016", "con", "notification")
    prescribed = prescribe(flow, expected)
    signing = prescribed.place("process-5", "sign")
    assert signing is not None
    nothing = Trace("c1", "unemployed-registration-2016", "con")
    assert [x.type for x in awaited(prescribed, nothing, signing.index)] == ["RegistryAsked", "RegistryAnswered"]


def test_an_answer_that_nobody_asked_for_is_unexpected() -> None:
    law, flow, expected = case("unemployed-registration-2016", "con", "notification")
    trace = ideal_of(law.id, flow, expected)
    answer = next(message for message in trace.messages if message.type == "RegistryAnswered")
    again = replace(trace, messages=(*trace.messages, replace(answer, message_id="again")))
    assert [x.type for x in judged((law, flow, expected), again).messages if x.state == "unexpected"] == [answer.type]


CLOSED = [
    (ORALMAN, "provider", {"item_1": "elsewhere"}, ("lea", "gateway", "item-1/check-elsewhere")),
    (ORALMAN, "con", {"provider__item_1": "elsewhere"}, ("lea", "con", "provider.item-1/check-elsewhere")),
    ("job-seeker-registration-2018", "provider", {"item_2": "incomplete"}, ("lea", "gateway", "item-2/check-package")),
    (SEMEY, "con", {"item_1": "incomplete"}, ("con", "gateway", "item-1/check-package")),
    ("archive-certificate-2012", "con", {"process_3": "absent"}, ("con", "gateway", "process-3/check-registry")),
    (SEMEY, "con", {"condition_2": "wrong"}, ("lea", "con", "process-7/refuse")),
    ("unemployed-registration-2016", "portal", {"condition_3": "wrong"}, ("lea", "portal", "process-6/refuse")),
    ("model-full-2010", "portal", {"process_1": "wrong"}, ("portal", "gateway", "process-2/refuse")),
    ("model-full-2010", "portal", {"process_1": "absent"}, ("portal", "gateway", "process-2/refuse")),
]


@pytest.mark.parametrize(
    ("name", "channel", "outcomes", "wording"), CLOSED, ids=[f"{c[0]}-{c[1]}-{c[2]}" for c in CLOSED]
)
def test_a_case_that_ends_without_a_message_of_its_own_is_closed_by_one(
    name: str, channel: str, outcomes: dict[str, str], wording: tuple[str, str, str]
) -> None:
    made = case(name, channel, None, **outcomes)
    trace = ideal_of(name, *made[1:])
    assert judged(made, trace).conforms
    assert trace.messages[-1].type == "CaseClosed"
    verdict = judged(made, change_messages(trace, lambda m: None if m.type == "CaseClosed" else m))
    assert not verdict.conforms
    (closed,) = lacking(verdict)
    assert (closed.type, closed.sender, closed.recipient, closed.after) == ("CaseClosed", *wording)


def test_nothing_is_due_after_a_part_that_left_the_step() -> None:
    _, flow, expected = case(ORALMAN, "provider", None, item_1="elsewhere")
    places = [place.key for place in prescribe(flow, expected).places]
    assert places == [("item-1", "fill-form"), ("item-1", "ask-registry"), ("item-1", "check-elsewhere")]


def test_a_part_that_should_have_left_the_step_and_did_not_is_told() -> None:
    made = case(ORALMAN, "provider", None, item_1="elsewhere")
    law, flow, _ = made
    usual = ideal_of(ORALMAN, flow, wanted(law, flow, {}, "certificate"))
    verdict = judged(made, usual)
    assert step(verdict, "item-1/check-elsewhere").state == "wrong-outcome"
    assert step(verdict, "item-1/enter-registry").state == "unexpected"


def test_a_payment_is_due_for_a_compensation_only() -> None:
    paid, other = case(SEMEY, "con", "compensation-account"), case(SEMEY, "con", "recognition")
    assert step(judged(paid), "process-8/pay").state == "done"
    without = change_records(ideal_of(SEMEY, *paid[1:]), lambda r: None if r.operation == "pay" else r)
    assert step(judged(paid, without), "process-8/pay").state == "missed"
    assert "pay" not in {finding.operation for finding in judged(other).steps}


def test_a_payment_that_the_result_does_not_call_for_is_unexpected() -> None:
    made = case(SEMEY, "con", "recognition")
    trace = ideal_of(SEMEY, *made[1:])
    last = trace.messages[-1]
    at = last.occurred_at
    pay = StepRecord("process-8", "pay", "con.operator", "ok", at, at)
    trace = replace(trace, messages=(*trace.messages[:-1], replace(last, steps=(pay, *last.steps))))
    verdict = judged(made, trace)
    assert step(verdict, "process-8/pay").state == "unexpected"
    assert not verdict.conforms


def test_a_result_handed_over_otherwise_than_decided_is_told() -> None:
    made = case("unemployed-registration-2016", "con", "refusal", provider__item_4="denied")
    trace = change_records(
        ideal_of("unemployed-registration-2016", *made[1:]),
        lambda r: replace(r, outcome="granted") if r.operation == "issue" else r,
    )
    assert step(judged(made, trace), "process-8/issue").state == "wrong-outcome"


def test_another_result_than_the_one_expected_is_told() -> None:
    law, flow, expected = case(SEMEY, "provider", "duplicate")
    trace = ideal_of(SEMEY, flow, expected)
    verdict = judge(trace, flow, replace(expected, result="certificate"), regulation=law)
    wrong = [(match.expected, match.actual) for match in verdict.ending if not match.conforms]
    assert wrong == [("certificate", "duplicate")]
