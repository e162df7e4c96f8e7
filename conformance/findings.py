"""What a verdict is made of, in frozen types: a finding a step, a table row, a message, and what the case came to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from aimaq.regulation import Limit, Texts

StepState = Literal[
    "missed", "wrong-unit", "wrong-outcome", "out-of-order", "late", "unexpected", "early", "done", "not-due"
]
"""What became of a step, the gravest first. `early` (sooner than a range's least time) is told and breaks nothing."""

RowState = Literal["missed", "out-of-order", "late", "early", "satisfied", "not-due"]
"""What became of a row of a table; `not-due` where nothing on the case's path calls for it."""

MessageState = Literal["missed", "unexpected", "rejected", "done"]
"""What became of a message: prescribed and sent, prescribed and not sent, sent unbidden, or refused by the gateway."""

TermState = Literal["late", "kept", "not-due"]
"""What became of a term of the whole service; `not-due` where the case did not get so far that it runs."""

STEP_HARMLESS = frozenset({"done", "early", "not-due"})
ROW_HARMLESS = frozenset({"satisfied", "early", "not-due"})
MESSAGE_HARMLESS = frozenset({"done", "rejected"})


class StepFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One part of one step: what the regulation prescribes and what the trace shows.

    `state` is the gravest of `faults`, or `done`, or `not-due` for a step that only some people take. `index` is the
    part's place on the path, -1 for what is not on it. `due` is None where the act sets no limit.
    """

    ref: str
    operation: str
    index: int
    paragraph: str
    title: Texts
    by: str
    state: StepState
    faults: tuple[StepState, ...] = ()
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

    @property
    def conforms(self) -> bool:
        """Whether nothing prescribed was broken here."""
        return self.state in STEP_HARMLESS


class Proof(msgspec.Struct, frozen=True):
    """One thing that a row asks the trace to show, and when it happened; `at` is None if the trace does not show it."""

    what: Texts
    at: datetime | None


class RowFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of actions: its limit, and the time it really took.

    `start` is when the rows that lead to it were over, `end` the time of its latest evidence.
    """

    no: int
    unit: str
    party: str
    action: Texts
    completion: Texts
    state: RowState
    expected: Texts
    actual: Texts
    evidence: tuple[Proof, ...] = ()
    limit: Limit | None = None
    start: datetime | None = None
    end: datetime | None = None
    due: datetime | None = None
    explanation: Texts | None = None
    readings: tuple[str, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether nothing prescribed was broken here."""
        return self.state in ROW_HARMLESS

    @property
    def seconds(self) -> float | None:
        """How long it took; None if it is not known. Nothing if it was over before the rows that lead to it."""
        return None if self.start is None or self.end is None else max(0.0, (self.end - self.start).total_seconds())


class TermFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One term of the whole service, or of waiting for it: from when to when, and when it ran out."""

    what: str
    title: Texts
    paragraph: str
    limit: Limit
    state: TermState
    actual: Texts
    start: datetime | None = None
    end: datetime | None = None
    due: datetime | None = None
    explanation: Texts | None = None

    @property
    def conforms(self) -> bool:
        """Whether the term was kept, or does not run."""
        return self.state != "late"


class MessageFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One message, prescribed or seen. `after` is the part that prescribes it, `caused_by` as its sender says."""

    type: str
    sender: str
    recipient: str
    state: MessageState
    actual: Texts
    status: str | None = None
    after: str | None = None
    message_id: str | None = None
    caused_by: str | None = None
    occurred_at: datetime | None = None
    journalled_at: datetime | None = None
    reason: str | None = None

    @property
    def conforms(self) -> bool:
        """Whether nothing prescribed was broken here. A message that the gateway refused breaks nothing by itself."""
        return self.state in MESSAGE_HARMLESS


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the case should come to in the end, and what it came to; None is nothing at all."""

    what: Texts
    expected: str | None
    actual: str | None

    @property
    def conforms(self) -> bool:
        """Whether it came out as expected."""
        return self.expected == self.actual


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict in figures. A step is done when all its parts are; `messages` are those the gateway accepted."""

    steps_done: int
    steps_prescribed: int
    rows_satisfied: int
    rows_due: int
    messages: int
    rejected: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one case was handled as its regulation prescribes, and everything that this rests on."""

    case_id: str
    regulation: str
    channel: str
    conforms: bool
    counts: Counts
    steps: tuple[StepFinding, ...]
    rows: tuple[RowFinding, ...]
    messages: tuple[MessageFinding, ...] = msgspec.field(name="letters")
    ending: tuple[Match, ...]
    terms: tuple[TermFinding, ...] = ()
