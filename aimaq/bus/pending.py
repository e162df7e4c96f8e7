"""What one call of `send` still waits for, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from aimaq.language.errors import AimaqError, Technical, Unavailable

_PENDING = Unavailable(Technical("not known yet"))


class PendingConfirm:
    """The outcomes of the messages of one call."""

    __slots__ = ("_done", "_left", "_outcomes", "over")

    def __init__(self, size: int) -> None:
        self._outcomes: list[AimaqError | None] = [_PENDING] * size
        self._left = size
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.over = False

    @property
    def complete(self) -> bool:
        """Whether every outcome is known."""
        return not self._left

    def settle(self, indices: Iterable[int], error: AimaqError | None = None) -> None:
        """The messages with these indices arrived (None) or failed; each index once."""
        for index in indices:
            self._outcomes[index] = error
            self._left -= 1
        if not self._left and not self._done.done():
            self._done.set_result(None)

    async def outcomes(
        self, patience: float, progress: Callable[[], int], why: Callable[[], str]
    ) -> list[AimaqError | None]:
        """All outcomes, once all are known or once `progress` has stood still for `patience` seconds.

        In the second case what is not known is Unavailable, for the reason that `why` gives. `over` is true as soon as
        nobody waits any more, also when the caller was cancelled: nothing more needs to be sent.
        """
        try:
            while self._left:
                visited = progress()
                await asyncio.wait((self._done,), timeout=patience)
                if progress() == visited:
                    break
        finally:
            self.over = True
        if not self._left:
            return self._outcomes
        unknown = Unavailable(Technical(why()))
        return [unknown if outcome is _PENDING else outcome for outcome in self._outcomes]
