"""The audit of the journal: walks the chain and the blocks over it from the beginning to the first place that is wrong.

The database alone shows what was changed, put in, or removed from the middle. What the running writer remembers shows
what was cut off at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from aimaq.eds.timestamp import token
from aimaq.language.errors import AimaqError, BadSignature, Technical
from aimaq.language.signing import merkle
from aimaq.service import Service
from gateway_svc.journal.chain import ChainHead
from gateway_svc.journal.entry import ZERO, digest, entry_of, linked, read_header
from gateway_svc.journal.views import AuditReport, Misfit
from gateway_svc.models import blocks, journal

GATEWAY = "gateway"
PAGE = 500
"""Entries that are looked at in one go; the gateway does other things between one page and the next."""


class Flaw(Exception):
    """The first place that does not fit: an entry or a block, by its number, and what is wrong there."""

    def __init__(self, kind: str, number: int, what: str) -> None:
        super().__init__(what)
        self.place = Misfit(kind, number, what)


class Audit:
    """One walk over the journal of a gateway."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._number, self._hash = 0, ZERO
        self._block, self._mark = 0, ZERO
        self._leaves: list[bytes] = []

    @property
    def entries(self) -> int:
        """How many entries have been looked at, and fit."""
        return self._number

    async def run(self, head: ChainHead) -> AuditReport:
        """Walk over a journal that is known to end with `tail`.

        What was found: `ok`, how many entries and blocks fit, and the first `flaw` if there is one.
        """
        flaw = None
        try:
            async with self._service.database.read() as conn:
                closed = (await conn.execute(sa.select(blocks).order_by(blocks.c.number))).all()
            await self._walk(closed, head)
        except Flaw as found:
            flaw = found.place
        return AuditReport(
            ok=flaw is None,
            entries=self._number,
            blocks=self._block,
            open=len(self._leaves),
            head=self._hash.hex(),
            flaw=flaw,
        )

    async def _walk(self, closed: Sequence[sa.Row[Any]], head: ChainHead) -> None:
        waiting = list(closed)
        while page := await self._page():
            for row in page:
                self._entry(row)
                if self._number == head.number and self._hash != head.hash:
                    raise Flaw("entry", self._number, "it is another than the one that was written last")
                if waiting and self._number == waiting[0].last:
                    self._closed(waiting.pop(0))
        if waiting:
            raise Flaw("entry", self._number + 1, f"it is missing, and block {waiting[0].number} goes on to it")
        if self._number < head.number:
            raise Flaw("entry", self._number + 1, f"it is missing: {head.number} were written")
        if self._block < head.block:
            raise Flaw("block", self._block + 1, f"it is missing: {head.block} were closed")

    async def _page(self) -> Sequence[sa.Row[Any]]:
        try:
            return await self._rows(PAGE)
        except (ValueError, TypeError, OverflowError, SQLAlchemyError):
            pass  # one of them cannot be read: those before it are looked at, then it is named
        try:
            return await self._rows(1)
        except (ValueError, TypeError, OverflowError, SQLAlchemyError) as error:
            raise Flaw("entry", self._number + 1, f"it cannot be read: {type(error).__name__}") from None

    async def _rows(self, most: int) -> Sequence[sa.Row[Any]]:
        query = sa.select(journal).where(journal.c.number > self._number).order_by(journal.c.number).limit(most)
        async with self._service.database.read() as conn:
            return (await conn.execute(query)).all()

    def _entry(self, row: sa.Row[Any]) -> None:
        number = self._number + 1
        if row.number != number:
            raise Flaw("entry", number, f"it is missing: entry {row.number} comes next")
        try:
            chained = linked(self._hash, entry_of(row._asdict()))
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise Flaw("entry", number, f"it cannot be read: {type(error).__name__}") from None
        if chained != row.hash:
            raise Flaw("entry", number, "its hash is not the one over what stands here and the entry before")
        self._number, self._hash = number, chained
        self._leaves.append(merkle.leaf(chained))

    def _closed(self, row: sa.Row[Any]) -> None:
        number = self._block + 1
        header = read_header(row.header)
        if header is None:
            raise Flaw("block", number, "its header cannot be read")
        expected = {
            "number": (row.number, number),
            "block": (header.block, number),
            "first": (header.first, row.first),
            "first entry": (header.first, self._number - len(self._leaves) + 1),
            "last": (header.last, row.last),
            "closed_at": (header.closed_at, row.closed_at),
            "previous": (header.previous, self._mark.hex()),
            "head": (header.head, self._hash.hex()),
            "root": (header.root, merkle.root(self._leaves).hex()),
        }
        for name, (there, right) in expected.items():
            if there != right:
                raise Flaw("block", number, f"its {name} is {there}, not {right}")
        try:
            signer = self._service.party.verifier.verify(row.header, row.signature, header.closed_at)
            if signer != GATEWAY:
                raise BadSignature(Technical(f"it is signed by {signer}"))
            if row.stamp is not None and not token.read(row.stamp).covers(row.header):
                raise BadSignature(Technical("its time stamp is over something else"))
        except AimaqError as error:
            raise Flaw("block", number, error.detail) from None
        self._block, self._mark, self._leaves = number, bytes.fromhex(digest(row.header)), []
