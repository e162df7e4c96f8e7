"""The REST API of one case: how far it has come, its terms, its messages with the verdict on each signature."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from aimaq.access.administration import Principal
from aimaq.service import Service
from aimaq.web.app import say
from aimaq.web.callers import Administrator
from aimaq.web.front_desk import case_id_of
from gateway_svc.cases.file.sheet import sheet
from gateway_svc.cases.file.views import CaseSheet
from gateway_svc.journal.bodies import see_case


def router(service: Service) -> APIRouter:
    """The endpoint of one case."""
    api = APIRouter(tags=["cases"])
    reading = Depends(Administrator(service.administration, "journal.read", bodies=True))

    @api.get("/cases/{case_id}", response_model=CaseSheet)
    async def case(
        case_id: str,
        after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        principal: Principal = reading,
    ) -> Response:
        """A case as of now: whose move it is, each step against its limit, the terms, and `limit` of its messages.

        `after` is the number of the last message of the page before.
        """
        await see_case(service, principal, case_id_of(case_id))
        return say(await sheet(service, case_id_of(case_id), after, limit))

    return api
