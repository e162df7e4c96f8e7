"""A gateway's journal of so many messages, with the cases that they belong to, written into a PostgreSQL database.

Each case goes through a flow as its regulation prescribes; one in twenty is under way. The envelopes can be read and
their signatures hold; the hashes of the chain are drawn, since nobody walks it here. Everybody in it is made up.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from aimaq.casework.case import Case
from aimaq.language.envelope import Envelope, encode, to_bytes
from aimaq.language.iin import synthetic_iin
from aimaq.language.messages import (
    TYPES,
    Answer,
    Body,
    CaseClosed,
    RegistryAnswered,
    RegistryAsked,
    RegistryUpdated,
    RequestRegistered,
    RequestSubmitted,
    ResultDelivered,
    ResultIssued,
    StatusChanged,
    StepRecord,
)
from aimaq.language.signing.jws import Signer
from aimaq.regulation import Catalogue, Flow, Regulation, workflow
from aimaq.regulation.deadlines import Deadlines, Standing
from conformance import Expected, prescribe
from gateway_svc.journal.entry import ZERO, Header, encoded
from gateway_svc.models import blocks, journal, tables
from stand.people.names import KAZAKH

AT_ONCE = 4096
"""Messages that are signed and copied together."""
UNDER_WAY = 0.05
"""The part of the cases that is under way."""
DAYS = 300
"""How many days back the oldest case was opened."""

_CASE, _MESSAGE, _IIN, _NUMBER = "C" * 36, "M" * 36, "I" * 12, "N" * 19
_BEGAN = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = b"2000-01-01T"
_PAPER = bytes(range(256)) * 5
"""What stands for a signed document, and for a signature: as long as they usually are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a story: its bytes with places for what differs from case to case, and where the case is then."""

    type: str
    sender: str
    recipient: str
    sequence: int
    data: bytes
    after: timedelta
    at: str
    status: str


@dataclass(frozen=True, slots=True)
class Story:
    """What a case of one flow says in the journal, if all goes well."""

    regulation: Regulation
    flow: Flow
    messages: tuple[Line, ...]
    deadlines: Deadlines


@dataclass(slots=True)
class History:
    """Writes the journal: `signers` sign for the parties, `now` is when the last case was opened."""

    url: str
    signers: Mapping[str, Signer]
    now: datetime
    chance: Random
    stories: list[Story] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    _numbers: int = 0

    async def write(self, messages: int, tell: Callable[[str], None]) -> None:
        """Write so many messages, or a few more: cases are whole."""
        self.stories = [story(law, flow) for law in Catalogue.bundled() for flow in law.flows.values()]
        connection = await asyncpg.connect(
            make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        try:
            opened, rows = self.now - timedelta(days=DAYS), list[tuple[Any, ...]]()
            step = timedelta(days=DAYS) * 9 / messages
            while self._numbers + len(rows) < messages:
                opened = min(opened + step, self.now)
                rows += self._case(opened)
                if len(rows) >= AT_ONCE:
                    await self._copy(connection, rows)
                    rows = []
                    if self._numbers % (AT_ONCE * 25) < AT_ONCE:
                        tell(f"{self._numbers} messages are in the journal")
            await self._copy(connection, rows)
            records = [tables.columns.row(case) for case in self.cases]
            columns = list(records[0])
            await connection.copy_records_to_table(
                "cases", records=[tuple(row.values()) for row in records], columns=columns
            )
            await connection.copy_records_to_table(
                "blocks", records=[self._block()], columns=[c.name for c in blocks.c]
            )
            await connection.execute("VACUUM (ANALYZE)")
            await connection.execute("CHECKPOINT")  # what was written so fast is not to be in the way of what is read
        finally:
            await connection.close()

    async def _copy(self, connection: Any, rows: Sequence[tuple[Any, ...]]) -> None:
        signed = await asyncio.to_thread(self._signed, rows)
        await connection.copy_records_to_table("journal", records=signed, columns=[c.name for c in journal.columns])

    def _block(self) -> tuple[Any, ...]:
        """One block with all entries in it: what is in none is read whole when a gateway starts."""
        header = encoded(Header(1, 1, self._numbers, ZERO.hex(), ZERO.hex(), ZERO.hex(), self.now))
        return 1, 1, self._numbers, self.now, header, self.signers["gateway"].sign(header), None, "a bench"

    def _signed(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The rows of the journal, numbered and signed, many under one signature."""
        by_sender: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            by_sender[row[4].partition(":")[0]].append(place)
        marks = [""] * len(rows)
        for sender, places in by_sender.items():
            signatures = self.signers[sender].sign_all([rows[place][12] for place in places], 64)
            for place, mark in zip(places, signatures, strict=True):
                marks[place] = mark
        found = []
        for row, mark in zip(rows, marks, strict=True):
            self._numbers += 1
            found.append((self._numbers, *row[1:13], mark, self.chance.randbytes(32)))
        return found

    def _case(self, opened: datetime) -> Iterator[tuple[Any, ...]]:
        """One case, and its rows of the journal."""
        chance = self.chance
        tale = chance.choice(self.stories)
        case_id, iin = uuid7(opened, chance), synthetic_iin(chance)
        number = f"{opened:%Y%m%d}-{chance.randbytes(5).hex().upper()}"
        under_way = chance.random() < UNDER_WAY
        length = chance.randint(1, max(1, len(tale.messages) - 1)) if under_way else len(tale.messages)
        day = f"{opened:%Y-%m-%dT}".encode()
        last = tale.messages[length - 1]
        for message in tale.messages[:length]:
            at = opened + message.after
            identity = uuid7(at, chance)
            data = message.data.replace(_CASE.encode(), case_id.encode()).replace(_MESSAGE.encode(), identity.encode())
            data = data.replace(_IIN.encode(), iin.encode()).replace(_NUMBER.encode(), number.encode())
            yield (
                *(0, identity, case_id, message.type, message.sender, message.recipient, message.sequence, at, at),
                *("accepted", None, message.sender.partition(":")[0], data.replace(_DAY, day)),
            )
        since = self.now - timedelta(minutes=chance.expovariate(1 / 600)) if under_way else opened + last.after
        standing = Standing("", "", since)
        if not workflow.ended(last.at):
            standing = tale.deadlines.begun(last.at, since)
        self.cases.append(
            Case(
                case_id,
                tale.regulation.id,
                tale.flow.channel,
                opened,
                since,
                at=last.at,
                iin=iin,
                name=f"{chance.choice(KAZAKH.surnames)[0]} {chance.choice(KAZAKH.men)[0]}",
                number=number,
                status=last.status,
                sent=length,
                standing=standing,
            )
        )


