"""What the registries do with the messages that come to them: they answer from their records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from aimaq.errors import InvalidInput
from aimaq.messages import RegistryAnswered, RegistryAsked
from aimaq.service import on_message_rejected
from aimaq.work import Handler, Received, Work
from registry_svc import views

PERSONS = "gbd_fl"


def handlers() -> dict[str, Handler]:
    """The registries' reactions, by message type."""
    return {"RegistryAsked": on_registry_asked, "MessageRejected": on_message_rejected}


def on_registry_asked(work: Work, received: Received) -> None:
    """A question about a person: the record, or that there is none."""
    letter, content = received.letter, received.expect(RegistryAsked)
    iin = _iin_asked(content)
    if work.case is None:
        work.open_case(letter.case_id, letter.regulation, letter.channel)
    record = work.found.get(iin)
    answer = RegistryAnswered(register=content.register, found=record is not None, record=record or {})
    work.send(answer, letter.sender, caused_by=letter.message_id)


def lookup(conn: sa.Connection, asked: Sequence[Received]) -> dict[str, Any]:
    """The records that a batch of questions is about, by IIN."""
    contents = [received.content for received in asked if received.error is None]
    iins = {
        question.query.get("iin", "")
        for question in contents
        if isinstance(question, RegistryAsked) and question.register == PERSONS
    }
    return views.persons(conn, iins) if iins else {}


def _iin_asked(content: RegistryAsked) -> str:
    if content.register != PERSONS:
        raise InvalidInput(f"there is no register {content.register!r} here", field="register", rule=PERSONS)
    if not content.query.get("iin"):
        raise InvalidInput("the register of persons is asked by IIN", field="query.iin", rule="required")
    return content.query["iin"]
