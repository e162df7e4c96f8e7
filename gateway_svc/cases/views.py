"""A case as an operator finds it: whose it is (masked), where it stands, whose move it is, and how late that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aimaq.casework.case import Case
from aimaq.language.errors import UnknownRegulation
from aimaq.language.messages import STATUS_TEXTS
from aimaq.language.visible import masked_name, masked_number
from aimaq.regulation import Limit
from aimaq.regulation.deadlines import Deadlines, Standing
from aimaq.regulation.working_time import between, worked
from aimaq.web.schemas import View
from gateway_svc.cases.standing import Limits

Lateness = Literal["late", "near", "running"]
"""Whether a limit has run out, is about to (less than a quarter of it is left, or thirty minutes), or has time."""


@dataclass(frozen=True, slots=True)
class LimitOfStep(View):
    """A limit as the act has it: its unit, the least and the most of it, and its own words in Kazakh."""

    unit: str
    min: float | None
    max: float | None
    text: str


@dataclass(frozen=True, slots=True)
class RunningLimit(View):
    """The limit of what is due. `summary` says how late it is or how much is left, `share` how much of it is gone: 1 at
    its end, more past it.

    `row` is the number of the table row that sets the limit, null where it is the step's own. It is told in working
    time where the limit is in working days. `explanation` says why it runs out when it does.
    """

    state: Lateness
    since: datetime
    due_at: datetime
    near_at: datetime
    limit: LimitOfStep | None
    row: int | None
    share: float
    summary: dict[str, str]
    explanation: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class StepDue(View):
    """What is due: the step with its paragraph, and the part of it."""

    ref: str
    operation: str
    paragraph: str
    title: dict[str, str]


@dataclass(frozen=True, slots=True)
class FoundCase(View):
    """A case in short. IIN, BIN and name are masked; `limit` is null where none runs, `step` where nothing is due.

    `next_party` is whose move it is: a party, or a body of one; `next_unit` the performer. `since` is when that became
    due; `term_due_at` when the service as a whole is.
    """

    case_id: str
    regulation: str
    title: dict[str, str] | None
    channel: str
    at: str
    end: str | None
    status: str | None
    status_text: dict[str, str] | None
    number: str | None
    iin: str | None
    bin: str | None
    name: str | None
    opened_at: datetime
    changed_at: datetime
    next_party: str | None
    next_unit: str | None
    since: datetime | None
    step: StepDue | None
    limit: RunningLimit | None
    term_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CasePage(View):
    """A page of cases. `next` is the cursor of the next one; `count` is exact, or else the least that it can be."""

    items: list[FoundCase]
    next: str | None
    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Forecast(View):
    """What is to be expected of a limit, or once that has run out, of the term of the service.

    `latest` is when the rest has to be begun: the due time less `waiting` seconds of the link, less `median` seconds of
    the `steps` parts that remain, which is null where none was seen yet. `in_time` is null where there is no term.
    """

    of: Literal["step", "term"]
    in_time: bool | None
    latest: datetime | None
    waiting: float
    median: float | None
    steps: int
    summary: dict[str, str]
    basis: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class PerformerLoad(View):
    """How many limits run for a performer, `unit` at `party`: run out, about to, and with time."""

    party: str
    unit: str
    late: int
    near: int
    running: int


@dataclass(frozen=True, slots=True)
class DueCase(View):
    """A case whose limit runs, and what is to be expected of it."""

    case: FoundCase
    forecast: Forecast | None


@dataclass(frozen=True, slots=True)
class DeadlinePage(View):
    """The limits that run as of `now`: how many in all and for each performer, and a page of them, due first.

    `next` is the cursor of the next page; `count` how many of this kind there are, exactly or at least.
    """

    now: datetime
    late: int
    near: int
    running: int
    performers: list[PerformerLoad]
    items: list[DueCase]
    next: str | None
    count: int
    exact: bool


def found_case(case: Case, limits: Limits, now: datetime) -> FoundCase:
    """A case as it is found; without title, step and limit where the stand does not have its regulation any more."""
    standing = case.standing
    try:
        deadlines = limits.of(case.regulation, case.channel)
    except UnknownRegulation:
        deadlines = None
    step = due_step(deadlines, case.at) if deadlines else None
    return FoundCase(
        case_id=case.case_id,
        regulation=case.regulation,
        title=deadlines.regulation.title.as_dict() if deadlines else None,
        channel=case.channel,
        at=case.at,
        end=case.end,
        status=case.status or None,
        status_text=STATUS_TEXTS.get(case.status),
        number=case.number or None,
        iin=masked_number(case.iin) if case.iin else None,
        bin=masked_number(str(case.form["bin"])) if case.form.get("bin") else None,
        name=masked_name(case.name) if case.name else None,
        opened_at=case.opened_at,
        changed_at=case.changed_at,
        next_party=(standing.party or None) if standing else None,
        next_unit=(standing.unit or None) if standing else None,
        since=standing.since if standing and step else None,
        step=step,
        limit=running(deadlines, case.at, standing, now) if deadlines and standing else None,
        term_due_at=standing.term_due_at if standing else None,
    )


def due_step(deadlines: Deadlines, at: str) -> StepDue | None:
    """What is due at a place; None at an end, and for a case that has not begun."""
    if (found := deadlines.flow.places.get(at)) is None:
        return None
    step, part = found
    return StepDue(step.ref, part.does, step.paragraph, step.title.as_dict())


def running(deadlines: Deadlines, at: str, standing: Standing, now: datetime) -> RunningLimit | None:
    """The limit that runs for a case which stands at a place; None where none does."""
    explained = deadlines.explain(at, standing)
    if explained is None or standing.due_at is None or standing.near_at is None:
        return None
    due, limit = standing.due_at, explained.limit
    late = due < now
    lasts = between(deadlines.calendar, limit.unit if limit else "minute", *((due, now) if late else (now, due)))
    return RunningLimit(
        state="late" if late else "near" if standing.near_at <= now else "running",
        since=standing.since,
        due_at=due,
        near_at=standing.near_at,
        limit=_limit(limit) if limit else None,
        row=explained.row,
        share=_share(deadlines, standing.since, due, now, working=limit is not None and limit.unit == "working-day"),
        summary=(lasts.late() if late else lasts.left()).as_dict(),
        explanation=explained.words.as_dict() if explained.words else None,
    )


def _share(deadlines: Deadlines, since: datetime, due: datetime, now: datetime, *, working: bool) -> float:
    """How much of a limit is gone, in the time that it is in."""
    whole, gone = due - since, now - since
    if working:
        whole, gone = worked(deadlines.calendar, since, due), worked(deadlines.calendar, since, now)
    return round(max(0.0, gone / whole), 3) if whole else float(now > since)


def _limit(limit: Limit) -> LimitOfStep:
    return LimitOfStep(limit.unit, limit.min, limit.max, limit.text)
