"""How many requests a service works on at a time. The others wait for their turn, and are told 503 if it does not come.

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
from aimaq.web.app import RETRY, answer, language
from aimaq.web.server.errors import NO_TURN

LONGEST = 5.0
"""Seconds that a request waits for its turn."""
ALWAYS = "/health/"
"""Whoever asks how a service is gets an answer at once."""
_KEY = "aimaq.turn"


class Turns:
    """Has an application work on `most` requests at a time; the first to come is the first served.

    A request whose body is still coming has no turn, nor has one whose answer is being taken: who is slow holds up nobody.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._free = asyncio.Semaphore(most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            await self._app(scope, receive, send)
            return
        turn = scope[_KEY] = Turn(self._free)
        try:
            await turn.take(LONGEST)
        except TimeoutError:
            refusal = answer(Unavailable(NO_TURN), language(Request(scope)))
            refusal.raw_headers.append(RETRY)
            await refusal(scope, receive, send)
            return
        whole = False

        async def received() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            turn.give()
            message = await receive()
            await turn.take()
            whole = not message.get("more_body", False)
            return message

        async def sent(message: Message) -> None:
            turn.give()
            await send(message)

        try:
            await self._app(scope, received, sent)
        finally:
            turn.give()


class Turn:
    """The turn of one request: it has it, or it has given it to others for a while."""

    __slots__ = ("_free", "_held")

    def __init__(self, free: asyncio.Semaphore) -> None:
        self._free, self._held = free, False

    async def take(self, seconds: float | None = None) -> None:
        """Wait until it is this request's turn; TimeoutError if it is not within these seconds."""
        if seconds is None or not self._free.locked():
            await self._free.acquire()
        else:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
        self._held = True

    def give(self) -> None:
        """Let the next request have its turn."""
        if self._held:
            self._held = False
            self._free.release()


@asynccontextmanager
async def aside(request: Request) -> AsyncIterator[None]:
    """Let others have their turns inside the block, in which this request waits for something; then go on."""
    turn: Turn | None = request.scope.get(_KEY)
    if turn is None:  # it came past the server, as in a process of its own
        yield
        return
    turn.give()
    try:
        yield
    except Exception:  # one that is cancelled does not go on
        await turn.take()
        raise
    await turn.take()