def uuid7(at: datetime, chance: Random) -> str:
    """An id of version 7 that was made at an instant."""
    drawn = chance.getrandbits(74)
    text = f"{int(at.timestamp() * 1000):012x}7{drawn >> 62:03x}{0x8 | drawn >> 60 & 3:x}{drawn & (1 << 60) - 1:015x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def story(law: Regulation, flow: Flow) -> Story:
    """The story of a flow: its messages in their order, with the steps that each sender reports."""
    end = flow.end()
    expected = Expected(end=end, status=flow.ends[end].status, result=next(iter(flow.ends[end].results), None))
    prescribed = prescribe(flow, expected)
    pending: dict[str, list[StepRecord]] = defaultdict(list)
    counted: dict[str, int] = defaultdict(int)
    messages, now, at, status = list[Line](), _BEGAN, workflow.begin(flow), "received"
    for place in prescribed.places:
        if not place.needed:
            continue
        before, now = now, now + timedelta(seconds=20)
        outcome = next(iter(sorted(place.outcomes & {"ok", "granted"}) or sorted(place.outcomes)), "ok")
        pending[place.part.party].append(
            StepRecord(place.step.ref, place.part.does, place.part.by, outcome, before, now)
        )
        for due in (one for one in prescribed.messages if one.after == place.index):
            records = tuple(pending.pop(due.sender, ()))
            at = workflow.follow(flow, at, records)
            status = due.status or workflow.end_status(flow, at) or ("in_progress" if counted["lea"] > 1 else status)
            counted[due.sender] += 1
            recipient = law.body if due.to == "lea" else due.to
            body = _body(due.type, status, expected)
            envelope = Envelope(
                message_id=_MESSAGE,
                type=due.type,
                kind=TYPES[due.type].kind,
                sender=due.sender,
                recipient=recipient,
                case_id=_CASE,
                caused_by=None,
                sequence=counted[due.sender],
                regulation=law.id,
                channel=flow.channel,
                occurred_at=now,
                steps=records,
                body=encode(body),
            )
            after = now - _BEGAN
            messages.append(
                Line(due.type, due.sender, recipient, counted[due.sender], to_bytes(envelope), after, at, status)
            )
    return Story(law, flow, tuple(messages), Deadlines(law, flow))


def _body(kind: str, status: Any, expected: Expected) -> Body:
    """The body of a message as it usually is."""
    bodies: dict[str, Body] = {
        "RequestSubmitted": RequestSubmitted(_IIN, "Айгүл Ахметова", {"address": "Абай көшесі, 12"}, _PAPER, _PAPER),
        "RequestRegistered": RequestRegistered(_NUMBER, "received"),
        "StatusChanged": StatusChanged(status, _NUMBER),
        "ResultIssued": ResultIssued("granted", "completed", _NUMBER, _PAPER, _PAPER, expected.result or ""),
        "ResultDelivered": ResultDelivered("granted", "cabinet", _NUMBER, expected.result or ""),
        "CaseClosed": CaseClosed(expected.end),
        "RegistryAsked": RegistryAsked({"gbd_fl": {"iin": _IIN}}),
        "RegistryAnswered": RegistryAnswered({"gbd_fl": Answer(found=True, record={"iin": _IIN, "status": "alive"})}),
        "RegistryUpdated": RegistryUpdated("labour_market", {"iin": _IIN}),
    }
    return bodies[kind]
