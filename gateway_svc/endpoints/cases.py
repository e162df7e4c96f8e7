"""The REST API of the cases that the journal knows: the search, and the deadlines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from aimaq.service import Service
from aimaq.web.app import say
from aimaq.web.callers import Administrator
from gateway_svc.cases.forecast import own_waiting
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.pressing import pressing
from gateway_svc.cases.query import CaseQuery, DeadlineQuery, checked, due_first
from gateway_svc.cases.search import search
from gateway_svc.cases.standing import Limits
from gateway_svc.cases.views import CasePage, DeadlinePage, found_case


def router(service: Service, medians: Medians) -> APIRouter:
    """The endpoints of search and deadlines."""
    api = APIRouter(tags=["cases"])
    limits = Limits(service.catalogue)
    reading = Depends(Administrator(service.administration, "cases.read"))

    @api.get("/cases", response_model=CasePage, dependencies=[reading])
    async def cases(query: Annotated[CaseQuery, Query()]) -> Response:
        """The cases that the journal knows, newest first or by what is due first, `limit` at a time.

        `next` is the cursor of the page after this one. IIN and BIN are searched for as they are, and shown masked.
        """
        filters = checked(query, service.catalogue, strict=service.settings.strict_iin)
        now = service.clock.now()
        found = await search(service, filters, query.cursor, query.limit, now)
        items = [found_case(case, limits, now) for case in found.cases]
        return say(CasePage(items, found.next, found.count, found.exact))

    @api.get("/deadlines", response_model=DeadlinePage, dependencies=[reading])
    async def deadlines(query: Annotated[DeadlineQuery, Query()]) -> Response:
        """The limits that have run out and those that are about to, by whose move it is, what is due first before.

        A limit is near when less than a quarter of it is left, or thirty minutes. The forecast counts with what waits
        in the gateway's own outbox.
        """
        filters, waiting = due_first(query, service.catalogue), await own_waiting(service)
        return say(await pressing(service, filters, query.cursor, query.limit, medians, limits, waiting))

    return api
