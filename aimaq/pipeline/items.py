"""One command or message on its way through a batch, and the rules by which a service deals with messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from opentelemetry.trace import Span

from aimaq.bus import Delivery
from aimaq.bus.control import Action, Outcome
from aimaq.casework.case import Case
from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.errors import AimaqError, Unavailable
from aimaq.language.texts import Texts
from aimaq.pipeline.telemetry.tracing import ended
from aimaq.store.database import Row
from aimaq.store.write_set import WriteSet


class BatchExtension:
    """What a service does of its own in every batch, and what it knows from one batch to the next.

    A service has one, or `BatchExtensions`. Its writer alone calls it, in this order. Here each step does nothing.
    """

    def load(self, conn: sa.Connection, messages: Sequence[Received]) -> None:
        """Read, for all messages of a batch at once, what their handlers need beside the cases."""

    def complete(self, conn: sa.Connection, write_set: WriteSet) -> None:
        """Complete what the batch is about to write."""

    def committed(self) -> None:
        """The batch completed last is committed."""

    def forget(self) -> None:
        """It is not certain what is committed: nothing that was known of the database holds any more."""


class BatchExtensions(BatchExtension):
    """Several extensions of one service, each called in their order."""

    def __init__(self, *parts: BatchExtension) -> None:
        self._parts = parts

    def load(self, conn: sa.Connection, messages: Sequence[Received]) -> None:
        """See `BatchExtension.load`."""
        for part in self._parts:
            part.load(conn, messages)

    def complete(self, conn: sa.Connection, write_set: WriteSet) -> None:
        """See `BatchExtension.complete`."""
        for part in self._parts:
            part.complete(conn, write_set)

    def committed(self) -> None:
        """See `BatchExtension.committed`."""
        for part in self._parts:
            part.committed()

    def forget(self) -> None:
        """See `BatchExtension.forget`."""
        for part in self._parts:
            part.forget()


class Examination(Protocol):
    """How a service looks at what messages rest on, before they are handled."""

    async def examine(self, messages: Sequence[Received], *, patient: bool = False) -> None:
        """Give each of these its verdict; soon, unless `patient`, since others wait behind them."""
        ...

    def recall(self, received: Received) -> None:
        """Give a message that has waited the verdict from when it came, if it is remembered."""
        ...


class NoExamination:
    """Nothing is looked at."""

    async def examine(self, messages: Sequence[Received], *, patient: bool = False) -> None:
        """See `Examination.examine`."""

    def recall(self, received: Received) -> None:
        """See `Examination.recall`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a service reacts: to a message, to one that it must refuse, and in what order it takes them.

    `ordering_key` gives a message's key and its number under it, from 1; the number 0 asks for no order.
    """

    react: Callable[[UnitOfWork, Received], None]
    reject: Callable[[UnitOfWork, Received, AimaqError], None]
    ordering_key: Callable[[Received], tuple[str, int]]
    extension: BatchExtension = field(default_factory=BatchExtension)

    types: frozenset[str] | None = None
    """The message types to which there is a reaction; None for every type."""

    examination: Examination = field(default_factory=NoExamination)
    """Who looks at the evidence in messages."""

    def begins(self, received: Received) -> bool:
        """Whether a message is the first under its ordering key."""
        return received.trusted and self.ordering_key(received)[1] == 1


@dataclass(frozen=True, slots=True)
class Order:
    """What an operator, `principal`, has done about messages that wait, and why; by which command of which job."""

    action: Action
    principal: str
    job: str
    command_id: str
    reason: str = ""

    def row(self, message_id: str, outcome: Outcome, detail: str, now: datetime) -> Row:
        """The row of the action on one message."""
        return {
            "job": self.job,
            "message_id": message_id,
            "command_id": self.command_id,
            "action": self.action,
            "principal": self.principal,
            "reason": self.reason,
            "at": now,
            "outcome": outcome,
            "detail": detail,
        }

    def gave_up(self, now: datetime) -> Row:
        """Who has given a message up, when and why: what its row has beside what it had when it waited."""
        return {"dropped_at": now, "dropped_by": self.principal, "why": self.reason}


@dataclass(slots=True)
class QueuedCommand:
    """One command or message on its way through a batch."""

    act: Callable[[UnitOfWork], Any]
    case_id: str | None = None
    fresh: bool = False
    """Whether the case cannot be there yet, so that nothing is loaded for it."""
    received: Received | None = None
    stored: str | None = None
    """For a message that has a row in the inbox already: the id of that row."""
    attempts: int = 0
    """For such a message: how often it has been tried."""
    order: Order | None = None
    """For such a message: the operator's order by which it comes. One to drop or to return it is not handled."""
    waited_for: str | None = None
    """For such a message: why it has waited."""
    done: asyncio.Future[Any] | None = None
    delivery: Delivery | None = None
    queued_at: float = 0.0
    """When it came, by the loop's clock."""
    result: Any = None
    case: Case | None = None
    """For a command: the case as it left it; None if there is none."""
    error: Exception | None = None
    span: Span | None = None
    """For one that belongs to a trace: the span from when it came until it is committed."""

    @property
    def outcome(self) -> str:
        """How it came out, in a word: done; refused, by one of Aimaq's errors; failed, by any other."""
        if self.error is None:
            return "done"
        return "refused" if isinstance(self.error, AimaqError) else "failed"

    def answer(self) -> None:
        """Tell whoever waits what came of it."""
        if self.span is not None:
            ended(self.span, self.error)
            self.span = None
        if self.error is not None:
            self.fail(self.error)
        elif self.done is not None and not self.done.done():
            self.done.set_result(self.result)

    def fail(self, error: Exception) -> None:
        """Tell whoever waits that it failed; nothing happens if they know already, or wait no more."""
        if self.done is not None and not self.done.done():
            self.done.set_exception(error)


def nothing(uow: UnitOfWork) -> None:
    """The act of a queued command that is a message or the end of a delivery."""


STOPPED = Texts(
    kk="қызмет тоқтатылды: сәл кейінірек қайталаңыз",
    ru="служба остановлена: повторите позже",
    en="the service has stopped handling commands and messages",
)


def stopped() -> Unavailable:
    """What whoever waits for a command is told, which nobody will handle any more."""
    return Unavailable(STOPPED)
