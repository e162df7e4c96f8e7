"""What the gateway says, signed, of one case: which entries of the journal are the case's, and how far senders came.

A message that is left out of a bundle shows against it. It is true as of the entry that the journal ended with when it
was made: what was said in the case after that is not in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa

from aimaq.language.envelope import party_of
from aimaq.language.errors import NotFound
from aimaq.service import Service
from gateway_svc.journal import texts
from gateway_svc.journal.entry import ZERO
from gateway_svc.models import journal


class Sender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many messages of a system were let through in the case, and the number that the last of them bears."""

    party: str
    messages: int
    last: int


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the journal has of a case: the numbers of its `entries`, those rejected among them, in their order.

    `journal` is the number of the journal's last entry at that time, and `head` its hash in hexadecimal.
    """

    case_id: str
    made_at: datetime
    journal: int
    head: str
    entries: tuple[int, ...]
    senders: tuple[Sender, ...]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Statement)


async def stated(service: Service, case_id: str) -> bytes:
    """The statement on a case as of now, as the bytes that are signed; NotFound if the journal has nothing of it."""
    made_at = service.clock.now().astimezone(UTC)
    async with service.database.read() as conn:
        newest = sa.select(journal.c.number, journal.c.hash).order_by(journal.c.number.desc()).limit(1)
        end = (await conn.execute(newest)).first()
        number, head = (end.number, end.hash) if end is not None else (0, ZERO)
        columns = journal.c.number, journal.c.sender, journal.c.sequence, journal.c.verdict
        query = sa.select(*columns).where(journal.c.case_id == case_id, journal.c.number <= number)
        rows = (await conn.execute(query.order_by(journal.c.number))).all()
    if not rows:
        raise NotFound(texts.NOTHING_OF_CASE.format(case_id=case_id), field="case_id")
    text = [(row.sender, row.sequence) for row in rows if row.verdict == "accepted"]
    numbers = tuple(row.number for row in rows)
    return _encoder.encode(Statement(case_id, made_at, number, head.hex(), numbers, senders(text)))


def senders(text: Iterable[tuple[str, int]]) -> tuple[Sender, ...]:
    """The senders of these messages, each told by its name and its number, in the order of their names."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for sender, sequence in text:
        numbers[party_of(sender)].append(sequence)
    return tuple(Sender(party, len(those), max(those)) for party, those in sorted(numbers.items()))


def read_statement(data: bytes) -> Statement | None:
    """The statement in these bytes; None if they are not exactly those of one."""
    try:
        found = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if _encoder.encode(found) == data else None
