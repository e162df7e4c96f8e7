"""The service centre's REST API: an operator makes the request, follows it, and hands the result over."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from aimaq.web.app import say
from aimaq.web.callers import ANYONE
from aimaq.web.front_desk import (
    FrontDesk,
    accounts,
    actions,
    check,
    delivery,
    performs,
    router,
    sign_in,
    worklist,
)
from con_svc import views
from con_svc.queue.tickets import Queue

PERFORMS = performs("con")
"""The operations that people perform here, each with its endpoint."""


def routers(front_desk: FrontDesk, queue: Queue) -> list[APIRouter]:
    """The service centre's endpoints, those first that are called most."""
    return [
        router(front_desk),
        sign_in(front_desk),
        accounts(front_desk),
        worklist(front_desk, views.worklist),
        delivery(front_desk),
        check(front_desk),
        actions(front_desk),
        hall(front_desk, queue),
    ]


def hall(front_desk: FrontDesk, queue: Queue) -> APIRouter:
    """The operating hall with its electronic queue."""
    api = APIRouter(tags=["queue"])

    @api.post("/tickets", status_code=201, response_model=views.Ticket, dependencies=[ANYONE])
    async def take(request: Request) -> Response:
        """Take a place in the queue, as anybody does who comes in."""
        front_desk.entry.called(request, "/tickets")
        return say(await queue.take(), 201)

    @api.get("/tickets", response_model=list[views.Ticket], dependencies=[Depends(front_desk.user)])
    async def waiting() -> Response:
        """Those who wait to be called up, in their order."""
        return say(await queue.waiting())

    return api
