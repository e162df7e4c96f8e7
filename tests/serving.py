"""A small HTTP server for tests, which answers as a test says: a registry, an authority, a gateway that is not ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """What was asked: `path` is without the query, names of `headers` are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, value: Any, status: int = 200) -> Reply:
        """A value as JSON."""
        return cls(json.dumps(value).encode(), status, {"Content-Type": "application/json"})


Answers = Callable[[Request], Awaitable[Reply]]


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """A server that listens at `url` until it is closed, and talks on each connection as it was told.

    `connections` is how many were ever made to it.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""
        self.connections = 0

    @property
    def connected(self) -> int:
        """How many connections there are now."""
        return len(self._tasks)

    async def open(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Listen no more, and hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever talked to it has gone away
        except asyncio.CancelledError:
            pass  # it is being closed; the callback of a server takes a cancelled task for a fault
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[Listener]:
    """A listener until the block ends."""
    listener = Listener(talk)
    await listener.open()
    try:
        yield listener
    finally:
        await listener.close()


@asynccontextmanager
async def serving(answer: Answers | Mapping[str, Answers]) -> AsyncIterator[Listener]:
    """A web site until the block ends, with one answer to everything or one for each path; 404 for other paths."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await _read(reader)
            found = answer.get(request.path) if isinstance(answer, Mapping) else answer
            writer.write(_written(await found(request) if found is not None else Reply(status=404)))
            await writer.drain()

    async with listening(talk) as listener:
        yield listener


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rows = head.strip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rows)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target.partition("?")[0], headers, body)


def _written(answer: Reply) -> bytes:
    rows = [f"HTTP/1.1 {answer.status} said", *(f"{name}: {value}" for name, value in answer.headers.items())]
    if answer.status != 304:
        rows.append(f"Content-Length: {len(answer.body)}")
    return "\r\n".join(rows).encode() + b"\r\n\r\n" + answer.body
