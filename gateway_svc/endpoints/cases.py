"""The REST API of the cases that the journal knows: the search, and the deadlines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from aimaq.access.administration import Principal
from aimaq.web.app import say
from aimaq.web.callers import Administrator
from gateway_svc.cases.query import CaseQuery, DeadlineQuery
from gateway_svc.cases.reader import CaseReader
from gateway_svc.cases.views import CasePage, DeadlinePage


def router(reader: CaseReader) -> APIRouter:
    """The endpoints of search and deadlines."""
    api = APIRouter(tags=["cases"])
    reading = Depends(Administrator(reader.service.administration, "cases.read"))
    own_reading = Depends(Administrator(reader.service.administration, "cases.read", bodies=True))

    @api.get("/cases", response_model=CasePage)
    async def cases(query: Annotated[CaseQuery, Query()], principal: Principal = own_reading) -> Response:
        """The cases that the journal knows, newest first or by what is due first, `limit` at a time.

        `next` is the cursor of the page after this one. IIN and BIN are searched for as they are, and shown masked.
        An account that is bound to a body finds that body's alone.
        """
        own = query.model_copy(update={"party": principal.body}) if principal.body else query
        return say(await reader.found(own))

    @api.get("/deadlines", response_model=DeadlinePage, dependencies=[reading])
    async def deadlines(query: Annotated[DeadlineQuery, Query()]) -> Response:
        """The limits that have run out and those that are about to, by whose move it is, what is due first before.

        A limit is near when less than a quarter of it is left, or thirty minutes. The forecast counts with what waits
        in the gateway's own outbox.
        """
        return say(await reader.deadlines(query))

    return api
