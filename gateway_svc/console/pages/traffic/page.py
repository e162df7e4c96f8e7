"""The page of the traffic, and the stream that keeps it as it is now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from aimaq.access.administration import Principal
from gateway_svc.console.console import Console
from gateway_svc.console.pages.traffic.live import Live
from gateway_svc.traffic.board import WINDOWS
from gateway_svc.traffic.views import Window


def router(console: Console) -> APIRouter:
    """The page and its stream."""
    pages = console.router()
    live = Live(console)
    console.service.leaving.append(live.close)
    reading: Any = console.caller("journal.read")

    @pages.get("/traffic", dependencies=[reading])
    async def traffic(request: Request, window: Window = "minute") -> Response:
        """The traffic in a window: what `GET /traffic` answers, for people."""
        shown = await live.shown(request, window)
        return await console.page(request, "traffic.html", active="traffic", windows=WINDOWS, **shown)

    @pages.get("/traffic/live")
    async def stream(request: Request, window: Window = "minute", principal: Principal = reading) -> Response:
        """The parts of the page as they change, at most once a second, for as long as the session lasts."""
        return live.stream(request, window, principal)

    return pages
