"""The part of a case that is under way: since when, until when, by which limit, and how pressing that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from aimaq.language.errors import AimaqError
from aimaq.language.messages import StepRecord
from aimaq.regulation import Limit, Regulation, Texts, party_of, workflow
from aimaq.regulation.bindings import bindings
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.deadlines import Deadlines, Standing
from aimaq.regulation.working_time import between
from conformance.prescribed import Place, Prescribed
from conformance.progress.model import StepProgress, measured, pressure
from conformance.steps import Record, beginning, deadline, expectation
from conformance.trace import Message, Trace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_MESSAGE = Message("", "", "", "", _EPOCH, _EPOCH)
"""Stands beside the record of a part that nobody has reported yet."""


@dataclass(frozen=True, slots=True)
class _Running:
    """A limit that runs; `row` is the number of the table row that sets it. See `StepProgress.report_due`."""

    limit: Limit
    start: datetime
    due: datetime
    explanation: Texts | None
    report_due: datetime | None
    row: int | None = None


def under_way(
    prescribed: Prescribed,
    place: Place,
    found: dict[int, Record],
    trace: Trace,
    regulation: Regulation,
    now: datetime,
    calendar: Calendar,
) -> StepProgress:
    """The part that is due next. Its limit is that of its step, else that of the row of the table that it shows."""
    since = _since(place, found, trace)
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
        started_at=since,
        limit=_last(prescribed, place).limit,
        readings=place.step.readings,
    )
    if since is None:
        return shown
    running = _by_step(prescribed, place, found, since, now, calendar)
    running = running or _by_row(prescribed, place, trace, regulation, calendar)
    if running is None:
        return shown
    start, due, limit = running.start, running.due, running.limit
    how = pressure(start, due, now, limit, calendar)
    if how == "late" and (running.report_due is None or now <= running.report_due):
        how = "silent"
    return replace(
        shown,
        started_at=start,
        pressure=how,
        faults=("late",) if how == "late" else (),
        limit=limit,
        row=running.row,
        due=due.astimezone(UTC),
        explanation=running.explanation,
        report_due=running.report_due.astimezone(UTC) if running.report_due is not None else None,
        overdue=between(calendar, limit.unit, due, now) if now > due else None,
        left=between(calendar, limit.unit, now, due) if now <= due else None,
        counted_from=start,
        allowed=measured(start, due, limit, calendar),
        spent=measured(start, now, limit, calendar),
    )


def _by_step(
    prescribed: Prescribed,
    place: Place,
    found: dict[int, Record],
    since: datetime,
    now: datetime,
    calendar: Calendar,
) -> _Running | None:
    """The limit of the step itself, from its beginning; None if it has none."""
    last = _last(prescribed, place)
    pending = StepRecord(*place.key, place.part.by, "", since, max(now, since))
    begun: dict[int, Record] = {**found, place.index: (pending, _NO_MESSAGE)}
    begun.setdefault(last.index, (pending, _NO_MESSAGE))
    due = deadline(prescribed, last, begun, calendar)
    if due is None or last.limit is None:
        return None
    report_due = _report_due(prescribed, place, due.at, calendar)
    return _Running(last.limit, beginning(last, begun).started_at, due.at, due.explanation, report_due)


def _by_row(
    prescribed: Prescribed, place: Place, trace: Trace, regulation: Regulation, calendar: Calendar
) -> _Running | None:
    """The limit of the row that the part shows, as the gateway counts it; None if there is none.

    The row is surely late only if the message that is due shows the very row.
    """
    deadlines = Deadlines(regulation, prescribed.flow, calendar)
    at = workflow.place(place.step, place.part)
    standing = _standing(trace, deadlines, at)
    explained = deadlines.explain(at, standing) if standing is not None else None
    if standing is None or explained is None or explained.limit is None or explained.row is None:
        return None
    due = standing.due_at
    if due is None:
        return None
    report_due = due if _reported_by_row(prescribed, place) else None
    return _Running(explained.limit, standing.since, due, explained.words, report_due, explained.row)


def _standing(trace: Trace, deadlines: Deadlines, there: str) -> Standing | None:
    """How the gateway has a case that stands `there`; None if it has it elsewhere."""
    at, standing = workflow.begin(deadlines.flow), None
    for message in trace.messages:
        if not message.accepted:
            continue
        before, now = at, message.journalled_at
        try:
            at = workflow.follow(deadlines.flow, before, message.steps)
        except AimaqError:
            return None
        standing = deadlines.followed(standing or deadlines.begun(before, now), before, message.steps, at, now)
    return standing if at == there else None


def _reported_by_row(prescribed: Prescribed, place: Place) -> bool:
    """Whether the next message of the same system is sent while the row of this part still runs."""
    rows = bindings(prescribed.flow)
    row = rows.get(workflow.place(place.step, place.part))
    for following in prescribed.places[place.index :]:
        binding = rows.get(workflow.place(following.step, following.part))
        if following.part.party != place.part.party or binding is None or row is None or binding.key != row.key:
            return False
        if following.needed and following.part.sends:
            return True
    return False


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
