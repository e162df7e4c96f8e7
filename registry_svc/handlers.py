"""What the registries do with the messages that come to them: they answer from their books, and enter what is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from aimaq.regulation.calendar import ALMATY
from aimaq.store.database import Row
from aimaq.language.messages import Answer, RegistryAnswered, RegistryAsked, RegistryUpdated
from aimaq.regulation.model.registers import REGISTERS, UPDATED, Question, register
from aimaq.service import on_message_rejected
from aimaq.casework.unit_of_work import Handler, Received, Work
from registry_svc.registers.books import BOOKS
from registry_svc.registers.schemas import read
from registry_svc.views import Found

FOUND = "registers"
"""Where in `work.found` the rows are that `lookup` has read."""


NOTHING = "nothing"
"""What an applicant supplied who supplied nothing: there is nothing to pass on to the next system."""


def handlers(*, strict: bool = True) -> dict[str, Handler]:
    """The registries' reactions, by message type. `strict` says whether control digits are checked."""

    def on_registry_updated(work: Work, received: Received) -> None:
        """Data for a register: what is new is written over what was known. Nothing is sent back."""
        enter(work, received.expect(RegistryUpdated), strict=strict)

    return {
        "RegistryAsked": on_registry_asked,
        "RegistryUpdated": on_registry_updated,
        "MessageRejected": on_message_rejected,
    }


def on_registry_asked(work: Work, received: Received) -> None:
    """Questions to registers: each one's record, or that there is none."""
    letter, content = received.letter, received.expect(RegistryAsked)
    for name, question in content.questions.items():
        register(name, "questions").check(question, f"questions.{name}")
    found: Found = work.found[FOUND]
    answers = {
        name: _answer(name, question, found.row(name, _key(name, question)), work.now)
        for name, question in content.questions.items()
    }
    if work.case is None:
        work.open_case(letter.case_id, letter.regulation, letter.channel)
    work.send(RegistryAnswered(answers=answers), letter.sender, caused_by=letter.message_id)


def enter(work: Work, content: RegistryUpdated, *, strict: bool) -> None:
    """Enter data in a register, and in the one that it goes on to; InvalidInput names the field and the rule broken."""
    first = register(content.register, "register", UPDATED)
    found: Found = work.found[FOUND]
    rows = {}
    passed_on = first.on_to if content.record.get("supplied") != NOTHING else ""
    for name in (first.name, passed_on) if passed_on else (first.name,):
        book, key = BOOKS[name], content.record.get(first.key, "")
        assert book.shape is not None
        before = found.row(name, key)
        known = {} if before is None else book.shown(before)
        known.pop("entered_at", None)
        record = read(book.shape, known | content.record, "record")
        record.check_numbers("record.", strict=strict)
        rows[name] = (before is not None, book.row(record, work.now))
    for name, (there, row) in rows.items():
        if found.write(name, row[BOOKS[name].key.name], row):
            continue
        if there:
            work.updates.append((BOOKS[name].table, BOOKS[name].key.name, row))
        else:
            work.inserts.append((BOOKS[name].table, row))


def lookup(conn: sa.Connection, received: Sequence[Received]) -> dict[str, Any]:
    """The rows that a batch of messages is about."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for content in (one.content for one in received if one.error is None):
        if isinstance(content, RegistryAsked):
            for name, question in content.questions.items():
                if name in REGISTERS:
                    wanted[name].add(_key(name, question))
        elif isinstance(content, RegistryUpdated) and content.register in UPDATED:
            first = REGISTERS[content.register]
            for name in {first.name, first.on_to} - {""}:
                wanted[name].add(content.record.get(first.key, ""))
    found = Found(conn)
    found.read(wanted)
    return {FOUND: found}


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
