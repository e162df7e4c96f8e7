"""What the gateway can show of its journal to whoever wants to check it elsewhere: blocks, and proofs for entries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.language.errors import NotFound
from aimaq.language.signing import merkle
from aimaq.language.signing.jws import Directory
from aimaq.service import Service
from aimaq.web.views import base64
from gateway_svc.journal import texts
from gateway_svc.journal.entry import ZERO, entry_of
from gateway_svc.journal.views import Block, Proof, SystemCertificate
from gateway_svc.models import blocks, journal


async def listed(service: Service, after: int, limit: int, *, before: int | None = None) -> list[Block]:
    """The blocks after the one of this number, in their order; the newest first if they are to be `before` one."""
    query = sa.select(blocks).where(blocks.c.number > after).limit(limit)
    if before is None:
        query = query.order_by(blocks.c.number)
    else:
        query = query.where(blocks.c.number < before).order_by(blocks.c.number.desc())
    async with service.database.read() as conn:
        return [_block(row) for row in await conn.execute(query)]


async def block(service: Service, number: int) -> Block:
    """A block; NotFound if none of this number was closed yet."""
    found = await listed(service, number - 1, 1)
    if not found or found[0].number != number:
        raise NotFound(texts.NO_BLOCK.format(number=number), field="number")
    return found[0]


async def proof(service: Service, message_id: str) -> Proof:
    """The entry of a message as it was hashed, and what leads from it to the root of its block, if that is closed.

    NotFound if the journal has no entry of that id.
    """
    async with service.database.read() as conn:
        row = (await conn.execute(sa.select(journal).where(journal.c.message_id == message_id))).first()
        if row is None:
            raise NotFound(texts.NO_MESSAGE.format(message_id=message_id), field="message_id")
        before = sa.select(journal.c.hash).where(journal.c.number == row.number - 1)
        previous = (await conn.execute(before)).scalar()
        dependencies = sa.select(blocks).where(blocks.c.first <= row.number, blocks.c.last >= row.number)
        closed = (await conn.execute(dependencies)).first()
        shown = Proof(
            number=row.number,
            entry=entry_of(row._asdict()).decode(),
            previous=(previous or ZERO).hex(),
            hash=row.hash.hex(),
            block=None,
            index=None,
            size=None,
            path=[],
        )
        if closed is None:
            return shown
        inside = sa.select(journal.c.hash).where(journal.c.number.between(closed.first, closed.last))
        leaves = [merkle.leaf(one) for one in (await conn.execute(inside.order_by(journal.c.number))).scalars()]
    index = row.number - closed.first
    path = [one.hex() for one in merkle.path(leaves, index)]
    return replace(shown, block=closed.number, index=index, size=len(leaves), path=path)


def certificates(service: Service) -> list[SystemCertificate]:
    """The certificates of the systems whose signatures the gateway knows, as PEM, each with its party."""
    directory = service.party.verifier
    if not isinstance(directory, Directory):
        return []
    known = directory.certificates()
    return [SystemCertificate(party, one.public_bytes(Encoding.PEM).decode()) for party, one in known]


def _block(row: sa.Row[Any]) -> Block:
    return Block(
        number=row.number,
        first=row.first,
        last=row.last,
        closed_at=row.closed_at,
        header=row.header.decode(),
        signature=row.signature,
        stamp=base64(row.stamp) if row.stamp is not None else None,
        stamp_note=row.stamp_note,
    )
