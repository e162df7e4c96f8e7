"""The chain: every entry of the journal has a number and a hash over the one before, and blocks of them are signed.

Both are given when the rows of a batch are final, by the one writer of the service and in its transaction: a batch that
fails leaves no hole. What the chain ends with is remembered from batch to batch, and read from the database
whenever it is not certain what was committed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from aimaq.language.clock import Clock
from aimaq.language.signing import merkle
from aimaq.language.signing.jws import Signer
from aimaq.pipeline.items import BatchExtension
from aimaq.settings import Settings
from aimaq.store.write_set import WriteSet
from gateway_svc.journal.entry import ZERO, Header, digest, encoded, entry_of, linked
from gateway_svc.models import actions, blocks, journal


@dataclass(frozen=True, slots=True)
class ChainHead:
    """What the journal ends with: the last entry, the last block, and the entries that are in no block yet.

    `mark` is the SHA-256 of the last block's header; `since` is when the first of `leaves` was entered.
    """

    number: int = 0
    hash: bytes = ZERO
    block: int = 0
    mark: bytes = ZERO
    leaves: tuple[bytes, ...] = ()
    since: datetime | None = None


class Chain(BatchExtension):
    """Gives entries their numbers and hashes, and closes a block when it is full, old enough or asked for."""

    def __init__(self, signer: Signer, clock: Clock, settings: Settings) -> None:
        self._signer, self._clock = signer, clock
        self._most = settings.journal_block
        self.patience = timedelta(seconds=settings.journal_seconds)
        self.waiting = asyncio.Event()
        """Set when there are entries that are in no block."""
        self.asked = False
        """Whether a block is to be closed with what there is."""
        self.head: ChainHead | None = None
        """What the journal ends with, as committed; None while that is not certain."""
        self._next: ChainHead | None = None

    def committed(self) -> None:
        """See `BatchExtension.committed`."""
        self.head = self._next

    def forget(self) -> None:
        """See `BatchExtension.forget`."""
        self.head = self._next = None

    def complete(self, conn: sa.Connection, write_set: WriteSet) -> None:
        """Complete the rows that a batch adds to the journal, and add the blocks that close with them."""
        before = self.head or stored(conn)
        number, last, block, mark = before.number, before.hash, before.block, before.mark
        leaves, since = list(before.leaves), before.since
        closed: list[dict[str, Any]] = []
        now = self._clock.now()

        def close() -> None:
            nonlocal block, mark, since
            block += 1
            header = Header(
                block, number - len(leaves) + 1, number, merkle.root(leaves).hex(), last.hex(), mark.hex(), now
            )
            data = encoded(header)
            closed.append(
                {
                    "number": block,
                    "first": header.first,
                    "last": number,
                    "closed_at": now,
                    "header": data,
                    "signature": self._signer.sign(data),
                    "stamp": None,
                    "stamp_note": None,
                }
            )
            mark, since = bytes.fromhex(digest(data)), None
            leaves.clear()

        numbers: dict[str, int] = {}
        found_by = write_set.rows(actions)
        for row in write_set.rows(journal):
            number += 1
            row["number"] = number
            row["hash"] = last = linked(last, entry_of(row))
            if found_by:
                numbers[row["message_id"]] = number
            leaves.append(merkle.leaf(last))
            since = since or row["journalled_at"]
            if len(leaves) >= self._most:
                close()
        for row in found_by:
            row["number"] = numbers[row["id"]]
        if since is not None and (self.asked or now >= since + self.patience):
            close()
        write_set.add(blocks, closed)
        if leaves:
            self.waiting.set()
        self._next = ChainHead(number, last, block, mark, tuple(leaves), since)


def stored(conn: sa.Connection) -> ChainHead:
    """What the journal in the database ends with."""
    newest = sa.select(blocks.c.number, blocks.c.last, blocks.c.header).order_by(blocks.c.number.desc()).limit(1)
    block = conn.execute(newest).first()
    number, last, mark = (block.number, block.last, bytes.fromhex(digest(block.header))) if block else (0, 0, ZERO)
    columns = journal.c.number, journal.c.hash, journal.c.journalled_at
    # the last entry of the block comes along: it is what the chain goes on from
    rows = conn.execute(sa.select(*columns).where(journal.c.number >= last).order_by(journal.c.number)).all()
    loose = [row for row in rows if row.number > last]
    return ChainHead(
        rows[-1].number if rows else 0,
        rows[-1].hash if rows else ZERO,
        number,
        mark,
        tuple(merkle.leaf(row.hash) for row in loose),
        loose[0].journalled_at if loose else None,
    )
