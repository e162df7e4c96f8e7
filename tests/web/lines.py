"""A small application behind the server of a service, and clients that talk to it over bare sockets, rudely."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Self

from fastapi import FastAPI, Request, Response
from starlette.responses import StreamingResponse

from aimaq.language.clock import StandClock
from aimaq.pipeline.background.tasks import Tasks
from aimaq.settings import Settings
from aimaq.web.app import Guard
from aimaq.web.metrics.requests import Requests
from aimaq.web.problems import tell_problems
from aimaq.web.server.request_limit import aside
from stand.runtime.embedded import listening, listening_socket
from tests.parties import BASE

PATIENCE = 10.0
"""Seconds that a client waits for something to come, or for the end of the connection."""


@dataclass
class Line:
    """A client's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *pieces: bytes) -> Self:
        """Send bytes."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
        return self

    async def answer(self) -> Answer:
        """The next answer; it has a length."""
        async with asyncio.timeout(PATIENCE):
            return await self._answer()

    async def _answer(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await self.reader.readexactly(int(headers["content-length"]))
        return Answer(int(first.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """Whatever still comes until the server hangs up."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE)


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document in it."""
        assert self.headers["content-type"] == "application/problem+json"
        document: dict[str, Any] = json.loads(self.body)
        assert document["status"] == self.status
        return document


@dataclass
class Site:
    """A server with `/` to read, `/echo` for bodies, `/wait`, which answers once `go` is set, and `/large`.

    `/aside` waits like `/wait`, and lets others have its slot meanwhile; `/attended` also sees its caller go.
    """

    app: FastAPI
    port: int = 0
    waiting: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)
    unread: int = 0
    """Answers of `/large` under way."""
    _lines: list[Line] = field(default_factory=list)

    async def line(self) -> Line:
        """A new connection."""
        line = Line(*await asyncio.open_connection("127.0.0.1", self.port))
        self._lines.append(line)
        return line

    async def close(self) -> None:
        """Hang up on every line."""
        self.go.set()
        for line in self._lines:
            line.writer.transport.abort()


async def _gone(request: Request) -> None:
    """Return when whoever asked has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        continue


SIZE = 16 * 1024 * 1024
"""Bytes of `/large`."""


@asynccontextmanager
async def site(**settings: Any) -> AsyncIterator[Site]:
    """A server with these settings until the block ends."""
    app = FastAPI()
    own = Settings(party="gateway", **settings)
    app.state.requests = Requests()
    app.state.service = SimpleNamespace(
        settings=own, clock=StandClock(lambda: BASE), tasks=Tasks("gateway"), leave=lambda: None
    )
    tell_problems(app)
    app.add_middleware(Guard, most=own.max_body)
    made = Site(app)

    @app.get("/")
    async def read() -> str:
        return "here"

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    @app.get("/wait")
    async def wait() -> str:
        made.waiting += 1
        await made.go.wait()
        return "gone"

    @app.get("/aside")
    async def step_aside(request: Request) -> str:
        async with aside(request):
            made.waiting += 1
            await made.go.wait()
        return "back"

    @app.get("/attended")
    async def attended(request: Request) -> str:
        watch = asyncio.create_task(_gone(request))
        async with aside(request):
            made.waiting += 1
            await made.go.wait()
        watch.cancel()
        return "back"

    @app.get("/health/live")
    async def live() -> str:
        return "alive"

    @app.get("/large")
    async def large() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            made.unread += 1
            try:
                for _ in range(SIZE // 65536):
                    yield bytes(65536)
            finally:
                made.unread -= 1

        return StreamingResponse(pieces(), headers={"Content-Length": str(SIZE)})

    with listening_socket("127.0.0.1", 0) as listener:
        made.port = listener.getsockname()[1]
        async with listening(app, listener):
            try:
                yield made
            finally:
                await made.close()
