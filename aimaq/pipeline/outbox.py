"""The outbox: what a committed transaction wants sent, until the bus has confirmed it.

A row is written in the sender's transaction and removed by a later one, once the broker has the message. The relay
is handed the parcels in memory after the commit; the table is swept only at the start and after the database was gone.
A message that is sent twice is absorbed by its recipient.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa

from aimaq.bus import Bus, Parcel
from aimaq.store.database import INLINE, Id, Row
from aimaq.language.errors import Unavailable
from aimaq.store.write_set import Ledger
from aimaq.language.messages import TYPES
from aimaq.language.signing.jws import Signer

log = logging.getLogger(__name__)

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
_GROUP = 64

_NEWS = frozenset(type_.routing_key for type_ in TYPES.values() if type_.kind == "NOTIFICATION")
"""The routing keys of what tells, and asks or answers nothing: no one waits for it at once."""


def outbox_table(metadata: sa.MetaData) -> sa.Table:
    """The table of what is still to be sent. `body` is empty where another table of the service keeps the bytes."""
    return sa.Table(
        "outbox",
        metadata,
        sa.Column("message_id", Id, primary_key=True),
        sa.Column("routing_key", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("delivery", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("signature", sa.Text),
        **INLINE,
    )


def row_of(parcel: Parcel, *, keep: bool) -> Row:
    """The row that remembers a parcel, with its bytes or without."""
    return {
        "message_id": parcel.message_id,
        "routing_key": parcel.routing_key,
        "queue": parcel.to,
        "delivery": parcel.delivery,
        "body": parcel.body if keep else None,
        "signature": parcel.signature if keep else None,
    }


def put(
    ledger: Ledger, outbox: sa.Table, kept: sa.Table | None, outgoing: Sequence[tuple[Parcel, bool]], signer: Signer,
    most: int,
) -> list[Parcel]:  # fmt: skip
    """Sign what is to be sent and write it to the outbox, each with its bytes or without; the parcels as signed.

    Up to `most` that go to one party share a signature. The rows in `kept`, which have the bytes instead, get it too.
    """
    unsigned = sorted((parcel for parcel, _ in outgoing if not parcel.signature), key=lambda parcel: parcel.to)
    marks = signer.sign_all([parcel.body for parcel in unsigned], most)
    by_id = {parcel.message_id: mark for parcel, mark in zip(unsigned, marks, strict=True)}
    signed = [(by_id.get(parcel.message_id), parcel, keep) for parcel, keep in outgoing]
    parcels = [parcel.signed(mark) if mark else parcel for mark, parcel, _ in signed]
    ledger.add(outbox, [row_of(parcel, keep=one[2]) for parcel, one in zip(parcels, signed, strict=True)])
    for row in ledger.rows(kept) if kept is not None and by_id else ():
        row["signature"] = by_id.get(row["message_id"], row["signature"])
    return parcels


def unsent(conn: sa.Connection, outbox: sa.Table, kept: sa.Table | None) -> list[Parcel]:
    """Every parcel that was committed and never confirmed; `kept` is the table that has the bytes of those without."""
    columns = [outbox.c.message_id, outbox.c.routing_key, outbox.c.queue, outbox.c.delivery]
    if kept is None:
        query = sa.select(*columns, outbox.c.body, outbox.c.signature)
    else:
        body = sa.func.coalesce(outbox.c.body, kept.c.body)
        signature = sa.func.coalesce(outbox.c.signature, kept.c.signature)
        query = sa.select(*columns, body, signature).outerjoin(kept, kept.c.message_id == outbox.c.message_id)
    rows = conn.execute(query.order_by(outbox.c.message_id))
    return [Parcel(row[0], row[1], row[2], row[4], row[5], row[3]) for row in rows]


def count(conn: sa.Connection, outbox: sa.Table) -> int:
    """How many messages are committed and not known to be with the bus."""
    return conn.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()


class _Line:
    """What is to be sent to one party, and how many groups of it may be under way side by side.

    News waits up to `linger` seconds for more, and leaves with whatever else does, in the order of the commits.
    """

    __slots__ = ("_linger", "_timer", "due", "parcels", "slots")

    def __init__(self, abreast: int, linger: float) -> None:
        self.parcels: deque[Parcel] = deque()
        self.due = asyncio.Event()
        """Set when something is to leave, and with it all that is there."""
        self.slots = asyncio.Semaphore(abreast)
        self._linger = linger
        self._timer: asyncio.TimerHandle | None = None

    def add(self, parcel: Parcel) -> None:
        """Put one more behind those that wait."""
        self.parcels.append(parcel)
        if self.due.is_set():
            return
        if not self._linger or parcel.routing_key not in _NEWS:
            self._leave()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._linger, self._leave)

    def take(self, most: int) -> list[Parcel]:
        """The next group."""
        taken = [self.parcels.popleft() for _ in range(min(most, len(self.parcels)))]
        if not self.parcels:
            self.due.clear()
        return taken

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.due.set()


class Relay:
    """Sends what was committed, in groups with their confirms under way side by side, and keeps at it for ever.

    A party that takes nothing holds up only what is for it. `confirmed` is called with the ids of messages that the
    bus has; they leave the table with the next transaction. `linger` is how many seconds a notification may wait for
    others to travel with.
    """

    def __init__(
        self, bus: Bus, confirmed: Callable[[list[str]], None], window: int, group: int = _GROUP, linger: float = 0
    ) -> None:
        self._bus = bus
        self._confirmed = confirmed
        self._lines: dict[str, _Line] = {}
        self._opened = asyncio.Event()
        self._group = min(group, window)
        self._abreast = max(1, window // self._group)
        self._linger = linger
        self._waiting = 0
        self.trouble: str | None = None

    def push(self, parcels: Iterable[Parcel]) -> None:
        """Take over parcels whose transaction has committed."""
        for parcel in parcels:
            line = self._lines.get(parcel.to)
            if line is None:
                line = self._lines[parcel.to] = _Line(self._abreast, self._linger)
                self._opened.set()
            line.add(parcel)
            self._waiting += 1

    @property
    def waiting(self) -> int:
        """How many parcels are not confirmed yet."""
        return self._waiting

    async def run(self) -> None:
        """Relay until cancelled."""
        served: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                self._opened.clear()
                for to in self._lines.keys() - served:
                    served.add(to)
                    group.create_task(self._serve(self._lines[to], group))
                await self._opened.wait()

    async def _serve(self, line: _Line, group: asyncio.TaskGroup) -> None:
        while True:
            await line.slots.acquire()
            await line.due.wait()
            group.create_task(self._deliver(line.take(self._group), line))

    async def _deliver(self, parcels: list[Parcel], line: _Line) -> None:
        attempt = 0
        try:
            while parcels:
                errors = await self._send(parcels)
                done = [parcel.message_id for parcel, error in zip(parcels, errors, strict=True) if error is None]
                if done:
                    self._waiting -= len(done)
                    self._confirmed(done)
                failed = [(parcel, error) for parcel, error in zip(parcels, errors, strict=True) if error is not None]
                parcels = [parcel for parcel, _ in failed]
                if failed:
                    self._complain(len(failed), str(failed[0][1]))
                    await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                    attempt += 1
                else:
                    self.trouble = None
        finally:
            line.slots.release()

    async def _send(self, parcels: list[Parcel]) -> list[Exception | None]:
        try:
            return list(await self._bus.send(parcels))
        except Unavailable as error:
            return [error] * len(parcels)

    def _complain(self, count: int, why: str) -> None:
        if self.trouble != why:
            log.warning("%d messages wait to be sent: %s", count, why)
        self.trouble = why
