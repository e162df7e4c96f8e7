"""The gateway's REST door: where the stand is, its clock, which cases the journal knows, and the trace of each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from aimaq.web import clock as dial, app as web
from aimaq.web.front_desk import case_id_of
from aimaq.language.messages import Status
from aimaq.service import Service
from gateway_svc import views


def routers(service: Service) -> list[APIRouter]:
    """The gateway's endpoints."""
    api = APIRouter(tags=["journal"])

    @api.get("/stand")
    async def stand() -> dict[str, Any]:
        """The addresses of the five services."""
        return {"urls": service.settings.urls, "regulations": [regulation.id for regulation in service.catalogue]}

    @api.get("/cases")
    async def cases(
        request: Request,
        status: Status | None = None,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[dict[str, Any]]:
        """The cases that the journal knows, oldest first; `after` is the last id of the page before."""
        web.only_admin(service.admin_token, request)
        return await views.cases(service, status, after, limit)

    @api.get("/cases/{case_id}/trace")
    async def trace(case_id: str, request: Request) -> dict[str, Any]:
        """Every message of a case, with the steps that its sender reports: the whole story of the case."""
        web.only_admin(service.admin_token, request)
        return await views.trace(service, case_id_of(case_id))

    @api.get("/rejected")
    async def rejected(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> list[dict[str, Any]]:
        """The messages that were not let through, newest first, each with its reason."""
        web.only_admin(service.admin_token, request)
        return await views.rejected(service, limit)

    @api.get("/messages/{message_id}")
    async def message(message_id: str, request: Request) -> Response:
        """A message exactly as it came; its detached signature stands in the header `Signature-JWS`."""
        web.only_admin(service.admin_token, request)
        body, signature = await views.raw(service, message_id)
        return Response(body, media_type="application/json", headers={"Signature-JWS": signature})

    return [api, dial.router(service.clock, service.admin_token)]
