"""Connections of httpx's, kept alive: asyncio's sockets and httptools' parser in the place of httpcore.

httpcore, anyio and h11 take 1.5 to 2 ms of a core for an exchange on loopback, this takes 0.1 ms: a replay makes eight
thousand, and would take a fifth longer. Bodies of requests are bytes; those of answers are streams.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from functools import cache

import httpx

from aimaq.http.connection import Connection

MOST = 100
"""Exchanges of a client under way at a time; further ones wait."""

IDLE = 4.0
"""Seconds after which an idle connection is not used again, and is closed. Our servers keep theirs much longer, so that
no request meets a connection that the server is closing, however long either process stalls."""

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_BREAKS = re.compile(rb"[\r\n\0]")

Origin = tuple[str, str, int]


class _Body(httpx.AsyncByteStream):
    """The body of an answer, for httpx. Its connection is free again once it is read or closed."""

    def __init__(self, transport: Transport, origin: Origin, connection: Connection, due: float | None) -> None:
        self._transport, self._origin, self._due = transport, origin, due
        self._connection: Connection | None = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._connection is not None and (piece := await self._next(self._connection)):
            yield piece

    async def aclose(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._transport.done(self._origin, connection)

    async def _next(self, connection: Connection) -> bytes:
        if connection.ready:
            return await connection.piece()
        try:
            async with asyncio.timeout_at(self._due):
                return await connection.piece()
        except TimeoutError:
            raise httpx.ReadTimeout("the answer did not come in full in time") from None


class Transport(httpx.AsyncBaseTransport):
    """A pool of connections. The `read` timeout of a request is the limit of the whole exchange."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(MOST)
        self._idle: dict[Origin, list[Connection]] = {}
        self._busy: set[Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the answer's body is still to be read."""
        seconds: float | None = request.extensions.get("timeout", {}).get("read")
        due = None if seconds is None else asyncio.get_running_loop().time() + seconds
        data, origin = _head(request) + await request.aread(), _origin(request.url)
        try:
            async with asyncio.timeout_at(due):
                connection = await self._answering(origin, request.method, data)
        except TimeoutError:
            raise httpx.ReadTimeout(f"no answer within {seconds:g} s", request=request) from None
        return httpx.Response(
            connection.status, headers=connection.headers, stream=_Body(self, origin, connection, due)
        )

    async def aclose(self) -> None:
        """Close every connection; exchanges under way end with an error."""
        for connection in (*self._busy, *(one for idle in self._idle.values() for one in idle)):
            connection.close()
        self._idle.clear()

    def done(self, origin: Origin, connection: Connection) -> None:
        """An exchange is over: its connection is kept if another may follow on it."""
        self._busy.discard(connection)
        self._room.release()
        if connection.reusable:
            connection.idle_since = now = asyncio.get_running_loop().time()
            idle = self._idle.setdefault(origin, [])
            while idle and not _good(idle[0], now):
                idle.pop(0).close()
            idle.append(connection)
        else:
            connection.close()

    async def _answering(self, origin: Origin, method: str, data: bytes) -> Connection:
        """A connection on which the head of the answer has come; an idle one that turns out closed is no failure."""
        while True:
            await self._room.acquire()
            reused = self._waiting(origin)
            try:
                connection = reused or await _connected(origin)
            except BaseException:
                self._room.release()
                raise
            self._busy.add(connection)
            try:
                connection.send(data, bodiless=method == "HEAD")
                await connection.head()
            except BaseException as error:
                fresh = reused is None or connection.touched or method not in _REPEATABLE
                connection.close()
                self.done(origin, connection)
                if fresh or not isinstance(error, httpx.TransportError):
                    raise
            else:
                return connection

    def _waiting(self, origin: Origin) -> Connection | None:
        """The idle connection that was used last, if it is still good."""
        idle, now = self._idle.get(origin, []), asyncio.get_running_loop().time()
        while idle:
            connection = idle.pop()
            if _good(connection, now):
                return connection
            connection.close()
        return None


def _good(connection: Connection, now: float) -> bool:
    return connection.reusable and connection.idle_since > now - IDLE


async def _connected(origin: Origin) -> Connection:
    scheme, host, port = origin
    loop = asyncio.get_running_loop()
    try:
        _, made = await loop.create_connection(Connection, host, port, ssl=_tls() if scheme == "https" else None)
    except OSError as error:
        raise httpx.ConnectError(str(error) or type(error).__name__) from None
    return made


@cache
def _tls() -> ssl.SSLContext:
    """What this machine trusts; read once, since that takes tens of milliseconds."""
    return ssl.create_default_context()


def _origin(url: httpx.URL) -> Origin:
    if url.scheme not in ("http", "https") or not url.host:
        raise httpx.UnsupportedProtocol(f"{url} is no http address")
    return url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)


def _head(request: httpx.Request) -> bytes:
    """The line and the headers of a request; LocalProtocolError if a header could be taken for more than one."""
    line = b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)
    parts = [line, *(b"%b: %b" % header for header in request.headers.raw)]
    if any(map(_BREAKS.search, parts)):
        raise httpx.LocalProtocolError("a header of the request has a line break in it")
    return b"\r\n".join(parts) + b"\r\n\r\n"
