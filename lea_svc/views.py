"""What the executive body shows its officials: the work list."""

from __future__ import annotations

from typing import Any

from aimaq.web import views
from aimaq.service import Service


async def worklist(service: Service, status: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """The cases of the body, oldest first."""
    return await views.listing(service, status, after, limit)
