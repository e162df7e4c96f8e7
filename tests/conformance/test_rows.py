"""Verdicts on table rows and messages of hand-made traces."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from aimaq.language.messages import StepRecord
from aimaq.regulation import Flow, Limit, Norm
from aimaq.regulation.calendar import ALMATY
from conformance import MessageFinding, RowFinding, Verdict, awaited, judge, prescribe
from conformance.trace import Message, Shown, Trace
from tests.breaches import breaches
from tests.conformance.traces import change_messages, change_records, expected, flow, ideal


def row(verdict: Verdict, no: int) -> RowFinding:
    return next(finding for finding in verdict.rows if finding.no == no)


def states(verdict: Verdict) -> dict[int, str]:
    return {finding.no: finding.state for finding in verdict.rows if finding.state != "satisfied"}


def with_row(law: Flow, no: int, **changes: object) -> Flow:
    table = tuple(replace(norm, **changes) if norm.no == no else norm for norm in law.table)
    return replace(law, table=table)


def slow(part: str, by: timedelta) -> Trace:
    return ideal("portal", pace=lambda name: by if name == part else timedelta(seconds=1))


def test_a_row_runs_from_the_end_of_the_row_before_it_to_its_latest_evidence() -> None:
    verdict = judge(ideal("portal"), flow("portal"), expected("portal"))
    second, third = row(verdict, 2), row(verdict, 3)
    assert second.start == row(verdict, 1).end
    assert third.start == second.end == max(proof.at for proof in second.evidence if proof.at)
    assert len(second.evidence) == 2


def test_the_first_row_runs_from_the_start_of_its_first_step() -> None:
    trace = ideal("portal")
    first = row(judge(trace, flow("portal"), expected("portal")), 1)
    assert first.start == next(r.started_at for r, _ in trace.records if r.ref == "process-1")


def test_a_late_row_tells_by_how_much_and_where_its_time_comes_from() -> None:
    verdict = judge(slow("process-6/accept", timedelta(minutes=11)), flow("portal"), expected("portal"))
    late = row(verdict, 5)
    assert states(verdict) == {5: "late"}
    assert late.seconds is not None
    assert late.seconds > 600
    assert late.actual.en.startswith("late by ")
    assert late.explanation is not None
    assert "10 minutes from" in late.explanation.en
    assert late.explanation.en.endswith("counted from the end of row 4")


def test_changing_a_limit_in_the_regulation_changes_the_verdict() -> None:
    trace = slow("process-6/accept", timedelta(minutes=5))
    assert judge(trace, flow("portal"), expected("portal")).conforms
    shorter = with_row(flow("portal"), 5, limit=Limit(unit="minute", max=4))
    assert states(judge(trace, shorter, expected("portal"))) == {5: "late"}
    none = with_row(flow("portal"), 5, limit=None)
    assert judge(slow("process-6/accept", timedelta(days=5)), none, expected("portal")).conforms


def con_prepared_at(text: str) -> Trace:
    """A service centre's case taken up on Wednesday 2026-03-18 at ten, its answer prepared at this local time."""
    at = datetime.fromisoformat(text).replace(tzinfo=ALMATY)
    trace = ideal("con")
    accepted = next(r.ended_at for r, _ in trace.records if r.operation == "accept")
    shift = at - accepted

    def later(record: StepRecord) -> StepRecord:
        if record.operation in ("prepare", "decide", "issue"):
            return replace(record, started_at=record.started_at, ended_at=record.ended_at + shift)
        return record

    def moved(message: Message) -> Message:
        if message.status in ("in_progress", "completed") or message.type == "ResultDelivered":
            return replace(
                message, occurred_at=message.occurred_at + shift, journalled_at=message.journalled_at + shift
            )
        return message

    histories = {
        party: tuple(
            replace(s, shown_at=s.shown_at + shift) if s.status in ("in_progress", "completed") else s for s in shown
        )
        for party, shown in trace.histories.items()
    }
    return replace(change_messages(change_records(trace, later), moved), histories=histories)


