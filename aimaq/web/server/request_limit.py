"""How many requests a service works on at a time. The others wait for a slot, and are told 503 if none comes free.

A service that works on everything at once finishes nothing as soon as more comes than it can bear: each caller gives up
before its answer is there and asks again, and what was done for it was done for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aimaq.language.errors import Unavailable
from aimaq.web.app import RETRY
from aimaq.web.problems import answer, language
from aimaq.web.server.errors import NO_SLOT

LONGEST = 5.0
"""Seconds that a request waits for a slot."""
ALWAYS = ("/health/", "/metrics")
"""Whoever asks how a service is gets an answer at once."""
GONE = "aimaq.gone"
"""What a request's scope has once its connection is lost."""
_KEY = "aimaq.slot"


class RequestLimit:
    """Has an application work on `most` requests at a time; the first to come is the first served.

    A request whose body is still coming has none, nor has one whose answer is being taken: slow clients hold up
    nobody. For a caller who has gone before there is a slot nothing is done.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._free = asyncio.Semaphore(most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when there is a slot for it, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            await self._app(scope, receive, send)
            return
        slot = scope[_KEY] = Slot(self._free)
        try:
            await slot.take(LONGEST)
        except TimeoutError:
            refusal = answer(Unavailable(NO_SLOT), language(Request(scope)))
            refusal.raw_headers.append(RETRY)
            await refusal(scope, receive, send)
            return
        if GONE in scope:
            slot.give()
            return
        whole = False

        async def received() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            had = slot.give()
            message = await receive()
            if had:  # not while the request is aside or is being answered, as when its caller is watched meanwhile
                await slot.take()
            whole = not message.get("more_body", False)
            return message

        async def sent(message: Message) -> None:
            slot.give()
            await send(message)

        try:
            await self._app(scope, received, sent)
        finally:
            slot.give()


class Slot:
    """A place among the requests that are worked on: the request has it, or has given it to others for a while."""

    __slots__ = ("_free", "_taken")

    def __init__(self, free: asyncio.Semaphore) -> None:
        self._free, self._taken = free, False

    async def take(self, seconds: float | None = None) -> None:
        """Wait until there is one; TimeoutError if there is none within these seconds."""
        if seconds is None or not self._free.locked():
            await self._free.acquire()
        else:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
        self._taken = True

    def give(self) -> bool:
        """Let the next request have it; whether this one had it."""
        had, self._taken = self._taken, False
        if had:
            self._free.release()
        return had


@asynccontextmanager
async def aside(request: Request) -> AsyncIterator[None]:
    """Let others have the slot inside the block, in which this request waits for something; then go on."""
    slot: Slot | None = request.scope.get(_KEY)
    if slot is None:  # it came past the server, as in a process of its own
        yield
        return
    slot.give()
    try:
        yield
    except Exception:  # one that is cancelled does not go on
        await slot.take()
        raise
    await slot.take()
