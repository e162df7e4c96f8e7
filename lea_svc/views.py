"""What the executive body shows its officials: the work list, and the draft of a result."""

from __future__ import annotations

from typing import Any

from aimaq import views
from aimaq.case import Case
from aimaq.desk import Desk
from aimaq.documents import result_document
from aimaq.errors import OutOfOrder
from aimaq.service import Service


async def worklist(service: Service, status: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """The cases of the body, oldest first."""
    return await views.listing(service, status, after, limit)


async def draft(service: Service, desk: Desk, case_id: str, official: str) -> bytes:
    """The result as its bytes stand, to be signed by this official."""
    return document(desk, await views.case(service, case_id), official)


def document(desk: Desk, case: Case, official: str) -> bytes:
    """The result of a case as bytes; OutOfOrder if nothing has been prepared yet."""
    if not case.decision:
        raise OutOfOrder("nothing has been prepared to be signed")
    return result_document(desk.catalogue.regulation(case.regulation), case, official)
