"""Who listens: places for streams that go on until their reader leaves, so many in all and for one reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import AsyncContentStream, StreamingResponse
from starlette.types import Receive, Scope, Send

from aimaq.language.errors import TooManyRequests
from gateway_svc.feed import texts

SHARE = 8
"""A service has a place for each so many of its connections."""


class Places:
    """The places of one kind of stream at a service that may have so many `connections`."""

    def __init__(self, connections: int) -> None:
        self._most = max(1, connections // SHARE)
        self._open: Counter[str] = Counter()

    @property
    def readers(self) -> int:
        """How many listen."""
        return self._open.total()

    def check(self, name: str, most: int) -> None:
        """See that a reader of this name, who may have `most`, can have a place; TooManyRequests if none is free."""
        if self._open[name] >= most:
            raise TooManyRequests(texts.TOO_MANY_FEEDS.format(most=most))
        if self.readers >= self._most:
            raise TooManyRequests(texts.FEEDS_IN_USE.format(most=self._most))

    @contextmanager
    def take(self, name: str) -> Iterator[None]:
        """A place for a reader of this name."""
        self._open[name] += 1
        try:
            yield
        finally:
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]


class EventStream(StreamingResponse):
    """An event stream that has a place for as long as it lasts."""

    media_type = "text/event-stream"

    def __init__(self, places: Places, name: str, most: int, content: AsyncContentStream) -> None:
        """For a reader of this name, who may have `most`; TooManyRequests if no place is free for them."""
        places.check(name, most)
        super().__init__(content, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._places, self._name = places, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, until the reader leaves or there is no more."""
        with self._places.take(self._name):
            await super().__call__(scope, receive, send)
