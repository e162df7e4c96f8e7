"""The portal's REST API: citizens register, ask for a service, sign, and read the answer in their cabinet."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from aimaq.access.sessions import Holder
from aimaq.web.front_desk import FrontDesk, accounts, actions, check, performs, router, sign_in
from aimaq.web.views import Outline
from portal_svc import views

PERFORMS = performs("portal")
"""The operations that people perform here, each with its endpoint."""


def routers(front_desk: FrontDesk) -> list[APIRouter]:
    """The portal's endpoints, those first that are called most."""
    return [
        router(front_desk),
        sign_in(front_desk),
        accounts(front_desk),
        cabinet(front_desk),
        check(front_desk),
        actions(front_desk),
    ]


def cabinet(front_desk: FrontDesk) -> APIRouter:
    """The citizen's cabinet."""
    api = APIRouter(tags=["cabinet"])

    @api.get("/cases")
    async def mine(holder: Holder = Depends(front_desk.user)) -> list[Outline]:
        """The history of one's requests (paragraph 10 of the acts), newest first."""
        return await views.cabinet(front_desk.service, holder.iin)

    return api
