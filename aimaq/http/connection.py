"""One connection of the HTTP client: a socket, and the answer that is being read from it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

import httptools
import httpx

LARGEST_HEAD = 64 * 1024
"""Bytes of a status line with its headers."""

_AHEAD = 256 * 1024
"""Bytes of a body that are read ahead of whoever takes them."""

_CLOSED = "the server closed the connection before it answered"


class Connection(asyncio.Protocol):
    """One socket, and the exchange that is under way on it."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.touched = self.complete = self.lost = False
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._bodiless = self._framed = self._reusable = self._begun = self._paused = False
        self._chunks: deque[bytes] = deque()
        self._ahead = self._head_size = 0

    @property
    def reusable(self) -> bool:
        """Whether another exchange may follow on this connection."""
        return self._reusable and self.complete and not self.lost and self._error is None

    def send(self, data: bytes, *, bodiless: bool) -> None:
        """Begin an exchange; `bodiless` is that of a HEAD request."""
        self._parser = httptools.HttpResponseParser(self)
        self._bodiless = bodiless
        self.touched = self.complete = self._begun = False
        self._head_size = 0
        if self._transport is not None and not self.lost:
            self._transport.write(data)

    async def head(self) -> None:
        """Return once the status and the headers are there."""
        while not self._begun:
            await self._more()

    @property
    def ready(self) -> bool:
        """Whether a piece of the body, or its end, is there."""
        return bool(self._chunks) or self.complete

    async def piece(self) -> bytes:
        """The next piece of the body as it comes; empty after the last."""
        while not self.ready:
            await self._more()
        if not self._chunks:
            return b""
        chunk = self._chunks.popleft()
        self._ahead -= len(chunk)
        if self._paused and self._ahead <= _AHEAD and self._transport is not None:
            self._transport.resume_reading()
            self._paused = False
        return chunk

    def close(self) -> None:
        """Hang up, without waiting for what was not sent yet."""
        self.lost = True
        if self._transport is not None:
            self._transport.abort()

    async def _more(self) -> None:
        """Return once something has come in that was not there; raises if nothing will."""
        if self._error is not None:
            raise self._error
        if self.lost:
            raise httpx.RemoteProtocolError(_CLOSED if not self._begun else "the answer broke off")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write to it."""
        self._transport = cast(asyncio.Transport, transport)  # other event loops' transports are no subclasses

    def data_received(self, data: bytes) -> None:
        """Read on in the answer; what comes unasked ends the connection."""
        self.touched = True
        if self._parser is None or self.complete:
            self.close()
            return
        if not self._begun:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._error = httpx.RemoteProtocolError(f"the answer is not HTTP: {error}")
        if not self._begun and self._head_size > LARGEST_HEAD:
            self._error = httpx.RemoteProtocolError(f"the headers of the answer are larger than {LARGEST_HEAD} bytes")
        if self._ahead > _AHEAD and not self._paused and self._transport is not None:
            self._transport.pause_reading()
            self._paused = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits; a body without a stated length ends here."""
        self.lost = True
        if exc is not None and self._error is None:
            self._error = httpx.ReadError(str(exc) or type(exc).__name__)
        elif self._begun and not self._framed:
            self.complete = True
        self._wake()

    # --- what the parser calls ---

    def on_message_begin(self) -> None:
        """An answer begins, the first or one that nobody asked for."""
        if self.complete:
            self._reusable = False
            return
        self.status, self.headers, self._framed = 0, [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if not self.complete:
            self.headers.append((name, value))
            self._framed = self._framed or name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        """The body comes next, unless the status says that the answer is still to come."""
        assert self._parser is not None
        if self.complete:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self._begun = True
        self._reusable = self._parser.should_keep_alive() and not self._bodiless
        if self._bodiless:  # the parser does not know, and waits for the body
            self.complete = True

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if not self.complete:
            self._chunks.append(body)
            self._ahead += len(body)

    def on_message_complete(self) -> None:
        """The answer is there in full."""
        if self._begun:
            self.complete = True
