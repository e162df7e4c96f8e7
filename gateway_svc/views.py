"""What the gateway shows of its journal: the trace of a case, what was rejected, a message as it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.language import texts
from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError, NotFound
from aimaq.language.messages import StepRecord
from aimaq.language.visible import numbers_masked
from aimaq.service import Service
from aimaq.web.schemas import View
from gateway_svc.journal import texts as words
from gateway_svc.models import journal, rejections


@dataclass(frozen=True, slots=True)
class Stand(View):
    """Where the five services are, and the regulations that they know."""

    urls: dict[str, str]
    regulations: list[str]


@dataclass(frozen=True, slots=True)
class Step(View):
    """A regulated step, or one part of it, that the sender of a message reports."""

    ref: str
    operation: str
    unit: str
    outcome: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Entry(View):
    """A message as it was journalled. What cannot be read of a rejected one is null."""

    message_id: str
    case_id: str | None
    type: str | None
    sender: str | None
    recipient: str | None
    sequence: int | None
    occurred_at: datetime | None
    journalled_at: datetime
    verdict: str
    reason: str | None
    publisher: str | None
    caused_by: str | None
    status: str | None
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Trace(View):
    """A case as the gateway knows it, and every message of it in the order of the journal."""

    case_id: str
    regulation: str
    channel: str
    status: str | None
    at: str
    end: str | None
    number: str | None
    opened_at: datetime
    messages: list[Entry]


async def trace(service: Service, case_id: str) -> Trace:
    """Everything that was said about a case, in the order the gateway journalled it; NotFound for an unknown case.

    Case and messages are read in one statement, so that neither is told as it was before the other.
    """
    cases = service.tables.cases
    both = cases.outerjoin(journal, journal.c.case_id == cases.c.case_id)
    query = sa.select(journal, cases.c.whole).select_from(both).where(cases.c.case_id == case_id)
    async with service.database.read() as conn:
        rows = (await conn.execute(query.order_by(journal.c.number))).all()
    if not rows:
        raise NotFound(texts.NO_CASE.format(case_id=case_id), field="case_id")
    case = Case.read(rows[0].whole)
    messages = [_entry(row) for row in rows if row.number is not None]
    return Trace(
        case_id=case_id,
        regulation=case.regulation,
        channel=case.channel,
        status=case.status or None,
        at=case.at,
        end=case.end,
        number=case.number or None,
        opened_at=case.opened_at,
        messages=messages,
    )


async def rejected(service: Service, after: str, limit: int) -> list[Entry]:
    """The messages that were not let through, newest first, those before a given one; NotFound if there is no such."""
    query = sa.select(journal).where(journal.c.verdict == "rejected").order_by(journal.c.number.desc())
    async with service.database.read() as conn:
        if after:
            place = sa.select(journal.c.number).where(journal.c.message_id == after)
            if (number := (await conn.execute(place)).scalar()) is None:
                raise NotFound(words.NO_MESSAGE.format(message_id=after), field="after")
            query = query.where(journal.c.number < number)
        return [_entry(row) for row in await conn.execute(query.limit(limit))]


class Raw(NamedTuple):
    """A journalled message: its id in the journal, the bytes as they came, and the signature over them."""

    message_id: str
    body: bytes
    signature: str


async def raw(service: Service, message_id: str) -> Raw:
    """A journalled message by its id there; a rejected one also by what its `MessageRejected` names: id or digest.

    Of several that were rejected under one id it is the last. NotFound if there is none.
    """
    columns = journal.c.message_id, journal.c.body, journal.c.signature
    query = sa.select(*columns).where(journal.c.message_id == message_id)
    named = rejections.c.digest if len(message_id) == _DIGEST else rejections.c.claimed_id
    by_name = sa.select(*columns).join(rejections, rejections.c.message_id == journal.c.message_id)
    async with service.database.read() as conn:
        row = (await conn.execute(query)).first()
        if row is None:
            newest = by_name.where(named == message_id).order_by(journal.c.number.desc()).limit(1)
            row = (await conn.execute(newest)).first()
    if row is None:
        raise NotFound(words.NO_MESSAGE.format(message_id=message_id), field="message_id")
    return Raw(row.message_id, row.body, row.signature)


_DIGEST = 64
"""Characters of a SHA-256 in hexadecimal."""


def _entry(row: sa.Row[Any]) -> Entry:
    caused_by, status, steps = None, None, list[Step]()
    if row.sender is not None:
        try:
            message = read(row.body)
            caused_by, steps = message.caused_by, [_step(step) for step in message.steps]
            status = getattr(message.content(), "status", None)
        except AimaqError:
            pass  # a rejected message may be of any form; what can be read of it is shown
    return Entry(
        message_id=row.message_id,
        case_id=row.case_id,
        type=row.type,
        sender=row.sender,
        recipient=row.recipient,
        sequence=row.sequence,
        occurred_at=row.occurred_at,
        journalled_at=row.journalled_at,
        verdict=row.verdict,
        reason=numbers_masked(row.reason) if row.reason else row.reason,
        publisher=row.publisher,
        caused_by=caused_by,
        status=status,
        steps=steps,
    )


def _step(step: StepRecord) -> Step:
    return Step(step.ref, step.operation, step.unit, step.outcome, step.started_at, step.ended_at)
