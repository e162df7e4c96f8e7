"""What a batch works on: the cases that its commands and messages concern, and what the database knows of the messages.

It is read for the whole batch at once, from the cache or else from the database. The cache is what the writer remembers
of its own commits. It may, because one process at a time writes to a service's database (`aimaq.store.lock`). What is
in it is bounded, and forgotten whenever it is not certain what was committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from msgspec.structs import replace

from aimaq.casework.case import Case, CaseDraft, stored_cases
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.pipeline import inbox
from aimaq.pipeline.items import QueuedCommand, Rules
from aimaq.pipeline.tables import Tables
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


@dataclass(slots=True)
class WorkingSet:
    """The cases of a batch as they are after what it has handled so far, and the messages that are not new to it."""

    cases: dict[str, Case] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    """The cases that differ from what is stored."""
    stored: set[str] = field(default_factory=set)
    """The cases that have a row."""
    digests: dict[str, str] = field(default_factory=dict)
    """The digests of messages that came before, in this batch or an earlier one, by id."""
    unfinished: set[str] = field(default_factory=set)
    """Of the messages in this batch that had a row before it: those that are still to be handled."""

    def load(
        self,
        conn: sa.Connection,
        kind: str,
        tables: Tables,
        rules: Rules,
        cache: Cache,
        commands: Sequence[QueuedCommand],
        *,
        careful: bool,
    ) -> None:
        """Read what `items` need. Unless `careful`, what is not remembered of a first message is taken for new."""
        first = [command.received for command in commands if command.received is not None and command.stored is None]
        if stored := [command.stored for command in commands if command.stored is not None]:
            self.unfinished = inbox.still_waiting(conn, tables.inbox, stored, kind)
        if careful and first:
            self.digests = inbox.known(conn, tables.inbox, [received.key for received in first], kind)
        else:
            self.digests = {one.key: mark for one in first if (mark := cache.messages.get(one.key)) is not None}
        rules.extension.load(conn, [command.received for command in commands if command.received is not None])
        wanted = set()
        for command in commands:
            if command.case_id is None or command.fresh:
                continue
            case = cache.cases.get(command.case_id)
            if case is not None:
                self._add((case,))
            elif careful or command.received is None or not rules.begins(command.received):
                wanted.add(command.case_id)
        if wanted:
            self._add(stored_cases(conn, tables.cases, sorted(wanted), kind))

    def draft(self, case_id: str | None) -> CaseDraft | None:
        """A draft of a case for a unit of work; None if there is no such case here."""
        case = self.cases.get(case_id) if case_id else None
        return case.draft() if case is not None else None

    def keep(self, uow: UnitOfWork) -> Case | None:
        """Take over the case as a unit of work leaves it, and return it; None if the work has no case."""
        if uow.case is None:
            return None
        before = self.cases.get(uow.case.case_id)
        after = uow.case.frozen() if before is None else before.changed(uow.case, uow.now)
        if after is not before:
            self._put(after)
        return after

    def count_parked(self, case: Case, count: int) -> None:
        """Say how many messages on a case are parked."""
        if count != case.parked:
            self._put(replace(case, parked=count))

    def _add(self, cases: Iterable[Case]) -> None:
        for case in cases:
            self.cases[case.case_id] = case
            self.stored.add(case.case_id)

    def _put(self, case: Case) -> None:
        self.cases[case.case_id] = case
        self.changed.add(case.case_id)
