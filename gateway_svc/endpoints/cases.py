"""The REST API of the cases that the journal knows: the search, and the deadlines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from aimaq.web.app import say
from aimaq.web.callers import Administrator
from gateway_svc.cases.query import CaseQuery, DeadlineQuery
from gateway_svc.cases.reader import CaseReader
from gateway_svc.cases.views import CasePage, DeadlinePage


def router(reader: CaseReader) -> APIRouter:
    """The endpoints of search and deadlines."""
    api = APIRouter(tags=["cases"])
    reading = Depends(Administrator(reader.service.administration, "cases.read"))

    @api.get("/cases", response_model=CasePage, dependencies=[reading])
    async def cases(query: Annotated[CaseQuery, Query()]) -> Response:
        """The cases that the journal knows, newest first or by what is due first, `limit` at a time.

        `next` is the cursor of the page after this one. IIN and BIN are searched for as they are, and shown masked.
        """
        return say(await reader.found(query))

    @api.get("/deadlines", response_model=DeadlinePage, dependencies=[reading])
    async def deadlines(query: Annotated[DeadlineQuery, Query()]) -> Response:
        """The limits that have run out and those that are about to, by whose move it is, what is due first before.

        A limit is near when less than a quarter of it is left, or thirty minutes. The forecast counts with what waits
        in the gateway's own outbox.
        """
        return say(await reader.deadlines(query))

    return api
