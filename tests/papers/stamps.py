"""A certification authority that gives no time stamps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aimaq.http.client import http_client
from tests.serving import Reply, Request, serving


@asynccontextmanager
async def without_stamps(registry: str) -> AsyncIterator[str]:
    """The address of a registry like this one, whose time-stamping authority is down."""

    async def passed_on(request: Request) -> Reply:
        if request.path == "/nca/tsa":
            return Reply(status=500)
        async with http_client() as http:
            answer = await http.get(f"{registry}{request.path}")
        return Reply(answer.content, answer.status_code)

    async with serving(passed_on) as server:
        yield server.url
