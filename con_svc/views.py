"""What the service centre shows: its work list, cases by status."""

from __future__ import annotations

from typing import Any

from aimaq.web import views
from aimaq.service import Service


async def worklist(service: Service, status: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """The cases that operators follow, oldest first."""
    return await views.listing(service, status, after, limit)
