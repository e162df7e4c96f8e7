"""The endpoints of a staffed desk beside those that all have: what there is to do, and handing a result over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from aimaq.access.sessions import Holder
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.messages import Status
from aimaq.service import Service
from aimaq.web import views
from aimaq.web.app import say
from aimaq.web.front_desk.authorisation import FrontDesk, case_id_of
from aimaq.web.front_desk.schemas import Delivery
from aimaq.web.views import Outline

Listing = Callable[[Service, str | None, str, int], Awaitable[list[Outline]]]


def worklist(front_desk: FrontDesk, listed: Listing) -> APIRouter:
    """The endpoint of a staffed desk that tells what there is to do."""
    api = APIRouter(tags=["work list"], dependencies=[Depends(front_desk.reader)])

    @api.get("/cases", response_model=list[Outline])
    async def cases(
        status: Status | None = None,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """Cases, oldest first, `limit` at a time; `after` is the last id of the page before."""
        return say(await listed(front_desk.service, status, after, limit))

    @api.get("/uncollected", response_model=list[Outline])
    async def uncollected(after: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Response:
        """Results that nobody has come for yet, oldest first; they are kept (act 002, paragraph 17(4))."""
        return say(await views.uncollected(front_desk.service, views.page_after(after), limit))

    return api


def delivery(front_desk: FrontDesk) -> APIRouter:
    """The endpoint of a desk where a result is handed over."""
    api = APIRouter(tags=["front desk"])

    @api.post("/cases/{case_id}/delivery", response_model=Outline)
    async def deliver(case_id: str, handed: Delivery, holder: Holder = Depends(front_desk.user)) -> Response:
        """Hand the result to the person who asked."""

        def command(uow: UnitOfWork) -> None:
            context = front_desk.procedure.context(uow, how=handed.how, roles=front_desk.roles(holder))
            front_desk.procedure.perform(context, "issue", context.case.decision)

        case, _ = await front_desk.service.writer.change(command, case_id_of(case_id))
        return say(views.outline(case))

    return api
