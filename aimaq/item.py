"""One command or message on its way through a batch, and the rules by which a service deals with messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from aimaq.bus import Shipment
from aimaq.language.errors import AimaqError, Unavailable
from aimaq.store.write_set import Ledger
from aimaq.casework.unit_of_work import Received, Work


@dataclass(frozen=True, slots=True)
class Rules:
    """How a service reacts: to a message, to one that it must refuse, and in what order it takes them.

    `lane` gives a message's lane and its number there, from 1; the number 0 asks for no order.
    """

    react: Callable[[Work, Received], None]
    reject: Callable[[Work, Received, AimaqError], None]
    lane: Callable[[Received], tuple[str, int]]
    lookup: Callable[[sa.Connection, Sequence[Received]], dict[str, Any]] | None = None
    """Reads, for a whole batch of messages at once, what their handlers will need beside the cases."""
    finish: Callable[[sa.Connection, Ledger, Any], Any] = lambda conn, ledger, tail: tail
    """Completes what a batch is about to write. It is given what it returned for the batch before; None if unknown."""

    def begins(self, received: Received) -> bool:
        """Whether a message is the first of its lane."""
        return received.trusted and self.lane(received)[1] == 1


@dataclass(slots=True)
class Item:
    """One command or message on its way through a batch."""

    act: Callable[[Work], Any]
    case_id: str | None = None
    fresh: bool = False
    """Whether the case cannot be there yet, so that nothing is loaded for it."""
    received: Received | None = None
    kept: str | None = None
    """For a message that has a row in the inbox already: the id of that row."""
    attempts: int = 0
    """For such a message: how often it has been tried."""
    drop: bool = False
    """For such a message: whether it is to be counted as done without being handled."""
    done: asyncio.Future[Any] | None = None
    shipment: Shipment | None = None
    result: Any = None
    error: Exception | None = None


def nothing(work: Work) -> None:
    """The act of an item that is a message or the end of a shipment."""


def stopped() -> Unavailable:
    """What whoever waits for an item is told that nobody will handle any more."""
    return Unavailable("the service has stopped handling commands and messages")
