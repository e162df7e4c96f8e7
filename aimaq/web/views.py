"""The read side that the desks share: a case, its papers and the list of cases, as they are shown to people."""

from __future__ import annotations

import base64 as b64
import re
from typing import Any

import sqlalchemy as sa

from aimaq.language import ids
from aimaq.casework.case import Case
from aimaq.casework.procedure.engine import Desk
from aimaq.casework.documents import result_of
from aimaq.language.errors import InvalidInput, NotFound
from aimaq.language.messages import FINAL, STATUS_TEXTS
from aimaq.service import Service

_ID = re.compile(ids.PATTERN).fullmatch


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


async def papers(service: Service, case_id: str) -> list[dict[str, str]]:
    """All signed papers of a case that lie here: what each is, document and signature in base64."""
    table = service.tables.papers
    query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.kind)
    async with service.database.read() as conn:
        return [
            {"kind": row.kind, "document": base64(row.document), "signature": base64(row.signature)}
            for row in await conn.execute(query)
        ]


async def pdf(service: Service, case_id: str) -> bytes:
    """The result of a case as a signed PDF; NotFound if it does not lie here as one."""
    table = service.tables.issued
    async with service.database.read() as conn:
        found = (await conn.execute(sa.select(table.c.pdf).where(table.c.case_id == case_id))).scalar()
    if found is None:
        raise NotFound("there is no result as a PDF here", field="case_id")
    return bytes(found)


def page_after(value: str) -> str:
    """The id after which a page begins, empty for the first; InvalidInput if it is no case id."""
    if value and not _ID(value):
        raise InvalidInput("the page after what is no case id", field="after", rule="uuid7")
    return value


async def uncollected(service: Service, after: str, limit: int) -> list[dict[str, Any]]:
    """Cases whose result lies here and was not handed over yet, oldest first; it is kept until it is asked for."""
    table, found = service.tables.cases, list[dict[str, Any]]()
    query = sa.select(table.c.whole).where(table.c.status.in_(FINAL)).order_by(table.c.case_id)
    async with service.database.read() as conn:
        while len(found) < limit:
            rows = (await conn.execute(query.where(table.c.case_id > after).limit(500))).all()
            if not rows:
                break
            cases = [Case.read(row.whole) for row in rows]
            found += [outline(case) for case in cases if case.end is None and case.decision]
            after = cases[-1].case_id
    return found[:limit]


async def listing(service: Service, status: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """Cases in the order of their ids, which is the order of their beginning, after a given id.

    InvalidInput if what they are to come after is no id of a case.
    """
    table = service.tables.cases
    query = sa.select(table.c.whole).where(table.c.case_id > page_after(after))
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
    shown = outline(case) | {
        "form": case.form, "ground": case.ground or None, "detail": case.detail or None, "registers": case.registers,
        "result": None,
    }  # fmt: skip
    found = await paper(service, case.case_id, "result") if case.decision else None
    if found is not None:
        regulation = service.catalogue.regulation(case.regulation)
        kind = result_of(regulation, case)
        shown["result"] = {
            "decision": case.decision, "kind": kind, "number": case.number,
            "title": regulation.results[kind].title.as_dict(),
            "document": base64(found[0]), "signature": base64(found[1]), "pdf_sha256": case.pdf_digest or None,
        }  # fmt: skip
    return shown
