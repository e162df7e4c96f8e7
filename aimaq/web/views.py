"""The read side that the desks share: a case, its papers and the list of cases, as they are shown to people."""

from __future__ import annotations

import base64 as b64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.casework.documents import result_of
from aimaq.language import texts
from aimaq.language.errors import InvalidInput, NotFound
from aimaq.language.ids import is_id
from aimaq.language.messages import FINAL, STATUS_TEXTS
from aimaq.language.texts import Texts
from aimaq.service import Service
from aimaq.web.schemas import View

Decision = Literal["granted", "denied"]

NO_PDF = Texts(
    kk="мұнда нәтиже PDF түрінде берілмеген",
    ru="результата в виде PDF здесь нет",
    en="there is no result as a PDF here",
)
NO_PAGE = Texts(
    kk="after – істің нөмірі болуға тиіс: алдыңғы беттегі соңғы істің нөмірін беріңіз",
    ru="after – это номер дела: укажите номер последнего дела предыдущей страницы",
    en="`after` is no case id: give the id of the last case of the page before",
)


@dataclass(frozen=True, slots=True)
class Outline(View):
    """A case in short. `at` is the part that is due, or the end."""

    case_id: str
    regulation: str
    channel: str
    at: str
    end: str | None
    status: str | None
    status_text: dict[str, str] | None
    number: str | None
    iin: str
    name: str
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Answer(View):
    """The body's answer: the document and the official's CMS over it as it was sent, in base64.

    `pdf_sha256` is there if the answer lies here as a signed PDF too, at `/cases/{case_id}/result.pdf`.
    """

    decision: Decision
    kind: str
    number: str
    title: dict[str, str]
    document: str
    signature: str
    pdf_sha256: str | None


@dataclass(frozen=True, slots=True)
class RegisterRecord(View):
    """Whether a register has a record, and the record."""

    found: bool
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Whole(Outline):
    """A case with its form and, once there is one, the answer."""

    form: Mapping[str, Any]
    ground: str | None
    detail: str | None
    registers: dict[str, RegisterRecord]
    result: Answer | None


@dataclass(frozen=True, slots=True)
class Paper(View):
    """What a person signed, and the CMS over it as sent, in base64. `kind` is `request`, `result`, `decision` …"""

    kind: str
    document: str
    signature: str


@dataclass(frozen=True, slots=True)
class Shown(View):
    """A status that was shown: when, and by which message it came (empty if it was set here)."""

    status: str
    shown_at: datetime
    message_id: str


def base64(data: bytes) -> str:
    """Bytes as base64 text."""
    return b64.b64encode(data).decode()


async def case(service: Service, case_id: str) -> Case:
    """A case of this service, as last committed; NotFound if it has none of that id."""
    remembered = service.writer.cache.cases.get(case_id)
    if remembered is not None:
        return remembered
    table = service.tables.cases
    async with service.database.read() as conn:
        whole = (await conn.execute(sa.select(table.c.whole).where(table.c.case_id == case_id))).scalar()
    if whole is None:
        raise NotFound(texts.NO_CASE.format(case_id=case_id), field="case_id")
    return Case.read(whole)


async def paper(service: Service, case_id: str, kind: str) -> tuple[bytes, bytes] | None:
    """A signed paper of a case, document and signature; None if there is none of that kind."""
    remembered = service.writer.cache.papers.get(f"{case_id}/{kind}")
    if remembered is not None:
        return remembered
    table = service.tables.papers
    query = sa.select(table.c.document, table.c.signature).where(table.c.case_id == case_id, table.c.kind == kind)
    async with service.database.read() as conn:
        row = (await conn.execute(query)).first()
    return (row.document, row.signature) if row else None


async def papers(service: Service, case_id: str) -> list[Paper]:
    """All signed papers of a case that lie here: what each is, document and signature in base64."""
    table = service.tables.papers
    query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.kind)
    async with service.database.read() as conn:
        return [Paper(row.kind, base64(row.document), base64(row.signature)) for row in await conn.execute(query)]


async def pdf(service: Service, case_id: str) -> bytes:
    """The result of a case as a signed PDF; NotFound if it does not lie here as one."""
    table = service.tables.issued
    async with service.database.read() as conn:
        found = (await conn.execute(sa.select(table.c.pdf).where(table.c.case_id == case_id))).scalar()
    if found is None:
        raise NotFound(NO_PDF, field="case_id")
    return bytes(found)


def page_after(value: str) -> str:
    """The id after which a page begins, empty for the first; InvalidInput if it is no case id."""
    if value and not is_id(value):
        raise InvalidInput(NO_PAGE, field="after", rule="uuid7")
    return value


async def uncollected(service: Service, after: str, limit: int) -> list[Outline]:
    """Cases whose result lies here and was not handed over yet, oldest first; it is kept until it is asked for."""
    table, found = service.tables.cases, list[Outline]()
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


async def listing(service: Service, status: str | None, after: str, limit: int) -> list[Outline]:
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


def outline(case: Case) -> Outline:
    """A case in short."""
    return Outline(**_brief(case))


def history(case: Case) -> list[Shown]:
    """The statuses that were shown for a case, in their order."""
    return [Shown(one.status, one.shown_at, one.message_id) for one in case.shown]


async def whole(service: Service, case: Case, reader: str) -> Whole:
    """A case with its form and, once there is one, its result; what was wrong with it is in the reader's language."""
    found = await paper(service, case.case_id, "result") if case.decision else None
    return Whole(
        **_brief(case),
        form=case.form,
        ground=case.ground or None,
        detail=case.explained(reader) or None,
        registers={name: RegisterRecord(one.found, one.record) for name, one in case.registers.items()},
        result=_answer(service, case, *found) if found is not None else None,
    )


def _brief(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "regulation": case.regulation,
        "channel": case.channel,
        "at": case.at,
        "end": case.end,
        "status": case.status or None,
        "status_text": STATUS_TEXTS.get(case.status),
        "number": case.number or None,
        "iin": case.iin,
        "name": case.name,
        "opened_at": case.opened_at,
        "changed_at": case.changed_at,
    }


def _answer(service: Service, case: Case, document: bytes, signature: bytes) -> Answer:
    regulation = service.catalogue.regulation(case.regulation)
    kind = result_of(regulation, case)
    return Answer(
        decision=cast(Decision, case.decision),
        kind=kind,
        number=case.number,
        title=regulation.results[kind].title.as_dict(),
        document=base64(document),
        signature=base64(signature),
        pdf_sha256=case.pdf_digest or None,
    )
