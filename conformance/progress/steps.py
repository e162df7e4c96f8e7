"""Each part of the path of a case, as its trace shows it; and the part that is under way, as of now."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from aimaq.language.messages import StepRecord
from aimaq.regulation import party_of
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.working_time import between
from conformance.findings import StepFinding
from conformance.prescribed import Place, Prescribed
from conformance.progress.model import Stage, StepProgress, measured, pressure
from conformance.steps import Record, beginning, deadline, expectation
from conformance.trace import Message, Trace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_MESSAGE = Message("", "", "", "", _EPOCH, _EPOCH)
"""Stands beside the record of a part that nobody has reported yet."""


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


def under_way(
    prescribed: Prescribed, place: Place, found: dict[int, Record], trace: Trace, now: datetime, calendar: Calendar
) -> StepProgress:
    """The part that is due next: since when, until when, and how pressing that is."""
    last = _last(prescribed, place)
    shown = StepProgress(
        stage="under-way",
        faults=(),
        ref=place.step.ref,
        operation=place.part.does,
        index=place.index,
        paragraph=place.step.paragraph,
        title=place.step.title,
        by=place.part.by,
        expected=expectation(place),
        actual=expectation(place),
        limit=last.limit,
        readings=place.step.readings,
    )
    since = _since(place, found, trace)
    if since is None:
        return shown
    pending = StepRecord(*place.key, place.part.by, "", since, max(now, since))
    begun: dict[int, Record] = {**found, place.index: (pending, _NO_MESSAGE)}
    begun.setdefault(last.index, (pending, _NO_MESSAGE))
    started = beginning(last, begun).started_at
    shown = replace(shown, started_at=started)
    due = deadline(prescribed, last, begun, calendar)
    if due is None or last.limit is None:
        return shown
    report_due = _report_due(prescribed, place, due.at, calendar)
    how = pressure(started, due.at, now, last.limit, calendar)
    if how == "late" and (report_due is None or now <= report_due):
        how = "silent"
    over = report_due if how == "late" and report_due else due.at
    return replace(
        shown,
        pressure=how,
        faults=("late",) if how == "late" else (),
        due=due.at,
        explanation=due.explanation,
        report_due=report_due,
        overdue=between(calendar, last.limit.unit, over, now) if now > over else None,
        left=between(calendar, last.limit.unit, now, due.at) if now <= due.at else None,
        counted_from=started,
        allowed=measured(started, due.at, last.limit, calendar),
        spent=measured(started, now, last.limit, calendar),
    )


def _report_due(prescribed: Prescribed, place: Place, due: datetime, calendar: Calendar) -> datetime | None:
    """When the message is due at the latest that reports this part; None if a step until then has no limit.

    It is the message that the next sending part of the same system sends, and a step begins when the one before ends.
    """
    at = due
    for following in prescribed.places[place.index :]:
        if following.part.party != place.part.party:
            break
        if following.index == following.first != place.first:
            limit = _last(prescribed, following).limit
            if limit is None or limit.max is None:
                return None
            at = calendar.due(limit, at).at
        if following.needed and following.part.sends:
            break
    return at


def _last(prescribed: Prescribed, place: Place) -> Place:
    """The last part of the same step on the path, which must keep the step's limit."""
    return next(other for other in prescribed.places if other.first == place.first and other.last)


def _since(place: Place, found: dict[int, Record], trace: Trace) -> datetime | None:
    """Since when a part can be done: when the one before it was, or when a message told another system of that."""
    before = [index for index in found if index < place.index]
    if not before:
        return trace.opened_at
    record, message = found[max(before)]
    if party_of(record.unit) == place.part.party:
        return record.ended_at
    return max(record.ended_at, message.journalled_at)
