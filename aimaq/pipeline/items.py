"""One command or message on its way through a batch, and the rules by which a service deals with messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa
from opentelemetry.trace import Span

from aimaq.bus import Delivery
from aimaq.casework.case import Case
from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.errors import AimaqError, Unavailable
from aimaq.language.texts import Texts
from aimaq.pipeline.telemetry.tracing import ended
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
    drop: bool = False
    """For such a message: whether it is to be counted as done without being handled."""
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
