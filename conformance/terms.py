"""The terms of the whole service against the trace: from registration or lodging to the result, waiting in the queue.

A term without a limit in figures, or one of serving at a counter, is shown by `aimaq law show` and judged by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

from aimaq.language.messages import StepRecord
from aimaq.regulation import Limit, Regulation, Texts
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.deadlines import service_terms
from aimaq.regulation.wording import NOTHING
from aimaq.regulation.working_time import between
from conformance.findings import TermFinding, TermState
from conformance.prescribed import Prescribed
from conformance.steps import matched
from conformance.trace import Trace
from conformance.wording import took

_TITLES = {
    "flow": Texts(kk="Барлық рәсімдер", ru="Все процедуры", en="All the procedures"),
    "service": Texts(kk="Қызмет көрсету мерзімі", ru="Срок оказания услуги", en="Term of the service"),
    "waiting": Texts(kk="Кезекте күту", ru="Ожидание в очереди", en="Waiting in the queue"),
}


Span = tuple[datetime | None, datetime | None]
"""From when to when; None for what is not known."""


def judge_terms(
    prescribed: Prescribed, trace: Trace, regulation: Regulation | None, calendar: Calendar
) -> tuple[TermFinding, ...]:
    """A finding for the limit of the flow, if it has one, and for each term of the channel that can be judged."""
    found, _ = matched(prescribed, trace)
    records = [found[index][0] for index in sorted(found)]
    flow = prescribed.flow
    findings = []
    if flow.limit is not None and records:
        whole = (records[0].started_at, records[-1].ended_at)
        findings.append(_judged("flow", flow.paragraph, flow.limit, (), whole, calendar))
    for term in service_terms(regulation.terms if regulation else (), flow.channel):
        start = records[0].ended_at if term.since == "lodging" and records else _registered(records)
        span: Span = (start, records[-1].ended_at if records else None)
        findings.append(_judged("service", term.paragraph, term.limit, term.not_counting, span, calendar))
    for term in regulation.terms if regulation else ():
        if term.what == "waiting" and flow.channel in (term.channels or (flow.channel,)):
            findings += [_judged("waiting", term.paragraph, term.limit, (), wait, calendar) for wait in _waits(records)]
    return tuple(findings)


def _registered(records: list[StepRecord]) -> datetime | None:
    return next((record.ended_at for record in records if record.operation == "register"), None)


def _waits(records: list[StepRecord]) -> Iterable[tuple[datetime, datetime]]:
    """From each ticket to what was done next."""
    for record, following in pairwise(records):
        if record.operation == "take-ticket":
            yield record.ended_at, following.started_at


def _judged(
    what: str,
    paragraph: str,
    limit: Limit,
    not_counting: tuple[str, ...],
    span: Span,
    calendar: Calendar,
) -> TermFinding:
    start, end = span
    due = calendar.due(limit, start, not_counting) if start and limit.max is not None else None
    state: TermState = "not-due"
    actual = NOTHING
    if start and end and due:
        state = "late" if end > due.at else "kept"
        actual = took((end - start).total_seconds())
        if end > due.at:
            actual = between(calendar, limit.unit, due.at, end).was_late()
    return TermFinding(
        what=what,
        title=_TITLES[what],
        paragraph=paragraph,
        limit=limit,
        state=state,
        actual=actual,
        start=start,
        end=end,
        due=due.at.astimezone(UTC) if due else None,
        explanation=due.explanation if due else None,
    )
