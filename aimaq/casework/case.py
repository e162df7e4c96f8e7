"""A case: one request's life as one system knows it, a small record that every message and command on it changes.

A `Case` is frozen, with everything in it: it is what is stored, cached and read. A unit of work changes a `CaseDraft`,
which shares the values of the case until it assigns others; the batch freezes what differs afterwards.

Where the case stands (`at`) is the next regulated part to be done, or its end: `process-6/accept`, `end:issued`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import astuple, force_setattr

from aimaq.casework.frozen import EMPTY, Frozen, frozen
from aimaq.language.messages import StepRecord
from aimaq.language.texts import Texts
from aimaq.regulation.deadlines import Standing
from aimaq.store.database import INLINE, STATEMENTS, Id, Instant, Row, among

END = "end:"


class RegisterAnswer(msgspec.Struct, frozen=True):
    """What a register answered about a case: whether it has a record, and the record."""

    found: bool
    record: Mapping[str, Any] = EMPTY

    def __post_init__(self) -> None:
        force_setattr(self, "record", frozen(self.record))


class ShownStatus(msgspec.Struct, frozen=True):
    """A status shown here, when, and by which message it came; no message where it was set here."""

    status: str
    shown_at: datetime
    message_id: str = ""


def in_words(faults: Iterable[Texts], language: str) -> str:
    """Faults as one text in a language."""
    return "; ".join(fault.say(language) for fault in faults)


class _Fields(msgspec.Struct):
    """One system's knowledge of a case. Times are UTC."""

    case_id: str
    regulation: str
    channel: str
    opened_at: datetime
    changed_at: datetime
    at: str = ""
    since: datetime | None = None
    """When the part that the case stands at could first be done."""
    person: str = ""
    """IIN of whoever signed in to open the case here: the citizen, the operator or the official."""
    stranger: bool = False
    """Whether whoever opened the case did not show that they are `person`: then it is nobody's."""
    iin: str = ""
    name: str = ""
    number: str = ""
    status: str = ""
    decision: str = ""
    result: str = ""
    """Which of the regulation's results it is to be, or was."""
    ground: str = ""
    """Why the system refused: `identity`, `signature`, `registry` or `documents`."""
    detail: str = ""
    """What was wrong, in words: the faults of the papers, in Kazakh or as an official wrote them. See `explained`."""
    refused_at: str = ""
    """The step at which it did."""
    grounds: str = ""
    """Why the official refused, in the official's words."""
    form: Mapping[str, Any] = EMPTY
    asked: tuple[str, ...] = ()
    """The registers that were asked last."""
    registers: Mapping[str, RegisterAnswer] = EMPTY
    """What registers answered, by their short names."""
    certificate: str = ""
    """The serial number of the certificate that the applicant chose to sign with, where that is a step of its own."""
    inputs: Mapping[str, str] = msgspec.field(default=EMPTY, name="given_in")
    """What people gave beside form and papers: the executor, the letter's text, what was supplied or paid."""
    paper: tuple[bytes, bytes] | None = None
    """What was signed and is still to be sent: the document and the CMS."""
    pdf: bytes = b""
    """The result's signed PDF, if it is still to be sent."""
    pdf_digest: str = ""
    """The SHA-256 of the result's signed PDF, in hexadecimal, once it lies here."""
    steps: tuple[StepRecord, ...] = ()
    """Parts done since the last message that carried steps."""
    shown: tuple[ShownStatus, ...] = ()
    """The statuses shown here, in order."""
    sent: int = 0
    last_numbers: Mapping[str, int] = msgspec.field(default=EMPTY, name="seen")
    """The number of the last message handled, by ordering key: a sender at the gateway, `gateway` elsewhere."""
    delivery_numbers: Mapping[str, int] = msgspec.field(default=EMPTY, name="given")
    """At the gateway: the last delivery number given, by recipient."""
    parked: int = msgspec.field(default=0, name="held")
    """Messages on this case that wait here for an earlier one."""
    faults: tuple[Texts, ...] = ()
    """What was wrong with the papers that were brought here; `detail` has the same in Kazakh, as messages carry it."""
    standing: Standing | None = None
    """At the gateway: whose move the case is, and until when."""

    @property
    def end(self) -> str | None:
        """The name of the end that the case came to, or None while it is open."""
        return self.at.removeprefix(END) if self.at.startswith(END) else None

    def explained(self, language: str) -> str:
        """What was wrong, in `kk`, `ru` or `en`; as it was written, where that is in one language. Empty if nothing."""
        own = self.detail == in_words(self.faults, "kk")
        return in_words(self.faults, language) if own else self.detail


