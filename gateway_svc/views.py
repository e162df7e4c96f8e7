"""What the gateway shows of its journal: the cases it knows, the trace of each, a message as it came."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from aimaq.web import views
from aimaq.casework.case import Case
from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError, NotFound
from aimaq.service import Service
from gateway_svc.models import journal


async def cases(service: Service, status: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """The cases that the journal knows, oldest first."""
    return await views.listing(service, status, after, limit)


async def trace(service: Service, case_id: str) -> dict[str, Any]:
    """Everything that was said about a case, in the order the gateway journalled it; NotFound for an unknown case.

    Case and messages are read in one statement, so that neither is told as it was before the other.
    """
    cases = service.tables.cases
    both = cases.outerjoin(journal, journal.c.case_id == cases.c.case_id)
    query = sa.select(journal, cases.c.whole).select_from(both).where(cases.c.case_id == case_id)
    async with service.database.read() as conn:
        rows = (await conn.execute(query.order_by(journal.c.number))).all()
    if not rows:
        raise NotFound(f"no case {case_id} is here", field="case_id")
    case = Case.read(rows[0].whole)
    messages = [_entry(row) for row in rows if row.number is not None]
    return {
        "case_id": case_id, "regulation": case.regulation, "channel": case.channel, "status": case.status or None,
        "at": case.at, "end": case.end, "number": case.number or None, "opened_at": case.opened_at,
        "messages": messages,
    }  # fmt: skip


async def rejected(service: Service, limit: int) -> list[dict[str, Any]]:
    """The messages that were not let through, newest first."""
    query = sa.select(journal).where(journal.c.verdict == "rejected").order_by(journal.c.number.desc())
    async with service.database.read() as conn:
        return [_entry(row) for row in await conn.execute(query.limit(limit))]


async def raw(service: Service, message_id: str) -> tuple[bytes, str]:
    """A journalled message: the bytes as they came, and the signature over them."""
    query = sa.select(journal.c.body, journal.c.signature).where(journal.c.message_id == message_id)
    async with service.database.read() as conn:
        row = (await conn.execute(query)).first()
    if row is None:
        raise NotFound(f"no message {message_id} is in the journal", field="message_id")
    return row.body, row.signature


def _entry(row: sa.Row[Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: row._mapping[name]
        for name in (
            "message_id", "case_id", "type", "sender", "recipient", "sequence", "occurred_at", "journalled_at",
            "verdict", "reason", "publisher",
        )
    }  # fmt: skip
    shown |= {"caused_by": None, "status": None, "steps": []}
    if row.sender is not None:
        try:
            letter = read(row.body)
            shown |= {"caused_by": letter.caused_by, "steps": [_step(step) for step in letter.steps]}
            shown["status"] = getattr(letter.content(), "status", None)
        except AimaqError:
            pass  # a rejected message may be of any shape; what can be read of it is shown
    return shown


def _step(step: Any) -> dict[str, Any]:
    return {name: getattr(step, name) for name in step.__struct_fields__}
