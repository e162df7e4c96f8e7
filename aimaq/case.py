"""A case: one request's life as one system knows it, a small row that every message and command on it reads and writes.

Where the case stands (`at`) is the next regulated part to be done, or its end: `process-6/accept`, `end:issued`.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from aimaq.db import Id, Instant, Row

END = "end:"


@dataclass(slots=True)
class Case:
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
    ground: str = ""
    """Why the system refused: `identity` or `signature`."""
    refused_at: str = ""
    """The step at which it did."""
    grounds: str = ""
    """Why the official refused, in the official's words."""
    form: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    """Parts done since the last message that carried steps, as StepRecords in plain form."""
    shown: list[dict[str, str]] = field(default_factory=list)
    """The statuses shown here, in order: status, shown_at, message_id."""
    sent: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """The number of the last message handled, by lane: a sender at the gateway, `gateway` elsewhere."""
    given: dict[str, int] = field(default_factory=dict)
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
        twin.seen, twin.given = dict(self.seen), dict(self.given)
        return twin

    def row(self) -> Row:
        """The case as a row of the table."""
        return {name: getattr(self, name) for name in _names}

    @classmethod
    def of(cls, row: sa.Row[Any]) -> Case:
        """The case in a row of the table."""
        return cls(**row._mapping)


_names = tuple(f.name for f in fields(Case))


def cases_table(metadata: sa.MetaData) -> sa.Table:
    """The table of cases, the same in every service."""
    text = sa.Text()
    return sa.Table(
        "cases",
        metadata,
        sa.Column("case_id", Id, primary_key=True),
        sa.Column("regulation", text, nullable=False),
        sa.Column("channel", text, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("at", text, nullable=False),
        sa.Column("since", Instant),
        *(sa.Column(name, text, nullable=False) for name in ("person", "iin", "name", "number", "status", "decision")),
        *(sa.Column(name, text, nullable=False) for name in ("ground", "refused_at", "grounds")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("form", "steps", "shown")),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("given", sa.JSON, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Index("cases_by_status", "status", "opened_at"),
    )


def papers_table(metadata: sa.MetaData) -> sa.Table:
    """The signed papers of cases: what a person signed, as bytes, and the detached CMS over it. Never changed."""
    return sa.Table(
        "papers",
        metadata,
        sa.Column("case_id", Id, primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
