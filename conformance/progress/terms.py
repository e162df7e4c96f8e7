"""The terms of the service while the case goes on: from when, until when, how much is left. Ended, they are judged."""

from __future__ import annotations

from datetime import datetime, timedelta

from aimaq.regulation import Regulation
from aimaq.regulation.calendar import ALMATY, RECEIPT, Calendar
from aimaq.regulation.working_time import between, working_days
from conformance.findings import TermFinding
from conformance.prescribed import Prescribed
from conformance.progress.model import TermProgress, TermStage, measured, pressure
from conformance.terms import judge_terms
from conformance.trace import Trace

_STAGES: dict[str, TermStage] = {"late": "late", "near": "near", "ample": "running"}


def running_terms(
    prescribed: Prescribed, trace: Trace, regulation: Regulation, now: datetime, calendar: Calendar, *, ended: bool
) -> tuple[TermProgress, ...]:
    """Each term that the verdict will judge, as it stands now; waiting in the queue is over with the step after it."""
    return tuple(
        _term(finding, regulation, now, calendar, over=ended or finding.what == "waiting")
        for finding in judge_terms(prescribed, trace, regulation, calendar)
    )


def _term(
    finding: TermFinding, regulation: Regulation, now: datetime, calendar: Calendar, *, over: bool
) -> TermProgress:
    start, due, limit = finding.start, finding.due, finding.limit
    end = finding.end if over else None
    stage: TermStage = finding.state if over else "not-due"
    overdue = left = day = allowed = spent = None
    if start is not None and due is not None:
        until = end or now
        allowed, spent = measured(start, due, limit, calendar), measured(start, until, limit, calendar)
        if not over:
            stage = _STAGES[pressure(start, due, now, limit, calendar)]
            left = between(calendar, limit.unit, now, due)
        if until > due:
            overdue, left = between(calendar, limit.unit, due, until), None
        if limit.unit == "working-day":
            day = _day(start, min(until, due), calendar, leaves_out=_leaves_out(finding, regulation))
    return TermProgress(
        what=finding.what,
        title=finding.title,
        paragraph=finding.paragraph,
        limit=limit,
        stage=stage,
        start=start,
        end=end,
        due=due,
        explanation=finding.explanation,
        day=day,
        overdue=overdue,
        left=left,
        allowed=allowed,
        spent=spent,
    )


def _leaves_out(finding: TermFinding, regulation: Regulation) -> bool:
    """Whether the day of receipt is not counted."""
    same = (one for one in regulation.terms if (one.paragraph, one.limit) == (finding.paragraph, finding.limit))
    return any(RECEIPT in term.not_counting for term in same)


def _day(start: datetime, until: datetime, calendar: Calendar, *, leaves_out: bool) -> int:
    """Which working day of a term `until` lies on; 0 before the first."""
    first, last = start.astimezone(ALMATY), until.astimezone(ALMATY).date()
    begins = first.date()
    if leaves_out or first.time() >= calendar.hours.closes:
        begins += timedelta(1)
    return working_days(calendar, begins, last)
