"""Who waits for a case to change: requests with `Prefer: wait` are woken by the commit that changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Notifier:
    """Those in this process who wait, by case."""

    def __init__(self) -> None:
        self._events: dict[str, list[asyncio.Event]] = {}
        self.waiting = 0
        """How many wait."""

    def __len__(self) -> int:
        return len(self._events)

    @contextmanager
    def watch(self, case_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever a transaction of this process has changed the case."""
        event = asyncio.Event()
        self._events.setdefault(case_id, []).append(event)
        self.waiting += 1
        try:
            yield event
        finally:
            self.waiting -= 1
            self._events[case_id].remove(event)
            if not self._events[case_id]:
                del self._events[case_id]

    def tell(self, changed: Collection[str]) -> None:
        """Wake those who wait for one of these cases."""
        for case_id in self._events.keys() & set(changed):
            for event in self._events[case_id]:
                event.set()
