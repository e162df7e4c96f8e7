"""A certification authority that gives no time stamps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer


@asynccontextmanager
async def without_stamps(registry: str) -> AsyncIterator[str]:
    """The address of a registry like this one, whose time-stamping authority is down."""

    async def passed_on(request: web.Request) -> web.Response:
        if request.path == "/nca/tsa":
            return web.Response(status=500)
        async with aiohttp.ClientSession() as session, session.get(f"{registry}{request.path}") as answer:
            return web.Response(body=await answer.read(), status=answer.status)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", passed_on)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")
