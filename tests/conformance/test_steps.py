"""Verdicts on the steps of hand-made traces: what is missing, done by another, swapped, late or unbidden is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aimaq.language.errors import InvalidInput
from aimaq.language.messages import StepRecord
from aimaq.regulation import Flow, Limit
from aimaq.regulation.calendar import ALMATY
from conformance import Expected, StepFinding, Verdict, judge
from conformance.trace import Trace
from tests.breaches import breaches
from tests.conformance.traces import OPENED, OUTCOMES, change_records, expected, flow, ideal

CHANNELS = ("provider", "con", "portal")
LAST = "process-6/prepare"


def step(verdict: Verdict, name: str) -> StepFinding:
    return next(finding for finding in verdict.steps if f"{finding.ref}/{finding.operation}" == name)


def named(record: StepRecord) -> str:
    return f"{record.ref}/{record.operation}"


def limited(law: Flow, ref: str, limit: Limit) -> Flow:
    return replace(law, steps=law.steps | {ref: replace(law.steps[ref], limit=limit)})


@pytest.mark.parametrize("outcome", list(OUTCOMES))
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_case_done_as_prescribed_conforms(channel: str, outcome: str) -> None:
    verdict = judge(ideal(channel, outcome), flow(channel), expected(channel, outcome))
    assert breaches(verdict) == []
    assert verdict.conforms
    assert verdict.counts.steps_done == verdict.counts.steps_prescribed > 0
    assert verdict.counts.rows_satisfied == verdict.counts.rows_due > 0


def test_the_figures_are_those_of_the_act() -> None:
    counted = {channel: judge(ideal(channel), flow(channel), expected(channel)).counts for channel in CHANNELS}
    assert {c: (n.steps_prescribed, n.rows_due, n.messages) for c, n in counted.items()} == {
        "provider": (9, 12, 4),
        "con": (8, 14, 5),
        "portal": (7, 15, 7),
    }


def test_a_step_that_is_not_in_the_journal_is_missed() -> None:
    trace = change_records(ideal("portal"), lambda r: None if named(r) == "process-6/accept" else r)
    verdict = judge(trace, flow("portal"), expected("portal"))
    finding = step(verdict, "process-6/accept")
    assert not verdict.conforms
    assert finding.state == "missed"
    assert finding.paragraph == "8(9)"
    assert finding.actual.en == "not in the journal"
    assert finding.expected.en == "the executive body's employee: taking it up"
    assert verdict.counts.steps_done == verdict.counts.steps_prescribed - 1
    assert [row.no for row in verdict.rows if row.state == "missed"] == [5]


def test_a_step_done_by_another_unit_is_told_with_both() -> None:
    trace = change_records(ideal("con"), lambda r: replace(r, unit="lea.employee") if r.ref == "process-8" else r)
    verdict = judge(trace, flow("con"), expected("con"))
    finding = step(verdict, "process-8/issue")
    assert finding.state == "wrong-unit"
    assert finding.actual.ru == "выполнил: работник МИО"
    assert finding.by == "con.operator"
    assert [row.no for row in verdict.rows if row.state == "missed"] == [15]


def test_two_steps_that_changed_places_are_out_of_order() -> None:
    times = {named(r): (r.started_at, r.ended_at) for r, _ in ideal("portal").records}
    swap = {"process-3/fill-form": "process-4/sign", "process-4/sign": "process-3/fill-form"}

    def swapped(record: StepRecord) -> StepRecord:
        start, end = times[swap.get(named(record), named(record))]
        return replace(record, started_at=start, ended_at=end)

    verdict = judge(change_records(ideal("portal"), swapped), flow("portal"), expected("portal"))
    wrong = [finding for finding in verdict.steps if finding.state == "out-of-order"]
    assert [finding.ref for finding in wrong] in (["process-3"], ["process-4"])
    assert wrong[0].actual.en in ("done after process-4/sign", "done before process-3/fill-form")


def test_one_step_far_too_late_does_not_put_all_others_out_of_order() -> None:
    late = timedelta(minutes=3)
    trace = change_records(
        ideal("portal"), lambda r: replace(r, ended_at=r.ended_at + late) if r.ref == "process-3" else r
    )
    verdict = judge(trace, flow("portal"), expected("portal"))
    assert [finding.ref for finding in verdict.steps if finding.state == "out-of-order"] == ["process-3"]


def test_a_step_that_is_not_on_the_path_is_unexpected() -> None:
    extra = next(record for record, _ in ideal("portal", "refused-signature").records if record.ref == "process-5")
    trace = ideal("portal")
    first = replace(trace.messages[0], steps=(*trace.messages[0].steps, extra))
    verdict = judge(replace(trace, messages=(first, *trace.messages[1:])), flow("portal"), expected("portal"))
    finding = step(verdict, "process-5/refuse")
    assert finding.state == "unexpected"
    assert finding.index == -1
    assert finding.paragraph == "8(8)"


def test_a_step_that_the_regulation_does_not_know_is_unexpected() -> None:
    trace = change_records(ideal("portal"), lambda r: replace(r, ref="process-99") if r.ref == "process-3" else r)
    verdict = judge(trace, flow("portal"), expected("portal"))
    assert step(verdict, "process-99/fill-form").state == "unexpected"
    assert step(verdict, "process-3/fill-form").state == "missed"


def test_a_step_done_twice_counts_once_and_is_unexpected_once() -> None:
    trace = ideal("portal")
    first = replace(trace.messages[0], steps=trace.messages[0].steps + trace.messages[0].steps[-1:])
    verdict = judge(replace(trace, messages=(first, *trace.messages[1:])), flow("portal"), expected("portal"))
    assert [finding.state for finding in verdict.steps if finding.operation == "send"] == ["done", "unexpected"]


def test_a_wrong_outcome_is_told_at_the_step_that_had_it() -> None:
    verdict = judge(ideal("portal", "refusal"), flow("portal"), expected("portal"))
    finding = step(verdict, "process-7/decide")
    assert finding.state == "wrong-outcome"
    assert finding.actual.en == "came out as denied"
    assert finding.expected.en == "the executive body's employee: the decision → granted"
    assert [match.actual for match in verdict.ending] == ["refused", "refused", "refusal"]


def test_a_case_that_took_another_path_shows_where_it_left() -> None:
    verdict = judge(ideal("portal", "refused-signature"), flow("portal"), expected("portal"))
    states = {f"{f.ref}/{f.operation}": f.state for f in verdict.steps}
    assert states["process-4/sign"] == "done"
    assert states["condition-2/check-certificate"] == "wrong-outcome"
    assert states["process-5/refuse"] == "unexpected"
    assert states["process-7/decide"] == "missed"


def test_an_optional_step_may_be_absent_unless_the_flow_takes_it() -> None:
    trace = ideal("portal")
    without = judge(trace, flow("portal"), expected("portal"))
    assert step(without, "item-1/register-user").state == "not-due"
    taken = judge(trace, flow("portal"), expected("portal", taken=("item-1",)))
    assert step(taken, "item-1/register-user").state == "missed"
    done = judge(ideal("portal", taken=("item-1",)), flow("portal"), expected("portal"))
    assert step(done, "item-1/register-user").state == "done"
    assert done.conforms


def test_a_step_over_its_limit_is_late_by_so_much() -> None:
    law = limited(flow("portal"), "process-3", Limit(unit="second", max=2, text="2 секунд"))
    trace = ideal("portal", pace=lambda name: timedelta(seconds=5 if name.startswith("process-3") else 1))
    finding = step(judge(trace, law, expected("portal")), "process-3/fill-form")
    assert finding.state == "late"
    assert finding.actual.en == "late by 3 s"
    assert finding.explanation is not None
    assert "2 seconds from" in finding.explanation.en
    assert step(judge(ideal("portal"), law, expected("portal")), "process-3/fill-form").state == "done"


def test_the_limit_of_a_step_in_parts_runs_from_its_first_part() -> None:
    law = limited(flow("portal"), "process-6", Limit(unit="minute", max=1))
    trace = ideal("portal", pace=lambda name: timedelta(seconds=40 if "accept" in name or "prepare" in name else 1))
    verdict = judge(trace, law, expected("portal"))
    assert [f.state for f in verdict.steps if f.ref == "process-6"] == ["done", "done", "done", "late"]


def test_sooner_than_a_range_allows_is_told_and_breaks_nothing() -> None:
    law = limited(flow("portal"), "process-3", Limit(unit="second", min=30, max=60, text="30 секунд-1 минут"))
    verdict = judge(ideal("portal"), law, expected("portal"))
    finding = step(verdict, "process-3/fill-form")
    assert finding.state == "early"
    assert finding.actual.kk == "«30 секунд-1 минут» мерзімінен ерте"
    assert verdict.conforms


def test_a_step_with_limits_by_result_is_held_to_the_one_of_its_result() -> None:
    law = flow("portal")
    limits = {"certificate": Limit(unit="hour", max=1), "refusal": Limit(unit="second", max=1)}
    law = replace(law, steps=law.steps | {"process-7": replace(law.steps["process-7"], limits=limits)})
    slow = {name: ideal("portal", name, pace=lambda part: timedelta(seconds=2)) for name in ("certificate", "refusal")}
    granted = judge(slow["certificate"], law, expected("portal"))
    denied = judge(slow["refusal"], law, expected("portal", "refusal"))
    assert step(granted, "process-7/decide").state == "done"
    assert step(denied, "process-7/decide").state == "late"


def test_several_faults_of_one_step_are_all_told_the_gravest_first() -> None:
    law = limited(flow("con"), "process-8", Limit(unit="second", max=0.5))
    trace = change_records(ideal("con"), lambda r: replace(r, unit="lea.employee") if r.ref == "process-8" else r)
    finding = step(judge(trace, law, expected("con")), "process-8/issue")
    assert finding.faults == ("wrong-unit", "late")
    assert "done by" in finding.actual.en
    assert "late by" in finding.actual.en


def test_an_empty_trace_misses_everything_and_raises_nothing() -> None:
    verdict = judge(Trace("c", "r", "portal"), flow("portal"), expected("portal"))
    assert not verdict.conforms
    assert {f.state for f in verdict.steps} == {"missed", "not-due"}
    assert {row.state for row in verdict.rows} == {"missed"}
    assert {message.state for message in verdict.messages} == {"missed"}


def test_outcomes_that_the_flow_cannot_have_are_an_error() -> None:
    with pytest.raises(InvalidInput):
        judge(ideal("portal"), flow("portal"), Expected(end="issued", outcomes={"condition-1": "maybe"}))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_finding_speaks_every_language(language: str) -> None:
    for trace in (ideal("portal"), ideal("portal", "refused-signature"), Trace("c", "r", "portal")):
        verdict = judge(trace, flow("portal"), expected("portal"))
        wording = (
            [f.actual for f in verdict.steps] + [f.actual for f in verdict.rows] + [f.actual for f in verdict.messages]
        )
        assert all(text.say(language).strip() for text in wording)


def test_lateness_against_working_days_is_told_in_working_time_and_all_times_have_one_offset() -> None:
    two_days = limited(flow("portal"), "process-6", Limit(unit="working-day", max=2))
    start, end = OPENED, datetime(2026, 3, 27, 14, 20, tzinfo=ALMATY)
    trace = change_records(
        ideal("portal"),
        lambda r: replace(r, started_at=max(r.started_at, start), ended_at=end if named(r) == LAST else r.ended_at),
    )
    finding = step(judge(trace, two_days, expected("portal")), LAST)
    assert finding.due == datetime(2026, 3, 19, 18, tzinfo=ALMATY)
    assert "late by 2 working days 4 h 20 min" in finding.actual.en, "a Friday and the Thursday after Nauryz, and some"
    assert "2 жұмыс күні 4 сағ 20 минутқа кешіктірілген" in finding.actual.kk
    assert finding.due.tzinfo is UTC
    assert finding.started_at is not None
    assert finding.due.utcoffset() == finding.started_at.utcoffset()
