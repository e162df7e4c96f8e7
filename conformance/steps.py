"""The steps of a path against the trace: each done, by its unit, in order, in time, with the outcome asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC
from typing import get_args

from aimaq.language.messages import StepRecord
from aimaq.regulation import Flow, Limit, Texts
from aimaq.regulation.calendar import Calendar, Due
from aimaq.regulation.wording import joined, operation, outcome, plain, sentence, unit
from aimaq.regulation.working_time import between
from conformance.findings import StepFinding, StepState
from conformance.prescribed import Place, Prescribed
from conformance.trace import Message, Trace
from conformance.wording import clock

Record = tuple[StepRecord, Message]

EXTENDED = "extend"
"""The operation that makes a term longer."""

GRAVITY: tuple[StepState, ...] = get_args(StepState)


def matched(prescribed: Prescribed, trace: Trace) -> tuple[dict[int, Record], list[Record]]:
    """The record of each part on the path, by the part's index, and the records that the path has no use for.

    Of several records of one part it is the first by the right unit, else the first.
    """
    found: dict[int, Record] = {}
    unbidden: list[Record] = []
    for one in trace.records:
        place = prescribed.place(one[0].ref, one[0].operation)
        if place is None:
            unbidden.append(one)
            continue
        earlier = found.get(place.index)
        if earlier is None:
            found[place.index] = one
        elif earlier[0].unit != place.part.by and one[0].unit == place.part.by:
            found[place.index] = one
            unbidden.append(earlier)
        else:
            unbidden.append(one)
    return found, unbidden


def judge_steps(prescribed: Prescribed, trace: Trace, calendar: Calendar) -> tuple[StepFinding, ...]:
    """A finding for every part on the path, in its order, and one for every record that the path has no use for."""
    found, unbidden = matched(prescribed, trace)
    ordered = in_order(found)
    findings = [
        _found(prescribed, place, found, ordered, calendar) if place.index in found else _missing(place)
        for place in prescribed.places
    ]
    return (*findings, *(_unbidden(prescribed.flow, one) for one in unbidden))


def in_order(found: dict[int, Record]) -> frozenset[int]:
    """The parts that were done in the order prescribed: the longest run that rises both on the path and in time."""
    by_time = sorted(found, key=lambda index: (found[index][0].ended_at, index))
    tails: list[int] = []
    holders: list[int] = []
    before: dict[int, int | None] = {}
    for index in by_time:
        at = bisect_right(tails, index)
        before[index] = holders[at - 1] if at else None
        tails[at : at + 1] = [index]
        holders[at : at + 1] = [index]
    retained, last = set(), holders[-1] if holders else None
    while last is not None:
        retained.add(last)
        last = before[last]
    return frozenset(retained)


def conformant(findings: Sequence[StepFinding]) -> tuple[int, int]:
    """How many of the prescribed steps were done as prescribed, and how many there are. A step is all its parts."""
    steps: dict[str, bool] = {}
    for finding in findings:
        if finding.index >= 0 and finding.state != "not-due":
            steps[finding.ref] = steps.get(finding.ref, True) and finding.conforms
    return sum(steps.values()), len(steps)


def expectation(place: Place) -> Texts:
    """Who should do what, by when."""
    asked = joined([unit(place.part.by), operation(place.part.does)], ": ")
    if place.outcomes and place.outcomes != {"ok"}:
        names = joined([outcome(name) for name in sorted(place.outcomes)], " / ")
        asked = joined([asked, names], " → ")
    return asked


def _missing(place: Place) -> StepFinding:
    actual = (
        sentence("журналда жоқ", "в журнале нет", "not in the journal")
        if place.needed
        else sentence("бұл жағдайда қажет емес", "в этом случае не требуется", "not needed in this case")
    )
    return StepFinding(
        ref=place.step.ref,
        operation=place.part.does,
        index=place.index,
        paragraph=place.step.paragraph,
        title=place.step.title,
        by=place.part.by,
        state="missed" if place.needed else "not-due",
        faults=("missed",) if place.needed else (),
        expected=expectation(place),
        actual=actual,
        limit=place.limit,
        readings=place.step.readings,
    )


def _found(
    prescribed: Prescribed, place: Place, found: dict[int, Record], ordered: frozenset[int], calendar: Calendar
) -> StepFinding:
    record, message = found[place.index]
    faults: list[tuple[StepState, Texts]] = []
    if record.unit != place.part.by:
        text = sentence("орындаған: {who}", "выполнил: {who}", "done by {who}", who=unit(record.unit))
        faults.append(("wrong-unit", text))
    if place.outcomes and record.outcome not in place.outcomes:
        text = sentence("нәтижесі: {o}", "исход: {o}", "came out as {o}", o=outcome(record.outcome))
        faults.append(("wrong-outcome", text))
    if place.index not in ordered:
        faults.append(("out-of-order", _disorder(prescribed, place, found)))
    limit = place.limit
    since = beginning(place, found)
    due = deadline(prescribed, place, found, calendar)
    if place.part.does == EXTENDED and (gone := _over(prescribed, place, found, calendar)):
        words = ("мерзім {t} өтіп кеткен, ұзартылмайды", "срок истёк {t} и не продлевается")
        faults.append(("late", sentence(*words, "the term ran out on {t} and is not made longer", t=clock(gone.at))))
    if due and limit and record.ended_at > due.at:
        faults.append(("late", between(calendar, limit.unit, due.at, record.ended_at).was_late()))
    if limit and (least := calendar.early(limit, since.started_at)) and record.ended_at < least:
        faults.append(("early", _early(limit)))
    faults.sort(key=lambda fault: GRAVITY.index(fault[0]))
    done = joined([plain(clock(record.ended_at)), unit(record.unit)], ", ")
    return StepFinding(
        ref=place.step.ref,
        operation=place.part.does,
        index=place.index,
        paragraph=place.step.paragraph,
        title=place.step.title,
        by=place.part.by,
        state=faults[0][0] if faults else "done",
        faults=tuple(name for name, _ in faults),
        expected=expectation(place),
        actual=joined([text for _, text in faults]) if faults else done,
        unit=record.unit,
        outcome=record.outcome,
        started_at=record.started_at,
        ended_at=record.ended_at,
        limit=limit,
        due=due.at.astimezone(UTC) if due else None,
        explanation=due.explanation if due else None,
        message_id=message.message_id,
        readings=place.step.readings,
    )


def _term(place: Place, found: dict[int, Record], calendar: Calendar) -> Due | None:
    """When the limit of a step runs out as it is printed; None if it never does."""
    limit = place.limit
    return calendar.due(limit, beginning(place, found).started_at) if limit and limit.max is not None else None


def deadline(prescribed: Prescribed, place: Place, found: dict[int, Record], calendar: Calendar) -> Due | None:
    """When the limit of a step runs out: later by the act's extension, if it was made longer before it ran out.

    None if it never does. The part at `place` has a record in `found`.
    """
    due, more = _term(place, found, calendar), prescribed.flow.extension
    asked = [found[n][0] for n in range(place.first, place.index) if n in found]
    if due and more and any(record.operation == EXTENDED and record.ended_at <= due.at for record in asked):
        return calendar.due(more, due.at)
    return due


def _over(prescribed: Prescribed, place: Place, found: dict[int, Record], calendar: Calendar) -> Due | None:
    """When the term of a step had run out before it was made longer at this place; None if it was in time."""
    last = next(other for other in prescribed.places if other.first == place.first and other.last)
    due = _term(last, found, calendar)
    return due if due and found[place.index][0].ended_at > due.at else None


def beginning(place: Place, found: dict[int, Record]) -> StepRecord:
    """The record from whose beginning a step's limit is counted: its first part's, but for waiting in the queue."""
    indices = range(place.first, place.index + 1) if place.last else (place.index,)
    records = [found[index][0] for index in indices if index in found]
    return next((record for record in records if record.operation != "take-ticket"), records[-1])


def _disorder(prescribed: Prescribed, place: Place, found: dict[int, Record]) -> Texts:
    """Which part it came too late or too soon for."""
    at = found[place.index][0].ended_at
    others = [p for p in prescribed.places if p.index in found]
    later = [p for p in others if p.index > place.index and found[p.index][0].ended_at < at]
    if later:
        other = later[0]
        words = ("{o} кейін орындалған", "выполнен после {o}", "done after {o}")
    else:
        other = max(
            (p for p in others if p.index < place.index),
            key=lambda p: found[p.index][0].ended_at,
        )
        words = ("{o} бұрын орындалған", "выполнен раньше {o}", "done before {o}")
    return sentence(*words, o=f"{other.step.ref}/{other.part.does}")


def _early(limit: Limit) -> Texts:
    return sentence("«{t}» мерзімінен ерте", "раньше, чем «{t}»", "sooner than “{t}”", t=limit.text)


def _unbidden(flow: Flow, found: Record) -> StepFinding:
    record, message = found
    step = flow.steps.get(record.ref)
    title = step.title if step else operation(record.operation)
    twice = sentence("бұл жолда көзделмеген", "на этом пути не предусмотрен", "not on the path of this case")
    done = joined([operation(record.operation), outcome(record.outcome)], " → ")
    actual = joined([plain(clock(record.ended_at)), unit(record.unit), done], ", ")
    return StepFinding(
        ref=record.ref,
        operation=record.operation,
        index=-1,
        paragraph=step.paragraph if step else "",
        title=title,
        by=record.unit,
        state="unexpected",
        faults=("unexpected",),
        expected=twice,
        actual=actual,
        unit=record.unit,
        outcome=record.outcome,
        started_at=record.started_at,
        ended_at=record.ended_at,
        message_id=message.message_id,
    )
