"""A pooler in transaction mode: what a client sees of pgbouncer, as far as this suite needs it.

Whoever begins something has the session of the server's that was free last, and a new one if none is; at the end of the
transaction it is free for others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.engine import make_url

_TLS_REQUEST = (80877103).to_bytes(4)
_READY, _IDLE, _TERMINATE = b"Z", b"I", b"X"


@dataclass(frozen=True)
class _Session:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: bytes


async def _startup(reader: asyncio.StreamReader) -> bytes:
    size = await reader.readexactly(4)
    return size + await reader.readexactly(int.from_bytes(size) - 4)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(int.from_bytes(head[1:]) - 4)


async def _greeting(reader: asyncio.StreamReader) -> bytes:
    greeting = b""
    while not (message := await _message(reader)).startswith(_READY):
        greeting += message
    return greeting + message


class _Pooler:
    """The free sessions, and whatever is open."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._free: list[_Session] = []
        self.open: list[asyncio.StreamWriter] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a client's messages on until it goes."""
        self.open.append(writer)
        self._start(self._pass_on(reader, writer))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self.tasks.append(asyncio.ensure_future(work))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (startup := await _startup(reader)).endswith(_TLS_REQUEST):
            writer.write(b"N")
            startup = await _startup(reader)
        first = await self._session(startup)
        writer.write(first.greeting)
        self._free.append(first)
        lent: list[_Session] = []
        while not (message := await _message(reader)).startswith(_TERMINATE):
            if not lent:
                lent.append(await self._session(startup))
                self._start(self._answer(lent, writer))
            lent[0].writer.write(message)
        writer.close()

    async def _answer(self, lent: list[_Session], writer: asyncio.StreamWriter) -> None:
        """Pass on what the server says, to the end of the transaction."""
        message = b""
        while not (message.startswith(_READY) and message.endswith(_IDLE)):
            message = await _message(lent[0].reader)
            writer.write(message)
        self._free.append(lent.pop())

    async def _session(self, startup: bytes) -> _Session:
        if self._free:
            return self._free.pop()
        reader, writer = await asyncio.open_connection(self._host, self._port)
        self.open.append(writer)
        writer.write(startup)
        return _Session(reader, writer, await _greeting(reader))


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[str]:
    """The address of a pooler before the database at `url`, which lets us in without a password."""
    address = make_url(url)
    pooler = _Pooler(str(address.host), int(address.port or 0))
    async with await asyncio.start_server(pooler.serve, "127.0.0.1", 0) as server:
        yield address.set(port=server.sockets[0].getsockname()[1]).render_as_string(hide_password=False)
        for task in pooler.tasks:
            task.cancel()
        await asyncio.gather(*pooler.tasks, return_exceptions=True)
        for writer in pooler.open:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in pooler.open), return_exceptions=True)
