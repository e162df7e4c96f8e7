"""What the gateway shows of the parties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aimaq.web.schemas import View

Standing = Literal["good", "near", "expired", "suspended", "revoked"]


@dataclass(frozen=True, slots=True)
class PartyCertificate(View):
    """A certificate of a party's system: `near` runs out within the days that the settings name."""

    serial: str
    not_before: datetime
    not_after: datetime
    status: Standing
    since: datetime | None
    """When it was withdrawn."""


@dataclass(frozen=True, slots=True)
class Right(View):
    """A type of message that a party may send, and to whom."""

    type: str
    recipients: list[str]


@dataclass(frozen=True, slots=True)
class Suspension(View):
    """That the gateway refuses the messages of a party: since when, by whom, and why."""

    since: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class PartyState(View):
    """A party as the gateway knows it; what nobody has told it is null.

    `reasons` keep the service from its work, `warnings` will one day. `last_at` is when its last message was
    journalled, null if none is known of, and `last_type` its type, null if it is not among the newest. `suspended`
    tells that the gateway refuses what it sends; null if it does not.
    """

    party: str
    url: str | None
    outside: bool
    version: str | None
    ready: bool | None
    reasons: list[str]
    warnings: list[str]
    last_at: datetime | None
    last_type: str | None
    suspended: Suspension | None
    certificates: list[PartyCertificate]
    rights: list[Right]
