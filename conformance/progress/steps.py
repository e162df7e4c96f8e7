"""Each part of the path of a case, as its trace shows it."""

from __future__ import annotations

from aimaq.regulation.calendar import Calendar
from aimaq.regulation.working_time import between
from conformance.findings import StepFinding
from conformance.prescribed import Place
from conformance.progress.model import Stage, StepProgress, measured
from conformance.steps import Record, beginning


def traced(
    finding: StepFinding,
    place: Place | None,
    found: dict[int, Record],
    calendar: Calendar,
    *,
    reached: int,
    goes_on: bool,
) -> StepProgress:
    """A part as the trace shows it; what is only not reported yet is no fault."""
    overdue = allowed = spent = counted_from = None
    if place is not None and finding.due and finding.ended_at and finding.limit:
        counted_from = beginning(place, found).started_at
        allowed = measured(counted_from, finding.due, finding.limit, calendar)
        spent = measured(counted_from, finding.ended_at, finding.limit, calendar)
        if finding.ended_at > finding.due:
            overdue = between(calendar, finding.limit.unit, finding.due, finding.ended_at)
    return StepProgress(
        stage=_stage(finding, place, reached=reached, goes_on=goes_on),
        faults=() if goes_on and finding.state == "missed" else finding.faults,
        ref=finding.ref,
        operation=finding.operation,
        index=finding.index,
        paragraph=finding.paragraph,
        title=finding.title,
        by=finding.by,
        expected=finding.expected,
        actual=finding.actual,
        unit=finding.unit,
        outcome=finding.outcome,
        started_at=finding.started_at,
        ended_at=finding.ended_at,
        limit=finding.limit,
        due=finding.due,
        explanation=finding.explanation,
        message_id=finding.message_id,
        readings=finding.readings,
        overdue=overdue,
        counted_from=counted_from,
        allowed=allowed,
        spent=spent,
    )


def _stage(finding: StepFinding, place: Place | None, *, reached: int, goes_on: bool) -> Stage:
    if place is None:
        return "unexpected"
    if finding.ended_at is not None:
        return "done"
    if not place.needed:
        return "left-out"
    if not goes_on:
        return "missed"
    return "unreported" if place.index < reached else "ahead"