class CaseDraft(_Fields):
    """A case inside a unit of work. Its attributes can be assigned; the values themselves are never changed."""

    def frozen(self) -> Case:
        """The case as this draft has it."""
        return Case(*astuple(self))


class Case(_Fields, frozen=True):  # type: ignore[misc]  # one list of fields for both; nothing writes to a `_Fields`
    """A case as it was committed. Nothing in it can be changed."""

    def __post_init__(self) -> None:
        for name, value in zip(_MAPPINGS, _mappings(self), strict=True):
            if type(value) is not Frozen:
                force_setattr(self, name, frozen(value))

    def draft(self) -> CaseDraft:
        """A draft that begins as this case."""
        return CaseDraft(*astuple(self))

    def changed(self, draft: CaseDraft, now: datetime) -> Case:
        """The case that a unit of work leaves, changed `now`; this very one if the draft does not differ."""
        if astuple(draft) == astuple(self):
            return self
        draft.changed_at = now
        return draft.frozen()

    def row(self) -> Row:
        """The case as a row of the table: what is searched for in columns, and the whole in one."""
        return {
            "case_id": self.case_id,
            "regulation": self.regulation,
            "channel": self.channel,
            "person": "" if self.stranger else self.person,
            "status": self.status,
            "opened_at": self.opened_at,
            "changed_at": self.changed_at,
            "whole": _encoder.encode(self),
        }

    @classmethod
    def read(cls, whole: bytes) -> Case:
        """The case in the column `whole` of a row."""
        return _decoder.decode(whole)


AnyCase = Case | CaseDraft
"""A case to be read, inside a unit of work or outside."""

_MAPPINGS = tuple(name for name, kind in _Fields.__annotations__.items() if str(kind).startswith("Mapping"))
_mappings = attrgetter(*_MAPPINGS)


CHANGING = ("case_id", "status", "changed_at", "whole")
"""The key, and the columns that differ from one change of a case to the next."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Case)


def cases_table(metadata: sa.MetaData, *more: sa.schema.SchemaItem, by_person: bool = True) -> sa.Table:
    """The table of cases, the same in every service but for what is `more`.

    It has no index `by_person` where nobody opens cases in person.
    """
    own = (*more, sa.Index("cases_by_person", "person", "case_id")) if by_person else more
    return sa.Table(
        "cases",
        metadata,
        sa.Column("case_id", Id, primary_key=True),
        sa.Column("regulation", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("person", sa.String(12), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("whole", sa.LargeBinary, nullable=False),
        sa.Index("cases_by_status", "status", "case_id"),
        *own,
        **INLINE,
    )


def stored_cases(conn: sa.Connection, table: sa.Table, ids: Sequence[str], kind: str) -> list[Case]:
    """Those of these cases that the table has."""
    return [Case.read(whole) for whole in conn.execute(_stored(table, kind), {"keys": ids}).scalars()]


@lru_cache(STATEMENTS)
def _stored(table: sa.Table, kind: str) -> sa.Select[Any]:
    return sa.select(table.c.whole).where(among(table.c.case_id, kind))


def papers_table(metadata: sa.MetaData) -> sa.Table:
    """The signed papers of cases: what a person signed, as bytes, and the CMS over it as sent. Never changed."""
    return sa.Table(
        "papers",
        metadata,
        sa.Column("case_id", Id, primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        **INLINE,
    )


def issued_table(metadata: sa.MetaData) -> sa.Table:
    """The signed PDFs of results: found by number together with the IIN or BIN that they were given to. Never changed.

    A number is all but certain to be of one case only: nobody gives them out for all bodies.
    """
    return sa.Table(
        "issued",
        metadata,
        sa.Column("case_id", Id, primary_key=True),
        sa.Column("number", sa.Text, nullable=False, index=True),
        sa.Column("iin", sa.Text, nullable=False),
        sa.Column("bin", sa.Text, nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
    )
