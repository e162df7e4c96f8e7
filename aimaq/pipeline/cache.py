"""What a service's writer remembers of its own commits, so that it need not ask the database for it again.

It may, because one process at a time writes to a service's database (`aimaq.db.Database.claim`). Everything here is
bounded, and forgotten whenever it is not certain what was committed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from aimaq.casework.case import Case

V = TypeVar("V")


class Forgotten(Exception):
    """A message was taken for new, since nothing of it is remembered, and has a row in the inbox that waits."""


class Recent(Generic[V]):
    """The values of the keys used last, `most` of them."""

    def __init__(self, most: int) -> None:
        self._values: OrderedDict[str, V] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: str) -> V | None:
        """The value of a key, if it is still remembered."""
        return self._values.get(key)

    def put(self, key: str, value: V) -> None:
        """Remember a value; the one unused for longest goes when there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def drop(self, keys: Iterable[str]) -> None:
        """Forget these keys."""
        for key in keys:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()


class Memory:
    """Cases as last committed, signed papers, digests of messages in the inbox, and how many messages are held.

    A paper's key is its case's id and its kind, with a slash between.
    """

    def __init__(self, cases: int = 1024, messages: int = 1024, papers: int = 256) -> None:
        self.cases: Recent[Case] = Recent(cases)
        self.messages: Recent[str] = Recent(messages)
        self.papers: Recent[tuple[bytes, bytes]] = Recent(papers)
        self.held = 0
        self.tail: Any = None
        """What the service's own `Rules.finish` has to know of the batch before; None where that is not certain."""

    def clear(self) -> None:
        """Forget what may not be what was committed. The count of held messages is counted anew."""
        self.cases.clear()
        self.messages.clear()
        self.papers.clear()
        self.held = 1
        self.tail = None