@pytest.mark.parametrize(
    ("prepared", "state"),
    [
        ("2026-03-20T17:30", "satisfied"),
        ("2026-03-26T17:59", "satisfied"),  # day 1 Thursday, day 2 Friday, then Nauryz, day 3 the Thursday after
        ("2026-03-26T18:01", "late"),
        ("2026-03-27T09:00", "late"),
    ],
)
def test_three_working_days_leave_out_the_day_of_receipt_and_nauryz(prepared: str, state: str) -> None:
    verdict = judge(con_prepared_at(prepared), flow("con"), expected("con"))
    assert row(verdict, 6).state == state
    explanation = row(verdict, 6).explanation
    assert explanation is not None
    assert "2026-03-18 (day of receipt)" in explanation.en
    assert "2026-03-21…2026-03-23 (Nowruz Holiday)" in explanation.en


def test_an_empty_row_is_not_due_and_passes_the_time_on() -> None:
    verdict = judge(ideal("con"), flow("con"), expected("con"))
    assert row(verdict, 10).state == "not-due"
    assert row(verdict, 11).start == row(verdict, 9).end


def test_a_row_without_its_evidence_is_missed_and_the_next_counts_on() -> None:
    trace = ideal("portal")
    trace = replace(trace, histories=trace.histories | {"con": trace.histories["con"][1:]})
    verdict = judge(trace, flow("portal"), expected("portal"))
    assert states(verdict) == {4: "missed"}
    assert row(verdict, 4).actual.en == "not shown: Received shown at the service centre's system"
    assert row(verdict, 5).start == row(verdict, 3).end


def test_a_status_shown_before_the_message_that_brings_it_is_out_of_order() -> None:
    trace = ideal("portal")
    first, *others = trace.histories["con"]
    hasty = Shown(first.status, trace.messages[0].journalled_at - timedelta(seconds=1), first.message_id)
    trace = replace(trace, histories=trace.histories | {"con": (hasty, *others)})
    verdict = judge(trace, flow("portal"), expected("portal"))
    assert states(verdict) == {4: "out-of-order"}
    assert "before row 2 was over" in row(verdict, 4).actual.en


def test_a_status_shown_late_elsewhere_does_not_put_the_next_deed_out_of_order() -> None:
    trace = ideal("portal")
    first, *others = trace.histories["con"]
    taken_up = next(r.ended_at for r, _ in trace.records if r.operation == "accept")
    trace = replace(
        trace,
        histories=trace.histories | {"con": (replace(first, shown_at=taken_up + timedelta(milliseconds=1)), *others)},
    )
    assert judge(trace, flow("portal"), expected("portal")).conforms


def test_rows_whose_deeds_changed_places_are_out_of_order() -> None:
    times = {r.operation: (r.started_at, r.ended_at) for r, _ in ideal("portal").records}
    swap = {"accept": "prepare", "prepare": "accept"}

    def swapped(record: StepRecord) -> StepRecord:
        start, end = times[swap.get(record.operation, record.operation)]
        return replace(record, started_at=start, ended_at=end)

    verdict = judge(change_records(ideal("portal"), swapped), flow("portal"), expected("portal"))
    assert states(verdict) == {6: "out-of-order"}


@pytest.mark.parametrize(
    ("channel", "outcome", "due"),
    [
        ("portal", "refused-authorisation", [1]),
        ("portal", "refused-signature", [1]),
        ("con", "refused-authorisation", [2]),
        ("con", "refused-signature", [1, 2]),
        ("provider", "refused-authorisation", [1, 2]),
    ],
)
def test_a_refused_case_owes_only_the_rows_whose_steps_it_took(channel: str, outcome: str, due: list[int]) -> None:
    verdict = judge(ideal(channel, outcome), flow(channel), expected(channel, outcome))
    assert [finding.no for finding in verdict.rows if finding.state != "not-due"] == due
    assert verdict.conforms


def test_sooner_than_a_rows_range_is_told_and_breaks_nothing() -> None:
    law = with_row(flow("portal"), 5, limit=Limit(unit="second", min=30, max=60, text="30 секунд-1 минут"))
    verdict = judge(ideal("portal"), law, expected("portal"))
    assert states(verdict) == {5: "early"}
    assert verdict.conforms


def test_rows_that_lead_in_a_circle_do_not_hang() -> None:
    law = with_row(flow("portal"), 15, next=(1,))
    assert judge(ideal("portal"), law, expected("portal")).counts.rows_due == 15


