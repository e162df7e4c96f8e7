"""What is shown of one case: whose move it is, each step against its limit, the terms, the messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aimaq.web.schemas import View
from conformance.progress.model import Pressure, Stage, TermStage


@dataclass(frozen=True, slots=True)
class LimitInWords(View):
    """How long something may take: the unit, the figures, and the act's own words in Kazakh."""

    unit: str
    min: float | None
    max: float | None
    text: str


@dataclass(frozen=True, slots=True)
class StepState(View):
    """One part of a step: what is prescribed, how far it is, and what is wrong with it (`faults`, the gravest first).

    `stage` `unreported` is a part that was passed over in the reports, and may be reported yet. `pressure` is how the
    limit of the part stands that is under way: `silent` where it is over and the part need not have been reported yet.
    Lengths of time are told in office hours where the limit is in working days.
    """

    ref: str
    operation: str
    paragraph: str
    title: dict[str, str]
    unit: str
    unit_text: dict[str, str]
    stage: Stage
    pressure: Pressure | None
    faults: list[str]
    outcome: str | None
    started_at: datetime | None
    ended_at: datetime | None
    limit: LimitInWords | None
    due_at: datetime | None
    explanation: dict[str, str] | None
    overdue: dict[str, str] | None
    left: dict[str, str] | None
    message_id: str | None
    row: int | None
    """The table row that sets the limit of the part under way, where its step has none."""


@dataclass(frozen=True, slots=True)
class TermState(View):
    """One term of the service: from when, until when, which working day of it this is, how much is left or over."""

    what: str
    title: dict[str, str]
    paragraph: str
    limit: LimitInWords
    stage: TermStage
    start: datetime | None
    end: datetime | None
    due_at: datetime | None
    explanation: dict[str, str] | None
    day: int | None
    overdue: dict[str, str] | None
    left: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class SignatureVerdict(View):
    """Whether a message was signed by its sender's system with a certificate that counted when it was journalled.

    `fault` says what is wrong. The rest is about the certificate that the signature names, if it is known: `status` is
    how it stands now, `since` when it was withdrawn.
    """

    good: bool
    fault: str | None
    party: str | None
    serial: str | None
    not_before: datetime | None
    not_after: datetime | None
    status: Literal["good", "suspended", "revoked"] | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ReportedStep(View):
    """A part of a step that a message reports, with its paragraph, which is null for a step of no regulation."""

    ref: str
    operation: str
    unit: str
    outcome: str
    paragraph: str | None
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class CaseMessage(View):
    """A message of the case. `number` counts those of the case from 1, `size` its bytes.

    What cannot be read of a rejected one is null.
    """

    number: int
    message_id: str
    type: str | None
    type_text: dict[str, str] | None
    sender: str | None
    recipient: str | None
    sequence: int | None
    status: str | None
    caused_by: str | None
    occurred_at: datetime | None
    journalled_at: datetime
    verdict: Literal["accepted", "rejected"]
    reason: str | None
    publisher: str | None
    size: int
    steps: list[ReportedStep]
    signature: SignatureVerdict


@dataclass(frozen=True, slots=True)
class Question(View):
    """A question to a register that waits for its answer, since when."""

    message_id: str
    asked_by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class NextMove(View):
    """Whose move it is: the part that is under way, by whom, since when and until when.

    `report_due_at` is when its system must have reported it at the latest; null where a step until then has no limit.
    """

    party: str
    unit: str
    unit_text: dict[str, str]
    ref: str
    operation: str
    paragraph: str
    title: dict[str, str]
    since: datetime | None
    due_at: datetime | None
    report_due_at: datetime | None
    pressure: Pressure | None


@dataclass(frozen=True, slots=True)
class CaseSheet(View):
    """One case as of `now`. `iin` and `name` are masked; `at` is where it stands, `end` null while it is open.

    `messages` are those after the number that was asked for, of `count` in all; `refused` were not let through.
    """

    case_id: str
    now: datetime
    regulation: str
    title: dict[str, str]
    channel: str
    paragraph: str
    number: str | None
    iin: str | None
    name: str | None
    status: str | None
    status_text: dict[str, str] | None
    at: str
    end: str | None
    end_text: dict[str, str] | None
    opened_at: datetime
    next: NextMove | None
    unanswered: list[Question]
    steps: list[StepState]
    terms: list[TermState]
    count: int
    refused: int
    messages: list[CaseMessage]
