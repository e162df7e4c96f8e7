"""The trace of a case: what the gateway journalled of it, and what each system showed, as anyone may read it.

It is all that a verdict rests on. Times are UTC, as the systems gave them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from aimaq.language.envelope import party_of
from aimaq.language.messages import FINAL, StepRecord


class Message(msgspec.Struct, frozen=True):
    """One message as the gateway journalled it. `status` is the one its body tells, if it tells one."""

    message_id: str
    type: str
    sender: str
    recipient: str
    occurred_at: datetime
    journalled_at: datetime
    verdict: Literal["accepted", "rejected"] = "accepted"
    sequence: int = 0
    reason: str | None = None
    caused_by: str | None = None
    status: str | None = None
    steps: tuple[StepRecord, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the gateway took it and passed it on; what it refused is evidence of nothing."""
        return self.verdict == "accepted"

    @property
    def to(self) -> str:
        """The party of the recipient: `lea` for `lea:mamlyut-employment`."""
        return party_of(self.recipient)

    @property
    def by(self) -> str:
        """The party of the sender."""
        return party_of(self.sender)


class Shown(msgspec.Struct, frozen=True):
    """A status, when a system showed it, and the message it came by (None for one that it gave itself)."""

    status: str
    shown_at: datetime
    message_id: str | None = None


class Paper(msgspec.Struct, frozen=True):
    """The result as the person who asked holds it: what it is, its number, whether it is there and signed.

    `pdf` tells whether it is signed as a paper too; None if it was not issued as one.
    """

    decision: str
    kind: str = ""
    number: str = ""
    document: bool = False
    signature: bool = False
    pdf: bool | None = None


class Trace(msgspec.Struct, frozen=True):
    """All that is known of one case from outside."""

    case_id: str
    regulation: str
    channel: str
    status: str | None = None
    end: str | None = None
    opened_at: datetime | None = None
    messages: tuple[Message, ...] = ()
    histories: dict[str, tuple[Shown, ...]] = {}
    result: Paper | None = None

    @property
    def records(self) -> list[tuple[StepRecord, Message]]:
        """The steps that accepted messages report, each with its message, by the time they were done."""
        found = [(record, message) for message in self.messages if message.accepted for record in message.steps]
        return sorted(found, key=lambda pair: pair[0].ended_at)


def matches(status: str | None, wanted: str | None) -> bool:
    """Whether a status is the one asked for: any at all, one of its name, or either of the last two for `final`."""
    return wanted is None or status == wanted or (wanted == "final" and status in FINAL)