def test_a_row_after_two_others_waits_for_the_later() -> None:
    law = flow("portal")
    norms: dict[int, Norm] = {norm.no: norm for norm in law.table}
    law = with_row(with_row(law, 2, next=(3, 5)), 4, next=())
    assert norms[2].next == (3,)
    found = row(judge(ideal("portal"), law, expected("portal")), 5)
    assert found.start == row(judge(ideal("portal"), law, expected("portal")), 2).end


def messages(verdict: Verdict, state: str) -> list[MessageFinding]:
    return [finding for finding in verdict.messages if finding.state == state]


def test_a_message_that_was_not_sent_is_missed() -> None:
    trace = change_messages(ideal("portal"), lambda m: None if m.type == "RequestRegistered" else m)
    verdict = judge(trace, flow("portal"), expected("portal"))
    assert [(x.type, x.sender, x.recipient, x.after) for x in messages(verdict, "missed")] == [
        ("RequestRegistered", "lea", "portal", "process-6/register")
    ]
    assert states(verdict) == {3: "missed"}


def test_a_message_sent_twice_is_unexpected_once() -> None:
    trace = ideal("portal")
    again = replace(trace.messages[-1], message_id="again", steps=())
    verdict = judge(replace(trace, messages=(*trace.messages, again)), flow("portal"), expected("portal"))
    assert [x.actual.en.partition(": ")[2] for x in messages(verdict, "unexpected")] == ["sent once too often"]
    assert not verdict.conforms


def test_an_accepted_message_after_the_end_is_unexpected() -> None:
    trace = ideal("portal", "refused-signature")
    stray = replace(ideal("portal").messages[0], steps=())
    verdict = judge(
        replace(trace, messages=(*trace.messages, stray)), flow("portal"), expected("portal", "refused-signature")
    )
    assert [x.type for x in messages(verdict, "unexpected")] == ["RequestSubmitted"]
    assert not verdict.conforms


def test_a_rejected_message_is_evidence_of_nothing() -> None:
    trace = change_messages(
        ideal("portal"),
        lambda m: replace(m, verdict="rejected", reason="bad-signature") if m.type == "ResultIssued" else m,
    )
    verdict = judge(trace, flow("portal"), expected("portal"))
    assert next(f for f in verdict.steps if f.ref == "process-7").state == "missed"
    assert {12, 13} <= states(verdict).keys()
    assert [x.reason for x in messages(verdict, "rejected")] == ["bad-signature"]
    assert verdict.counts.rejected == 1


def test_a_rejected_copy_beside_the_good_one_breaks_nothing() -> None:
    trace = ideal("portal")
    forged = replace(trace.messages[0], message_id="forged", verdict="rejected", reason="bad-signature")
    verdict = judge(replace(trace, messages=(forged, *trace.messages)), flow("portal"), expected("portal"))
    assert verdict.conforms
    assert verdict.counts.messages == len(trace.messages)


def test_what_is_awaited_before_a_part_is_known_from_the_regulation() -> None:
    prescribed = prescribe(flow("portal"), expected("portal"))
    accept = prescribed.place("process-6", "accept")
    assert accept is not None
    begun = replace(ideal("portal"), messages=ideal("portal").messages[:1])
    assert [(x.type, x.to) for x in awaited(prescribed, begun, accept.index)] == [
        ("StatusChanged", "con"),
        ("RequestRegistered", "portal"),
    ]
    assert awaited(prescribed, ideal("portal"), len(prescribed.places)) == []


def test_a_result_without_a_good_signature_is_not_the_result() -> None:
    trace = ideal("portal")
    assert trace.result is not None
    unsigned = replace(trace, result=replace(trace.result, signature=False))
    verdict = judge(unsigned, flow("portal"), expected("portal"))
    assert [match.actual for match in breaches(verdict) if hasattr(match, "what")] == ["certificate without signature"]


def test_another_status_than_expected_is_told() -> None:
    verdict = judge(replace(ideal("portal"), status="in_progress", end=None), flow("portal"), expected("portal"))
    wrong = {match.what.en: (match.expected, match.actual) for match in verdict.ending if not match.conforms}
    assert wrong == {"End": ("issued", None), "Status": ("completed", "in_progress")}
