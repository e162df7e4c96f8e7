"""What the gateway shows of its trail, and of whose a case is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aimaq.access.trail import Outcome
from aimaq.web.schemas import View


@dataclass(frozen=True, slots=True)
class Act(View):
    """An act as its entry tells it. `number` is that of the entry, `id` what its bytes are had by (`/messages/{id}`).

    `action` is the permission that was used, or `sign-in` or `sign-out`. `times` is how often a try was repeated, until
    `until`.
    """

    number: int
    id: str
    at: datetime
    principal: str
    roles: tuple[str, ...]
    party: str
    body: str
    address: str
    action: str
    call: str
    object: str
    case_id: str | None
    reason: str
    outcome: Outcome
    status: int
    times: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Page(View):
    """Acts, newest first; `next` is what the page after them is asked for by (`before`), null where they end."""

    items: list[Act]
    next: int | None


@dataclass(frozen=True, slots=True)
class Applicant(View):
    """Whose a case is, as journalled messages say it; `bin` if an organisation asks, `name` empty if none says it."""

    case_id: str
    iin: str
    name: str
    bin: str | None
