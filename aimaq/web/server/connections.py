"""The connections that clients have to one service: how many there may be, and which one makes room for another."""

from __future__ import annotations

import resource
from typing import Protocol

SPARE = 256
"""Files of a process that are none of its clients': databases, the broker, calls to other services."""


class Evictable(Protocol):
    """A connection that can be closed for another."""

    def give_way(self) -> None:
        """Close at once, without an answer."""


class Connections:
    """The connections to one service, `most` at a time.

    Where there is no room for another, the one that has been idle longest gives way; where none is idle, that whose
    request has been incomplete longest. One whose request is being answered never does.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._all: set[Evictable] = set()
        self._idle: dict[Evictable, None] = {}
        self._incomplete: dict[Evictable, None] = {}

    def enter(self, one: Evictable) -> bool:
        """Take another connection in, idle; False if it has to be refused."""
        if len(self._all) >= self.most:
            oldest = next(iter(self._idle), None) or next(iter(self._incomplete), None)
            if oldest is None:
                return False
            self.leave(oldest)
            oldest.give_way()
        self._all.add(one)
        self._idle[one] = None
        return True

    def idle(self, one: Evictable) -> None:
        """Nothing is under way on a connection from now on."""
        if one in self._all:
            self._incomplete.pop(one, None)
            self._idle[one] = None

    def incomplete(self, one: Evictable) -> None:
        """A request has begun to come on a connection."""
        if one in self._all:
            self._idle.pop(one, None)
            self._incomplete[one] = None

    def busy(self, one: Evictable) -> None:
        """A request is being answered on a connection."""
        self._idle.pop(one, None)
        self._incomplete.pop(one, None)

    def leave(self, one: Evictable) -> None:
        """A connection is over."""
        self.busy(one)
        self._all.discard(one)

    def __len__(self) -> int:
        return len(self._all)


def room(most: int, services: int = 1) -> int:
    """How many connections each of so many services in this process can have: `most`, or fewer.

    The process's own limit on open files is raised as far as that takes, and as it may be.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return most
    wanted = services * most + SPARE
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(most, (soft - SPARE) // services))
