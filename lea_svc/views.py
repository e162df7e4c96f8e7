"""What the executive body shows its officials: the work list, and the draft of a result."""

from __future__ import annotations

from typing import Any

from aimaq import views
from aimaq.desk import Desk
from aimaq.service import Service
from lea_svc import office


async def worklist(service: Service, status: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """The cases of the body, oldest first."""
    return await views.listing(service, status, after, limit)


async def draft(service: Service, desk: Desk, case_id: str, official: str) -> bytes:
    """The document that is due as its bytes stand, to be signed by this official."""
    return office.to_sign(desk, await views.case(service, case_id), official)
