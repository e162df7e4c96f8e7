"""Reads one case from the journal: all that it takes to tell how far it has come, and some of its messages whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from aimaq.casework.case import Case
from aimaq.language import texts
from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError, NotFound
from aimaq.language.messages import ResultDelivered, ResultIssued
from aimaq.language.visible import numbers_masked
from aimaq.service import Service
from conformance.trace import Message, Paper, Trace
from gateway_svc.cases.file.signatures import Signed, verdict
from gateway_svc.cases.file.views import SignatureVerdict
from gateway_svc.models import journal

AT_ONCE, BYTES_AT_ONCE = 200, 8 * 1024 * 1024
"""Messages, and bytes of them, that are read in one go: a case may have thousands, and one message megabytes."""


@dataclass(frozen=True, slots=True)
class Journalled:
    """A message of the case as it was journalled: its number in the case from 1, and what can be read of it."""

    number: int
    message: Message
    sender: str | None
    """As it was journalled: None where nobody can be sure who sent it."""
    publisher: str | None
    size: int
    readable: bool
    signature: SignatureVerdict | None
    """The verdict on its signature, if it was asked for."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case, its trace, and every message of it. Only those asked for have a verdict on their signature."""

    case: Case
    trace: Trace
    messages: tuple[Journalled, ...]

    @property
    def refused(self) -> int:
        """How many messages the gateway did not let through."""
        return sum(not one.message.accepted for one in self.messages)


async def case_file(service: Service, case_id: str, *, after: int = 0, limit: int = 0) -> CaseFile:
    """A case by the journal; NotFound if that knows none of this id.

    Signatures are checked of the `limit` messages behind the one with the number `after`.
    """
    table = service.tables.cases
    async with service.database.read() as conn:
        whole = (await conn.execute(sa.select(table.c.whole).where(table.c.case_id == case_id))).scalar()
    if whole is None:
        raise NotFound(texts.NO_CASE.format(case_id=case_id), field="case_id")
    case = Case.read(whole)
    found: list[Journalled] = []
    result: Paper | None = None
    now = service.clock.now()
    async for row in _rows(service, case_id):
        number = len(found) + 1
        wanted = after < number <= after + limit
        message, paper, readable = _read(row)
        result = paper or result
        signature = verdict(service.party.verifier, Signed.of(row), now) if wanted else None
        found.append(Journalled(number, message, row.sender, row.publisher, len(row.body), readable, signature))
    trace = Trace(
        case_id=case_id,
        regulation=case.regulation,
        channel=case.channel,
        status=case.status or None,
        end=case.end,
        opened_at=case.opened_at,
        messages=tuple(one.message for one in found),
        result=result,
    )
    return CaseFile(case, trace, tuple(found))


async def counted(service: Service, case_id: str) -> int:
    """How many messages of a case the journal has; 0 for one that it does not know."""
    query = sa.select(sa.func.count()).where(journal.c.case_id == case_id)
    async with service.database.read() as conn:
        return int((await conn.execute(query)).scalar_one())


async def _rows(service: Service, case_id: str) -> AsyncIterator[sa.Row[Any]]:
    """The entries of a case in their order, some at a time."""
    mine = journal.c.case_id == case_id
    sizes = sa.select(journal.c.number, sa.func.length(journal.c.body).label("size")).where(mine)
    async with service.database.read() as conn:
        heads = (await conn.execute(sizes.order_by(journal.c.number))).all()
    for numbers in _portions([(row.number, row.size) for row in heads]):
        here = journal.c.number.between(numbers[0], numbers[-1])
        query = sa.select(journal).where(mine, here).order_by(journal.c.number)
        async with service.database.read() as conn:
            rows = (await conn.execute(query)).all()
        for row in rows:
            yield row


def _portions(heads: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """The numbers of entries, so many together that their bytes stay within bounds."""
    numbers: list[int] = []
    total = 0
    for number, size in heads:
        if numbers and (len(numbers) >= AT_ONCE or total + size > BYTES_AT_ONCE):
            yield numbers
            numbers, total = [], 0
        numbers.append(number)
        total += size
    if numbers:
        yield numbers


def _read(row: sa.Row[Any]) -> tuple[Message, Paper | None, bool]:
    """What a message says, the result that it brings, and whether it could be read.

    Nothing is believed of one whose sender is not certain.
    """
    caused_by = status = paper = None
    steps: tuple[Any, ...] = ()
    readable = False
    if row.sender is not None:
        try:
            envelope = read(row.body)
            caused_by, steps = envelope.caused_by, envelope.steps
            content = envelope.content()
            status, readable = getattr(content, "status", None), True
            if isinstance(content, ResultIssued | ResultDelivered) and row.verdict == "accepted":
                paper = Paper(content.decision, content.result, content.number) if content.result else None
        except AimaqError:
            pass  # a rejected message may be of any form; what can be read of it is shown
    message = Message(
        message_id=row.message_id,
        type=row.type or "",
        sender=row.sender or "",
        recipient=row.recipient or "",
        occurred_at=row.occurred_at or row.journalled_at,
        journalled_at=row.journalled_at,
        verdict=row.verdict,
        sequence=row.sequence or 0,
        reason=numbers_masked(row.reason) if row.reason else row.reason,
        caused_by=caused_by,
        status=status,
        steps=steps,
    )
    return message, paper, readable
