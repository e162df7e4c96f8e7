"""What a service's writer remembers of its own commits, so that it need not ask the database for it again.

It may, because one process at a time writes to a service's database (`aimaq.store.lock`).
Everything here is bounded, and forgotten whenever it is not certain what was committed.
"""

from __future__ import annotations

from aimaq.casework.case import Case
from aimaq.store.lru import Recent


class Forgotten(Exception):
    """A message was taken for new, since nothing of it is remembered, and has a row in the inbox that waits."""


class Cache:
    """Cases as last committed, signed papers, digests of messages in the inbox, and how many messages are held.

    A paper's key is its case's id and its kind, with a slash between.
    """

    def __init__(self, cases: int = 1024, messages: int = 1024, papers: int = 256) -> None:
        self.cases: Recent[Case] = Recent(cases)
        self.messages: Recent[str] = Recent(messages)
        self.papers: Recent[tuple[bytes, bytes]] = Recent(papers)
        self.parked = 0

    def clear(self) -> None:
        """Forget what may not be what was committed. The count of held messages is counted anew."""
        self.cases.clear()
        self.messages.clear()
        self.papers.clear()
        self.parked = 1
