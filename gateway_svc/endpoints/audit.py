"""The REST API of the trail: who did what at the gateway, when, from where, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field

from aimaq.access.trail import Outcome
from aimaq.language.bounds import Characters
from aimaq.language.envelope import EARLIEST, LATEST
from aimaq.service import Service
from aimaq.web.callers import Administrator
from gateway_svc.journal.trail import listing, views

Words = Annotated[str | None, Query(), Characters(128)]
Moment = Annotated[Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)] | None, Query()]
Before = Annotated[int, Query(ge=1, le=listing.LARGEST, description="The `next` of the page before.")]


def router(service: Service) -> APIRouter:
    """The endpoint of the trail."""
    api = APIRouter(tags=["audit"])
    reading = Depends(Administrator(service.administration, "audit.read"))

    @api.get("/audit", dependencies=[reading])
    async def audit(
        who: Words = None,
        what: Words = None,
        outcome: Outcome | None = None,
        object: Words = None,
        case_id: Words = None,
        since: Moment = None,
        until: Moment = None,
        before: Before = listing.LARGEST,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> views.Page:
        """What those who administer the gateway did and tried, newest first: each is an entry of the chained journal.

        `who` is the name of an account, `what` a permission or `sign-in`, `object` what it was done on, `since` and
        `until` moments with a time zone.
        """
        query = listing.Query(who, what, outcome, object, case_id, since, until)
        return await listing.page(service, query, before, limit)

    return api
