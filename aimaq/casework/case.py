"""A case: one request's life as one system knows it, a small record that every message and command on it changes.

Where the case stands (`at`) is the next regulated part to be done, or its end: `process-6/accept`, `end:issued`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from aimaq.store.database import INLINE, Id, Instant, Row, among
from aimaq.language.messages import StepRecord

END = "end:"


class Case(msgspec.Struct):
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
    """What was wrong, in words: the faults of the papers."""
    refused_at: str = ""
    """The step at which it did."""
    grounds: str = ""
    """Why the official refused, in the official's words."""
    form: dict[str, Any] = {}
    asked: list[str] = []
    """The registers that were asked last."""
    registers: dict[str, dict[str, Any]] = {}
    """What registers answered, by their short names: `found` and `record`."""
    certificate: str = ""
    """The serial number of the certificate that the applicant chose to sign with, where that is a step of its own."""
    given_in: dict[str, str] = {}
    """What people gave beside form and papers: the executor, the letter's text, what was supplied or paid."""
    paper: tuple[bytes, bytes] | None = None
    """What was signed and is still to be sent: the document and the CMS."""
    pdf: bytes = b""
    """The result's signed PDF, if it is still to be sent."""
    pdf_digest: str = ""
    """The SHA-256 of the result's signed PDF, in hexadecimal, once it lies here."""
    steps: list[StepRecord] = []
    """Parts done since the last message that carried steps."""
    shown: list[dict[str, str]] = []
    """The statuses shown here, in order: status, shown_at, message_id."""
    sent: int = 0
    seen: dict[str, int] = {}
    """The number of the last message handled, by lane: a sender at the gateway, `gateway` elsewhere."""
    given: dict[str, int] = {}
    """At the gateway: the last delivery number given, by recipient."""
    held: int = 0
    """Messages on this case that wait here for an earlier one."""

    @property
    def end(self) -> str | None:
        """The name of the end that the case came to, or None while it is open."""
        return self.at.removeprefix(END) if self.at.startswith(END) else None

    def copy(self) -> Case:
        """A copy that can be changed without changing this one."""
        twin = copy.copy(self)
        twin.form, twin.steps, twin.shown = dict(self.form), list(self.steps), list(self.shown)
        twin.registers, twin.given_in = dict(self.registers), dict(self.given_in)
        twin.seen, twin.given = dict(self.seen), dict(self.given)
        return twin

    def row(self) -> Row:
        """The case as a row of the table: what is searched for in columns, and the whole in one."""
        return {
            "case_id": self.case_id,
            "regulation": self.regulation,
            "channel": self.channel,
            "person": self.person,
            "status": self.status,
            "opened_at": self.opened_at,
            "changed_at": self.changed_at,
            "whole": _encoder.encode(self),
        }

    @classmethod
    def read(cls, whole: bytes) -> Case:
        """The case in the column `whole` of a row."""
        return _decoder.decode(whole)


CHANGING = ("case_id", "status", "changed_at", "whole")
"""The key, and the columns that differ from one change of a case to the next."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Case)


def cases_table(metadata: sa.MetaData) -> sa.Table:
    """The table of cases, the same in every service."""
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
        sa.Index("cases_by_person", "person", "case_id"),
        sa.Index("cases_by_status", "status", "case_id"),
        **INLINE,
    )


def stored_cases(conn: sa.Connection, table: sa.Table, ids: Sequence[str], kind: str) -> list[Case]:
    """Those of these cases that the table has."""
    return [Case.read(whole) for whole in conn.execute(_stored(table, kind), {"keys": ids}).scalars()]


@cache
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
