"""How what waits on the stand is shown: structs that OpenAPI describes, and that the page is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from aimaq.bus.control import Action, Kind, Outcome
from aimaq.web.schemas import View
from gateway_svc.cases.views import FoundCase

State = Literal["telling", "silent", "outside"]
"""Whether a party tells how it is: it does, it has told nothing for too long, or it is somebody else's system."""
JobState = Literal["running", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Counts(View):
    """How many messages wait, by kind; `rejected` were not let through by the gateway, and nobody put them aside."""

    dead: int = 0
    parked: Annotated[int, Field(serialization_alias="held")] = 0
    retry: int = 0
    unsent: int = 0
    refused: int = 0
    rejected: int = 0

    @property
    def all(self) -> int:
        """All of them together."""
        return self.dead + self.parked + self.retry + self.unsent + self.refused + self.rejected


@dataclass(frozen=True, slots=True)
class PartyState(View):
    """How a party is, as it told last, `heard` seconds ago; null where it has told nothing since the gateway began.

    `read_at` is when what waits there was read: it may be older, where its database does not answer.
    """

    party: str
    state: State
    heard: float | None
    at: datetime | None
    read_at: datetime | None
    version: str | None
    ready: bool
    reasons: list[str]
    warnings: list[str]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Waiting(View):
    """One message that waits at a party: since when, why, how often it was tried, how often an operator put it back.

    `case` is its case as the gateway knows it: the step that is due, and its limit, which may have run out.
    """

    party: str
    message_id: str
    kind: Kind
    since: datetime
    type: str | None
    sender: str | None
    recipient: str | None
    case_id: str | None
    reason: str
    cause: str
    cause_id: str
    attempts: int
    due_at: datetime | None
    times: int
    case: FoundCase | None


@dataclass(frozen=True, slots=True)
class Cause(View):
    """The messages of one kind that wait at a party for one cause.

    `late` are the cases that stay late even if all is put back now, of the `known` whose limits the gateway knows.
    """

    party: str
    kind: Kind
    cause: str
    cause_id: str
    title: dict[str, str]
    slug: str | None
    count: int
    cases: int
    first: datetime
    last: datetime
    types: list[str]
    senders: list[str]
    known: int
    late: int
    actions: list[Action]


@dataclass(frozen=True, slots=True)
class Attention(View):
    """What waits on the stand: by party, by cause, and in one list, the oldest first.

    `next` is where the next page begins, null after the last. `incomplete` are the parties that have more than they
    told and did not answer when they were asked.
    """

    at: datetime
    counts: Counts
    parties: list[PartyState]
    causes: list[Cause]
    messages: list[Waiting]
    next: str | None
    incomplete: list[str]


@dataclass(frozen=True, slots=True)
class Done(View):
    """What came of an action on one message; if somebody had done it already, who (`by`) and when (`at`)."""

    party: str
    message_id: str
    outcome: Outcome
    detail: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Job(View):
    """An action on many messages: how far it is, and what came of them, by outcome.

    `failures` are the parties that could not be reached, each with why: what of theirs is not in `done` was left alone,
    or is told by the next try. `results` are those of this page, `next` is the `after` of the next.
    """

    job: str
    action: Action
    state: JobState
    principal: str
    reason: str
    begun_at: datetime
    ended_at: datetime | None
    total: int
    done: int
    outcomes: dict[str, int]
    failures: dict[str, str]
    results: list[Done]
    next: int | None
