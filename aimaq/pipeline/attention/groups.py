"""Waiting messages counted by kind and cause, one after the other, so that none has to be kept for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from aimaq.bus.control import MOST_CAUSES, CauseGroup, Kind, WaitingMessage
from aimaq.language.bounds import NAME, plain

_NAMED = 5
"""Types and senders that a group names."""


@dataclass(slots=True)
class _Tally:
    """The messages of one group so far."""

    first: datetime
    last: datetime
    count: int = 0
    cases: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)


class Groups:
    """Groups of messages, as they are counted."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[Kind, str], _Tally] = {}

    def add(
        self, kind: Kind, cause: str, since: datetime, case_id: str | None, sender: str | None, type_: str | None
    ) -> None:
        """Count one more message."""
        tally = self._tallies.get((kind, cause))
        if tally is None:
            tally = self._tallies[kind, cause] = _Tally(since, since)
        tally.count += 1
        if since < tally.first:
            tally.first = since
        elif since > tally.last:
            tally.last = since
        if case_id:
            tally.cases.add(case_id)
        if type_ and len(tally.types) < _NAMED:
            tally.types.add(type_)
        if sender and len(tally.senders) < _NAMED:
            tally.senders.add(sender)

    def add_all(self, messages: list[WaitingMessage]) -> None:
        """Count these too."""
        for one in messages:
            self.add(one.kind, one.cause, one.since, one.case_id, one.sender, one.type)

    def counts(self) -> dict[Kind, int]:
        """How many messages of each kind were counted."""
        found: dict[Kind, int] = {}
        for (kind, _), tally in self._tallies.items():
            found[kind] = found.get(kind, 0) + tally.count
        return found

    def first(self) -> dict[Kind, datetime]:
        """Since when the first of each kind waits."""
        found: dict[Kind, datetime] = {}
        for (kind, _), tally in self._tallies.items():
            found[kind] = min(tally.first, found.get(kind, tally.first))
        return found

    def largest(self) -> tuple[CauseGroup, ...]:
        """The groups, the largest first, `MOST_CAUSES` at most."""
        groups = [
            CauseGroup(
                kind,
                cause,
                tally.count,
                len(tally.cases),
                tally.first,
                tally.last,
                tuple(sorted(plain(name, NAME) for name in tally.types)),
                tuple(sorted(plain(name, NAME) for name in tally.senders)),
            )
            for (kind, cause), tally in self._tallies.items()
        ]
        return tuple(sorted(groups, key=lambda group: (-group.count, group.cause))[:MOST_CAUSES])
