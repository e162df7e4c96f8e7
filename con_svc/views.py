"""What the service centre shows: its work list, cases by status, and who waits in the hall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from aimaq.service import Service
from aimaq.web import views
from aimaq.web.schemas import View


@dataclass(frozen=True, slots=True)
class Ticket(View):
    """A place in the queue: `number` counts from 1 each day."""

    ticket: str
    day: date
    number: int
    issued_at: datetime


async def worklist(service: Service, status: str | None, after: str, limit: int) -> list[views.Outline]:
    """The cases that operators follow, oldest first."""
    return await views.listing(service, status, after, limit)
