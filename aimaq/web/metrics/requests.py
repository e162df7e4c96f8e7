"""The requests that a service answered: counted by what was asked for, as it is declared, and not as it was written."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from functools import partial
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aimaq.pipeline.telemetry.families import OTHER, Words
from aimaq.pipeline.telemetry.histogram import SHORT, Histogram

AS_GET: Final = "aimaq.get"
"""What the scope of a HEAD has: the scope of the GET that it is answered as."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """The requests of one service, from its start on."""

    def __init__(self) -> None:
        self.answered: Counter[Words] = Counter()
        """By method, route and status."""
        self.seconds: defaultdict[str, Histogram] = defaultdict(partial(Histogram, SHORT))
        """By route: until the answer began."""

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one whose answer has begun."""
        method = scope["method"]
        route = str(getattr(scope.get(AS_GET, scope).get("route"), "path", OTHER))
        self.answered[(method if method in _METHODS else OTHER, route, str(status))] += 1
        self.seconds[route].observe(seconds)


class Measured:
    """An application whose answers are counted."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it when its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        time = asyncio.get_running_loop().time
        began = time()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._requests.count(scope, message["status"], time() - began)
            await send(message)

        await self._app(scope, receive, measured)
