"""How often somebody may fail or call before they have to wait: a bounded count by client, on the stand's clock."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from math import ceil

from aimaq.language.clock import Clock
from aimaq.language.errors import TooManyFailures, TooManyRequests
from aimaq.language.texts import Texts
from aimaq.web.front_desk import texts


class Limiter:
    """Lets a client fail `most` times in a `window`; then everything is refused until the first of them is over.

    The last `clients` that failed are remembered: a stranger with more addresses than that is not held up.
    """

    refusal: type[TooManyFailures] = TooManyFailures
    wording: Callable[[int, float], Texts] = staticmethod(texts.too_many)

    def __init__(
        self, clock: Clock, most: int = 10, window: timedelta = timedelta(minutes=10), clients: int = 4096
    ) -> None:
        self._clock, self._most, self._window, self._clients = clock, most, window, clients
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()

    def admit(self, client: str) -> None:
        """TooManyFailures if the client has to wait, with the seconds until it need not."""
        failures = self._recent(client)
        if failures is not None and len(failures) >= self._most:
            left = (failures[0] + self._window - self._clock.now()).total_seconds()
            rule = f"{self._most} in {self._window.total_seconds():.0f} s"
            text = self.wording(self._most, self._window.total_seconds())
            raise self.refusal(text, rule=rule, retry_after=max(1, ceil(left)))

    def failed(self, client: str) -> None:
        """Count a failure."""
        failures = self._recent(client)
        if failures is None:
            failures = self._failures[client] = deque()
        failures.append(self._clock.now())
        self._failures.move_to_end(client)
        if len(self._failures) > self._clients:
            self._failures.popitem(last=False)

    def attempt(self, client: str) -> None:
        """Admit an attempt, and count it as a failure until it has `passed`: those under way count together."""
        self.admit(client)
        self.failed(client)

    def passed(self, client: str) -> None:
        """Take the client's last attempt back: it was no failure."""
        failures = self._failures.get(client)
        if failures:
            failures.pop()

    def forget(self, client: str) -> None:
        """Forget all of a client's failures."""
        self._failures.pop(client, None)

    def __len__(self) -> int:
        return len(self._failures)

    def _recent(self, client: str) -> deque[datetime] | None:
        """The failures that still count; a client without any is forgotten."""
        failures, begin = self._failures.get(client), self._clock.now() - self._window
        while failures and failures[0] <= begin:
            failures.popleft()
        if failures is not None and not failures:
            del self._failures[client]
            return None
        return failures


class CallLimiter(Limiter):
    """Lets a client make `most` calls in a `window`; what it refuses is TooManyRequests."""

    refusal = TooManyRequests
    wording = staticmethod(texts.too_many_calls)


class OneAtATime:
    """Has those who come for the same thing wait for each other, so that each attempt is counted before the next."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, thing: str) -> AsyncIterator[None]:
        """Hold the thing; another who comes for it waits until this block ends."""
        lock, waiting = self._locks.get(thing, (asyncio.Lock(), 0))
        self._locks[thing] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[thing]
            if waiting > 1:
                self._locks[thing] = (lock, waiting - 1)
            else:
                del self._locks[thing]

    def __len__(self) -> int:
        return len(self._locks)
