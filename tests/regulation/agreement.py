"""What the gateway holds for the due time of each step, message by message, beside what the verdict says afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aimaq.regulation import Flow, Regulation, workflow
from aimaq.regulation.deadlines import Deadlines
from conformance.findings import Verdict
from conformance.trace import Trace


@dataclass(frozen=True)
class Pair:
    """A place at which a case stood, its due time as it was worked out then, and as the verdict has it."""

    at: str
    key: str
    running: datetime | None
    judged: datetime | None

    @property
    def apart(self) -> timedelta:
        """How far the two are from each other."""
        assert self.running is not None
        assert self.judged is not None
        return abs(self.running - self.judged)


def pairs(regulation: Regulation, flow: Flow, trace: Trace, verdict: Verdict) -> Iterator[Pair]:
    """Each place at which a case stood between two messages, if a limit binds there that the verdict judges."""
    assert trace.opened_at is not None
    deadlines = Deadlines(regulation, flow)
    at = workflow.begin(flow)
    standing = deadlines.begun(at, trace.opened_at)
    for message in trace.messages:
        there = workflow.follow(flow, at, message.steps)
        standing = deadlines.followed(standing, at, message.steps, there, message.journalled_at)
        at = there
        binding = deadlines.binding(at)
        if binding is None:
            continue
        judged = _row(verdict, binding.row) if binding.row is not None else _step(verdict, flow, at)
        if judged is not None:
            yield Pair(at, binding.key, standing.due_at, judged)


def _row(verdict: Verdict, no: int) -> datetime | None:
    return next((row.due for row in verdict.rows if row.no == no), None)


def _step(verdict: Verdict, flow: Flow, at: str) -> datetime | None:
    ref = flow.places[at][0].ref
    return next((step.due for step in verdict.steps if step.ref == ref and step.due is not None), None)
