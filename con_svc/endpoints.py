"""The service centre's REST door: an operator makes the request, follows it, and hands the result over."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from aimaq.web import front_desk as front
from aimaq.web.front_desk import Front
from aimaq.web.app import say
from con_svc import views
from con_svc.queue.tickets import Queue


class Ticket(BaseModel):
    """A place in the queue: `number` counts from 1 each day."""

    ticket: str
    day: date
    number: int
    issued_at: datetime


def routers(desk: Front, queue: Queue) -> list[APIRouter]:
    """The service centre's endpoints."""
    return [
        front.router(desk),
        front.worklist(desk, views.worklist),
        front.delivery(desk),
        front.check(desk),
        front.actions(desk, ("pay",)),
        hall(desk, queue),
    ]


def hall(desk: Front, queue: Queue) -> APIRouter:
    """The operating hall with its electronic queue."""
    api = APIRouter(tags=["queue"])

    @api.post("/tickets", status_code=201, response_model=Ticket)
    async def take() -> Response:
        """Take a place in the queue, as anybody does who comes in."""
        return say(await queue.take(), 201)

    @api.get("/tickets", response_model=list[Ticket])
    async def waiting(request: Request) -> Response:
        """Those who wait to be called up, in their order."""
        desk.holder(request)
        return say(await queue.waiting())

    return api
