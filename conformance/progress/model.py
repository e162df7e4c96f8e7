"""What is told of how far a case has come, in frozen types: its steps, its terms, and what is waited for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from aimaq.regulation import Limit, Texts, party_of
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.working_time import Length, worked
from conformance.findings import STEP_HARMLESS, StepState
from conformance.trace import Message

Stage = Literal["done", "under-way", "ahead", "unreported", "missed", "left-out", "unexpected"]
"""How far a part is. `unreported`: later ones were reported, it may still be. `left-out`: nobody need do it."""

Pressure = Literal["late", "silent", "near", "ample"]
"""How a limit that runs stands: run out, less than a quarter of it left, or more.

`silent`: it has run out, and whether the part was done is not known, since its system need not have reported it yet.
"""

TermStage = Literal["late", "near", "running", "kept", "not-due"]
"""How a term of the service stands: broken, running with less than a quarter left, or with more, kept, or not begun."""

NEAR = 4
"""A limit is near when this many times what is left is less than the whole,"""
SOON = timedelta(minutes=30)
"""or when no more than this is left."""


class StepProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One part of one step: how far it is, what the regulation prescribes for it, what the trace shows of it.

    `faults` are those of the verdict, the gravest first; a part that is under way past its limit has `late`.
    `started_at` of a part under way is when it could first be done.
    """

    stage: Stage
    faults: tuple[StepState, ...]
    ref: str
    operation: str
    index: int
    paragraph: str
    title: Texts
    by: str
    expected: Texts
    actual: Texts
    unit: str | None = None
    outcome: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    limit: Limit | None = None
    due: datetime | None = None
    explanation: Texts | None = None
    message_id: str | None = None
    readings: tuple[str, ...] = ()
    row: int | None = None
    """The number of the table row that sets the limit of a part under way, where its step has none."""
    pressure: Pressure | None = None
    overdue: Length | None = None
    """By how much it was, or is, late; since when the limit is over of one that is `silent`; None if it is in time."""
    left: Length | None = None
    """How much of the limit is left of a part under way."""
    report_due: datetime | None = None
    """When the message is due that reports a part under way, if each part until then takes its whole limit."""
    counted_from: datetime | None = None
    """From when the limit is counted: the beginning of the step."""
    allowed: timedelta | None = None
    """The whole limit, from its beginning to its end, in what it is counted in."""
    spent: timedelta | None = None
    """How much of that was, or is, gone; more than all of it if it is late."""

    @property
    def conforms(self) -> bool:
        """Whether nothing prescribed was broken here so far."""
        return all(fault in STEP_HARMLESS for fault in self.faults)

    @property
    def key(self) -> str:
        """The part as flow files and diagrams name it: `process-6/accept`."""
        return f"{self.ref}/{self.operation}"

    @property
    def performer(self) -> str:
        """Who did it, or else who is to."""
        return self.unit or self.by

    @property
    def party(self) -> str:
        """The system at which it is done."""
        return party_of(self.performer)


class TermProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One term of the whole service, or of waiting for it; `day` counts the working days that it has run, from 1."""

    what: str
    title: Texts
    paragraph: str
    limit: Limit
    stage: TermStage
    start: datetime | None = None
    end: datetime | None = None
    due: datetime | None = None
    explanation: Texts | None = None
    day: int | None = None
    overdue: Length | None = None
    left: Length | None = None
    allowed: timedelta | None = None
    """The whole term, in what it is counted in, and how much of it is gone."""
    spent: timedelta | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A case as of `now`: the parts in the order of the path and what is on no path, the terms, what is waited for.

    `end` is None while the case is open; `expected_end` is where it is on its way to.
    """

    case_id: str
    now: datetime
    end: str | None
    expected_end: str
    steps: tuple[StepProgress, ...]
    terms: tuple[TermProgress, ...] = ()
    unanswered: tuple[Message, ...] = ()

    @property
    def current(self) -> StepProgress | None:
        """The part whose move it is; None once the case has ended."""
        return next((step for step in self.steps if step.stage == "under-way"), None)

    @property
    def late(self) -> tuple[StepProgress, ...]:
        """The parts that were or are late."""
        return tuple(step for step in self.steps if "late" in step.faults)

    def count(self, *stages: Stage) -> int:
        """How many parts are at these stages."""
        return sum(step.stage in stages for step in self.steps)


def pressure(start: datetime, due: datetime, now: datetime, limit: Limit, calendar: Calendar) -> Pressure:
    """How a limit from `start` to `due` stands as of `now`, for what is known as soon as it is done."""
    if now > due:
        return "late"
    left, whole = measured(now, due, limit, calendar), measured(start, due, limit, calendar)
    return "near" if left * NEAR < whole or due - now <= SOON else "ample"


def measured(start: datetime, end: datetime, limit: Limit, calendar: Calendar) -> timedelta:
    """How long it is from `start` to `end` in what a limit is counted in; nothing if `end` is not after `start`."""
    return worked(calendar, start, end) if limit.unit == "working-day" else max(timedelta(), end - start)
