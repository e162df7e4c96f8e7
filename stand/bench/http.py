"""A small HTTP client for the load: one kept-alive connection, JSON both ways.

The load shares the machine with what it measures. A full client costs as much per call as the server does; this one
reads a status line, a content length and a body, which is all that our own servers send.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import orjson

from aimaq.language.errors import Technical, Unavailable


class HttpConnection:
    """One connection to one service; a call at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, method: str, path: str, body: Any = None, token: str = "", prefer: str = "") -> Any:
        """The JSON answer to one request; Unavailable, with what the service said, for any status of 400 or more."""
        status, content = await self.exchange(method, path, body, token, prefer)
        if status >= 400:
            raise Unavailable(Technical(f"{method} {path} answered {status}: {content.decode()[:300]}"))
        return orjson.loads(content) if content else None

    async def exchange(
        self, method: str, path: str, body: Any = None, token: str = "", prefer: str = ""
    ) -> tuple[int, bytes]:
        """The status and the body of the answer to one request; OSError or EOFError if there is none."""
        if self._writer is None or self._reader is None or self._writer.is_closing() or self._reader.at_eof():
            # also one that the service has hung up, as it does after some seconds in which nothing was asked
            await self.close()
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        data = b"" if body is None else orjson.dumps(body)
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: {len(data)}\r\n"
        if data:
            head += "Content-Type: application/json\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        if prefer:
            head += f"Prefer: {prefer}\r\n"
        self._writer.write(head.encode() + b"\r\n" + data)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lower = answer.lower()
        start = lower.index(b"content-length:") + 15
        length = int(lower[start : lower.index(b"\r\n", start)])
        return int(answer[9:12]), await self._reader.readexactly(length)

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
