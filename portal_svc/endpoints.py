"""The portal's REST door: citizens register, ask for a service, sign, and read the answer in their cabinet."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from aimaq.web import front_desk as front
from aimaq.web.front_desk import Front
from portal_svc import views


def routers(desk: Front) -> list[APIRouter]:
    """The portal's endpoints."""
    return [front.router(desk), cabinet(desk), front.check(desk), front.actions(desk, ("choose-certificate", "supply"))]


def cabinet(desk: Front) -> APIRouter:
    """The citizen's cabinet."""
    api = APIRouter(tags=["cabinet"])

    @api.get("/cases")
    async def mine(request: Request) -> list[dict[str, Any]]:
        """The history of one's requests (paragraph 10 of the acts), newest first."""
        return await views.cabinet(desk.service, desk.holder(request))

    return api
