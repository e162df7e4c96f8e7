"""Records made of the entries of the journal."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from aimaq.bus import GATEWAY
from aimaq.language.clock import Clock
from aimaq.language.envelope import UNREADABLE
from aimaq.language.errors import UnknownRegulation
from aimaq.language.messages import TYPES, StepRecord
from aimaq.regulation import Catalogue
from aimaq.regulation.model.flow import Step
from gateway_svc.feed.views import Record, StepLimit
from gateway_svc.journal.trail.action import VERDICT
from gateway_svc.models import journal, tables

_COLUMNS = tuple(column for column in journal.c if column.name not in ("signature", "hash"))
_PERSON = re.compile(r"\d{12}")
"""A person's number, or an organisation's: a sender may put one where the name of a body belongs."""
_SLUG = re.compile(r"[a-z-]{1,40}(?=: )").match


class _Course(msgspec.Struct, frozen=True):
    """What an envelope says of the course of its case."""

    regulation: str
    channel: str
    steps: tuple[StepRecord, ...] = ()


class _Place(NamedTuple):
    """Where in a regulation a message belongs, and the last step of it that was reported, with its outcome."""

    regulation: str | None = None
    channel: str | None = None
    step: Step | None = None
    outcome: str = ""


_decoder = msgspec.json.Decoder(_Course)


def entries() -> sa.Select[Any]:
    """The messages in the journal, each with how often its handling has failed, if its row in the inbox is there.

    What those who administer did is no message, and for those alone who may read the trail.
    """
    box = tables.inbox
    both = journal.outerjoin(box, box.c.message_id == journal.c.message_id)
    return sa.select(*_COLUMNS, box.c.attempts).select_from(both).where(journal.c.verdict != VERDICT)


def record_of(row: sa.Row[Any], catalogue: Catalogue, clock: Clock) -> Record:
    """The record of an entry."""
    spec = TYPES.get(row.type) if row.type is not None else None
    response = spec is not None and spec.kind == "RESPONSE"
    place = _place(row, catalogue)
    ends = _member(row.sender), _member(row.recipient)
    client, service = reversed(ends) if response else ends
    at, size = int(row.journalled_at.timestamp() * 1000), len(row.body)
    return Record(
        number=row.number,
        monitoring_at=at // 1000,
        request_at=None if response else at,
        response_at=at if response else None,
        message_id=row.message_id,
        case_id=row.case_id,
        client=client[0],
        client_subsystem=client[1],
        service=service[0],
        service_subsystem=service[1],
        type=spec.name if spec is not None else None,
        request_size=None if response else size,
        response_size=size if response else None,
        succeeded=row.verdict == "accepted",
        fault=_fault(row.verdict, row.reason),
        kind=spec.kind if spec is not None else None,
        sender=_plain(row.sender),
        recipient=_plain(row.recipient),
        sequence=row.sequence,
        occurred_at=row.occurred_at,
        journalled_at=row.journalled_at,
        queue_ms=_queued(row, clock),
        attempts=row.attempts + 1 if row.attempts is not None else None,
        regulation=place.regulation,
        channel=place.channel,
        step=place.step.ref if place.step is not None else None,
        paragraph=place.step.paragraph if place.step is not None else None,
        limit=_limit(place),
    )


def _place(row: sa.Row[Any], catalogue: Catalogue) -> _Place:
    """Nothing is taken from a message whose sender is not certain, nor a name that no regulation here knows."""
    if row.sender is None:
        return _Place()
    try:
        course = _decoder.decode(row.body)
        flow = catalogue.flow(course.regulation, course.channel)
    except (*UNREADABLE, UnknownRegulation):
        return _Place()
    for record in reversed(course.steps):
        if record.ref in flow.steps:
            return _Place(course.regulation, course.channel, flow.steps[record.ref], record.outcome)
    return _Place(course.regulation, course.channel)


def _limit(place: _Place) -> StepLimit | None:
    """The limit of a step; where it has one for each result, that of the result, if that was reported."""
    step = place.step
    limit = (step.limit or (step.limits or {}).get(place.outcome)) if step is not None else None
    return StepLimit(limit.unit, limit.min, limit.max) if limit is not None else None


def _plain(name: str | None) -> str | None:
    """A name of a system, without a number of a person."""
    return _PERSON.sub("*" * 12, name) if name is not None else None


def _member(name: str | None) -> tuple[str | None, str | None]:
    """A system as X-Road names one: the party is the member, a body of it its subsystem."""
    if name is None:
        return None, None
    party, _, body = name.partition(":")
    return _plain(party), _plain(body or None)


def _fault(verdict: str, reason: str | None) -> str | None:
    """Why a message was refused, in one word; what stands after that may be a stranger's words."""
    if verdict == "accepted":
        return None
    found = _SLUG(reason or "")
    return found[0] if found else "unknown"


def _queued(row: sa.Row[Any], clock: Clock) -> float | None:
    """Milliseconds of real time from the making of a message to its entry; None where that cannot be known."""
    if row.occurred_at is None or row.sender == GATEWAY:
        return None
    seconds = clock.lasted(row.occurred_at, row.journalled_at).total_seconds()
    return round(seconds * 1000, 3) if seconds > 0 else None
