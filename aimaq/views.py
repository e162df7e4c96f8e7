"""The read side that the desks share: a case, its papers and the list of cases, as they are shown to people."""

from __future__ import annotations

import base64 as b64
from typing import Any

import sqlalchemy as sa

from aimaq.case import Case
from aimaq.desk import Desk
from aimaq.errors import NotFound
from aimaq.messages import STATUS_TEXTS
from aimaq.service import Service


def base64(data: bytes) -> str:
    """Bytes as base64 text."""
    return b64.b64encode(data).decode()


async def case(service: Service, case_id: str) -> Case:
    """A case of this service, as last committed; NotFound if it has none of that id. Not to be changed."""
    remembered = service.writer.memory.cases.get(case_id)
    if remembered is not None:
        return remembered
    table = service.tables.cases
    async with service.database.read() as conn:
        whole = (await conn.execute(sa.select(table.c.whole).where(table.c.case_id == case_id))).scalar()
    if whole is None:
        raise NotFound(f"no case {case_id} is here", field="case_id")
    return Case.read(whole)


async def paper(service: Service, case_id: str, kind: str) -> tuple[bytes, bytes] | None:
    """A signed paper of a case, document and signature; None if there is none of that kind."""
    remembered = service.writer.memory.papers.get(f"{case_id}/{kind}")
    if remembered is not None:
        return remembered
    table = service.tables.papers
    query = sa.select(table.c.document, table.c.signature).where(table.c.case_id == case_id, table.c.kind == kind)
    async with service.database.read() as conn:
        row = (await conn.execute(query)).first()
    return (row.document, row.signature) if row else None


async def listing(service: Service, status: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """Cases in the order of their ids, which is the order of their beginning, after a given id."""
    table = service.tables.cases
    query = sa.select(table.c.whole).where(table.c.case_id > after)
    if status:
        query = query.where(table.c.status == status)
    async with service.database.read() as conn:
        rows = await conn.execute(query.order_by(table.c.case_id).limit(limit))
    return [outline(Case.read(row.whole)) for row in rows]


def outline(case: Case) -> dict[str, Any]:
    """A case in short."""
    return {
        "case_id": case.case_id, "regulation": case.regulation, "channel": case.channel, "at": case.at,
        "end": case.end, "status": case.status or None, "status_text": STATUS_TEXTS.get(case.status),
        "number": case.number or None, "iin": case.iin, "name": case.name, "opened_at": case.opened_at,
        "changed_at": case.changed_at,
    }  # fmt: skip


async def whole(service: Service, desk: Desk, case: Case) -> dict[str, Any]:
    """A case with its form and, once there is one, its result."""
    shown = outline(case) | {"form": case.form, "result": None}
    found = await paper(service, case.case_id, "result") if case.decision else None
    if found is not None:
        kind = "certificate" if case.decision == "granted" else "refusal"
        shown["result"] = {
            "decision": case.decision, "kind": kind, "number": case.number,
            "title": service.catalogue.regulation(case.regulation).results[kind].title.as_dict(),
            "document": base64(found[0]), "signature": base64(found[1]),
        }  # fmt: skip
    return shown
