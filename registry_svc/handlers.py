"""What the registries do with the messages that come to them: they answer from their books, and enter what is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from aimaq.casework.procedure.tracking import on_message_rejected
from aimaq.casework.unit_of_work import Handler, Received, UnitOfWork
from aimaq.language.messages import Answer, RegistryAnswered, RegistryAsked, RegistryUpdated
from aimaq.pipeline.items import BatchExtension
from aimaq.regulation.calendar import ALMATY
from aimaq.regulation.model.registers import REGISTERS, UPDATED, Question, register
from aimaq.store.database import Row
from registry_svc.registers.books import BOOKS
from registry_svc.registers.schemas import read
from registry_svc.views import Found

NOTHING = "nothing"
"""What an applicant supplied who supplied nothing: there is nothing to pass on to the next system."""


class Lookup(BatchExtension):
    """Reads the rows that the messages of a batch are about, before they are handled."""

    found: Found

    def load(self, conn: sa.Connection, messages: Sequence[Received]) -> None:
        """See `BatchExtension.load`."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for content in (one.content for one in messages if one.error is None):
            if isinstance(content, RegistryAsked):
                for name, question in content.questions.items():
                    if name in REGISTERS:
                        wanted[name].add(_key(name, question))
            elif isinstance(content, RegistryUpdated) and content.register in UPDATED:
                first = REGISTERS[content.register]
                for name in {first.name, first.on_to} - {""}:
                    wanted[name].add(content.record.get(first.key, ""))
        self.found = Found(conn)
        self.found.read(wanted)


def handlers(lookup: Lookup, *, strict: bool = True) -> dict[str, Handler]:
    """The registries' reactions, by message type, to what `lookup` has read. `strict`: whether control digits count."""

    def on_registry_asked(uow: UnitOfWork, received: Received) -> None:
        """Questions to registers: each one's record, or that there is none."""
        answer(uow, received, lookup.found)

    def on_registry_updated(uow: UnitOfWork, received: Received) -> None:
        """Data for a register: what is new is written over what was known. Nothing is sent back."""
        enter(uow, received.expect(RegistryUpdated), lookup.found, strict=strict)

    return {
        "RegistryAsked": on_registry_asked,
        "RegistryUpdated": on_registry_updated,
        "MessageRejected": on_message_rejected,
    }


def answer(uow: UnitOfWork, received: Received, found: Found) -> None:
    """Answer questions to registers: each one's record, or that there is none."""
    envelope, content = received.envelope, received.expect(RegistryAsked)
    for name, question in content.questions.items():
        register(name, "questions").check(question, f"questions.{name}")
    answers = {
        name: _answer(name, question, found.row(name, _key(name, question)), uow.now)
        for name, question in content.questions.items()
    }
    if uow.case is None:
        uow.open_case(envelope.case_id, envelope.regulation, envelope.channel)
    uow.send(RegistryAnswered(answers=answers), envelope.sender, caused_by=envelope.message_id)


def enter(uow: UnitOfWork, content: RegistryUpdated, found: Found, *, strict: bool) -> None:
    """Enter data in a register, and in the one that it goes on to; InvalidInput names the field and the rule broken."""
    first = register(content.register, "register", UPDATED)
    rows = {}
    passed_on = first.on_to if content.record.get("supplied") != NOTHING else ""
    for name in (first.name, passed_on) if passed_on else (first.name,):
        book, key = BOOKS[name], content.record.get(first.key, "")
        assert book.schema is not None
        before = found.row(name, key)
        known = {} if before is None else book.shown(before)
        known.pop("entered_at", None)
        record = read(book.schema, known | content.record, "record")
        record.check_numbers("record.", strict=strict)
        rows[name] = (before is not None, book.row(record, uow.now))
    for name, (there, row) in rows.items():
        if found.write(name, row[BOOKS[name].key.name], row):
            continue
        if there:
            uow.update(BOOKS[name].table, BOOKS[name].key.name, row)
        else:
            uow.insert(BOOKS[name].table, row)


def _key(name: str, question: Question) -> str:
    """What the record asked for is kept under: a serial number is lower-case there, without leading zeros."""
    value = question.get(REGISTERS[name].key, "")
    return value.lower().lstrip("0") if name == "nca" else value


def _answer(name: str, question: Question, row: Row | None, now: datetime) -> Answer:
    if row is None or (name == "enis" and not _empowers(row, question, now)):
        return Answer(found=False)
    return Answer(found=True, record=BOOKS[name].shown(row))


def _empowers(power: Row, question: Question, now: datetime) -> bool:
    """Whether a power of attorney lets this representative act for this principal on this day in the Republic."""
    return bool(
        power["notarised"]
        and not power["revoked"]
        and power["principal"] == question["principal"]
        and power["representative"] == question["representative"]
        and power["from"] <= now.astimezone(ALMATY).date() <= power["until"]
    )
