"""What the gateway can show of its journal to whoever wants to check it elsewhere: blocks, and proofs for entries."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.language.signing import merkle
from aimaq.language.errors import NotFound
from aimaq.service import Service
from aimaq.language.signing.jws import Directory
from aimaq.web.views import base64
from gateway_svc.journal.entry import ZERO, entry_of
from gateway_svc.models import blocks, journal


async def listed(service: Service, after: int, limit: int) -> list[dict[str, Any]]:
    """The blocks after the one of this number, in their order."""
    query = sa.select(blocks).where(blocks.c.number > after).order_by(blocks.c.number).limit(limit)
    async with service.database.read() as conn:
        return [_block(row) for row in await conn.execute(query)]


async def block(service: Service, number: int) -> dict[str, Any]:
    """A block; NotFound if none of this number was closed yet."""
    found = await listed(service, number - 1, 1)
    if not found or found[0]["number"] != number:
        raise NotFound(f"no block {number} was closed", field="number")
    return found[0]


async def proof(service: Service, message_id: str) -> dict[str, Any]:
    """The entry of a message as it was hashed, and what leads from it to the root of its block, if that is closed.

    NotFound if the journal has no entry of that id.
    """
    async with service.database.read() as conn:
        row = (await conn.execute(sa.select(journal).where(journal.c.message_id == message_id))).first()
        if row is None:
            raise NotFound(f"no message {message_id} is in the journal", field="message_id")
        before = sa.select(journal.c.hash).where(journal.c.number == row.number - 1)
        previous = (await conn.execute(before)).scalar()
        around = sa.select(blocks).where(blocks.c.first <= row.number, blocks.c.last >= row.number)
        closed = (await conn.execute(around)).first()
        shown: dict[str, Any] = {
            "number": row.number, "entry": entry_of(row._asdict()).decode(), "previous": (previous or ZERO).hex(),
            "hash": row.hash.hex(), "block": None, "index": None, "size": None, "path": [],
        }  # fmt: skip
        if closed is None:
            return shown
        inside = sa.select(journal.c.hash).where(journal.c.number.between(closed.first, closed.last))
        leaves = [merkle.leaf(one) for one in (await conn.execute(inside.order_by(journal.c.number))).scalars()]
    index = row.number - closed.first
    path = [one.hex() for one in merkle.path(leaves, index)]
    return shown | {"block": closed.number, "index": index, "size": len(leaves), "path": path}


def certificates(service: Service) -> list[dict[str, str]]:
    """The certificates of the systems whose signatures the gateway knows, as PEM, each with its party."""
    directory = service.party.verifier
    if not isinstance(directory, Directory):
        return []
    known = directory.certificates()
    return [{"party": party, "certificate": one.public_bytes(Encoding.PEM).decode()} for party, one in known]


def _block(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "number": row.number, "first": row.first, "last": row.last, "closed_at": row.closed_at,
        "header": row.header.decode(), "signature": row.signature,
        "stamp": base64(row.stamp) if row.stamp is not None else None, "stamp_note": row.stamp_note,
    }  # fmt: skip
