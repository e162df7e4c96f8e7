"""A cable between a bus and its broker, to be pulled out, plugged in again, or left connected and dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL


class Cable:
    """Forwards a port of this machine to the broker at `url`; `url` becomes the address of the near end."""

    def __init__(self, url: str) -> None:
        far = URL(url)
        self._host, self._port = far.host, far.port or 5672
        self._far = far
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._alive = asyncio.Event()
        self._alive.set()
        self.url = url

    async def plug(self) -> None:
        """Let connections through."""
        port = URL(self.url).port if self.url != str(self._far) else 0
        self._server = await asyncio.start_server(self._join, "127.0.0.1", port)
        near = self._server.sockets[0].getsockname()[1]
        self.url = str(self._far.with_host("127.0.0.1").with_port(near))

    async def pull(self) -> None:
        """End every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()

    def freeze(self) -> None:
        """Leave connections as they are, but let nothing through."""
        self._alive.clear()

    def thaw(self) -> None:
        """Let through what was held back, and all that follows."""
        self._alive.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        await asyncio.gather(self._forward(reader, far_writer), self._forward(far_reader, writer))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while data := await reader.read(65536):
                await self._alive.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            writer.transport.abort()
        finally:
            self._writers.discard(writer)
            writer.close()


@asynccontextmanager
async def cable(url: str) -> AsyncIterator[Cable]:
    """A plugged cable to the broker at `url`."""
    made = Cable(url)
    await made.plug()
    try:
        yield made
    finally:
        made.thaw()
        await made.pull()
