"""One batch: many commands and messages in one transaction, each undone alone if it fails.

The cases they concern are remembered or loaded together; the handlers run on copies in memory; what they changed is
written together (`aimaq.ledger`, `aimaq.pen`). A handler that raises costs its neighbours nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from aimaq.pipeline import inbox, outbox
from aimaq.bus import Parcel
from aimaq.casework.case import CHANGING, Case, stored_cases
from aimaq.language.clock import Clock
from aimaq.store.database import Row
from aimaq.language.errors import AimaqError, BadSignature, Fate, NotFound, UsedId
from aimaq.item import Item, Rules, nothing
from aimaq.store.write_set import Ledger
from aimaq.pipeline.cache import Forgotten, Memory
from aimaq.settings import Settings
from aimaq.pipeline.tables import Tables
from aimaq.casework.unit_of_work import Party, Received, Work

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Batch:
    """The state of one transaction while it is built up.

    Unless `careful`, it trusts that a message it does not remember is new, and so is the case of a lane's first one.
    Where that is wrong the database refuses a key, or `Forgotten` is raised, and the batch is done again carefully.
    """

    conn: sa.Connection
    kind: str
    tables: Tables
    rules: Rules
    party: Party
    clock: Clock
    settings: Settings
    memory: Memory
    careful: bool = False
    cases: dict[str, Case] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    dirty: set[str] = field(default_factory=set)
    known: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Row] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    waits: set[str] = field(default_factory=set)
    """Those of the messages with a row already that still wait: what was handled meanwhile is not handled twice."""
    at_hand: dict[str, Received] = field(default_factory=dict)
    """The messages held in this batch, which the inbox does not have yet."""
    ledger: Ledger = field(default_factory=Ledger)
    outgoing: list[tuple[Parcel, bool]] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    maybe_held: set[str] = field(default_factory=set)
    held: int = 0
    """By how much the number of held messages has changed."""
    again_due: list[tuple[str, Any]] = field(default_factory=list)
    tail: Any = None

    def run(self, items: Sequence[Item], confirmed: Sequence[str]) -> None:
        """Do all of `items`: what came of it stands in the ledger, and that what the bus has confirmed is to go."""
        self._load(items)
        for item in items:
            if item.received is None:
                self._command(item)
            else:
                self._message(item, item.received)
        while self.maybe_held:
            self._release()
        self._account(confirmed)

    def write(self, conn: sa.Connection) -> None:
        """See `aimaq.pen.Draft`; IntegrityError where the database knows better."""
        self.ledger.write(conn)

    def remember(self) -> None:
        """Keep in memory what has been committed."""
        for case_id in self.dirty:
            self.memory.cases.put(case_id, self.cases[case_id])
        for message_id, row in self.entries.items():
            self.memory.messages.put(message_id, row["digest"])
        for row in self.ledger.rows(self.tables.papers):
            self.memory.papers.put(f"{row['case_id']}/{row['kind']}", (row["document"], row["signature"]))
        self.memory.held = max(0, self.memory.held + self.held)
        self.memory.tail = self.tail

    def _load(self, items: Sequence[Item]) -> None:
        first = [item.received for item in items if item.received is not None and item.kept is None]
        if kept := [item.kept for item in items if item.kept is not None]:
            self.waits = inbox.still_waiting(self.conn, self.tables.inbox, kept, self.kind)
        if self.careful and first:
            self.known = inbox.known(self.conn, self.tables.inbox, [received.key for received in first], self.kind)
        else:
            self.known = {one.key: mark for one in first if (mark := self.memory.messages.get(one.key)) is not None}
        if self.rules.lookup is not None:
            self.found = self.rules.lookup(self.conn, [item.received for item in items if item.received is not None])
        wanted = set()
        for item in items:
            if item.case_id is None or item.fresh:
                continue
            case = self.memory.cases.get(item.case_id)
            if case is not None:
                self.cases[item.case_id] = case
                self.stored.add(item.case_id)
            elif self.careful or item.received is None or not self.rules.begins(item.received):
                wanted.add(item.case_id)
        if wanted:
            for case in stored_cases(self.conn, self.tables.cases, sorted(wanted), self.kind):
                self.cases[case.case_id] = case
                self.stored.add(case.case_id)

    def _command(self, item: Item) -> None:
        work = self._work(item.case_id)
        try:
            item.result = item.act(work)
        except AimaqError as error:
            item.error = error
        except Exception as error:
            log.exception("a command failed")
            item.error = error
        else:
            self._keep(work)

    def _message(self, item: Item, received: Received) -> None:
        if item.kept is not None:
            if item.kept not in self.waits:
                item.error = NotFound(f"no message {item.kept} waits here", field="message_id")
                return
            self.waits.remove(item.kept)
            self.again.add(item.kept)
        elif (before := self.known.get(received.key)) is not None:
            if before != received.digest:
                twice = UsedId(f"the id {received.key} was used for another message", field="message_id")
                self._refuse(received, twice, self.party.ids(), "", 0)
            return
        elif received.key in self.waits | self.again:
            raise Forgotten
        else:
            self.known[received.key] = received.digest
        self._place(item, received)

    def _place(self, item: Item, received: Received) -> None:
        """Take a message whose turn it is, or that an operator puts back; hold, drop or refuse what is to be."""
        key = item.kept or received.key
        lane, number = self.rules.lane(received) if received.trusted else ("", 0)
        case = self.cases.get(received.letter.case_id) if received.trusted else None
        last = case.seen.get(lane, 0) if case else 0
        if item.drop:
            self._drop(item, received, lane, number if number == last + 1 else 0)
        elif not received.trusted:
            self._refuse(received, received.error or BadSignature(), key, "", 0)
        elif number > last + 1:
            self._hold(received, case, number, key)
        elif number and number <= last and item.done is None:
            if item.kept or not inbox.forgotten(received, self.party.name, self.settings, self.clock):
                self._refuse(received, inbox.used(number), key, "", 0)
        elif received.error is not None:
            self._refuse(received, received.error, key, lane, number)
        else:
            self._handle(item, received, lane, number)

    def _hold(self, received: Received, case: Case | None, number: int, key: str) -> None:
        self.entries[key] = inbox.waiting(inbox.row_of(received, number), received, "held") | {"message_id": key}
        self.held += 1
        if key not in self.again:
            self.at_hand[key] = received
        if case is not None:
            twin = case.copy()
            twin.held += 1
            self.cases[twin.case_id] = twin
            self.dirty.add(twin.case_id)

    def _drop(self, item: Item, received: Received, lane: str, number: int) -> None:
        """Count a message as done without handling it; if its lane waited for it, the lane goes on."""
        assert item.kept is not None
        work = self._work(received.letter.case_id if received.trusted else None)
        self.entries[item.kept] = inbox.row_of(received, number) | {"message_id": item.kept, "reason": "dropped"}
        self._step_lane(work, received, lane, number)
        self._keep(work)

    def _handle(self, item: Item, received: Received, lane: str, number: int) -> None:
        work = self._work(received.letter.case_id)
        row = inbox.row_of(received, number) | {"message_id": item.kept or received.key}
        try:
            self.rules.react(work, received)
        except Exception as error:
            self._failed(item, received, row, lane, error)
            return
        if work.aside is not None:
            row = inbox.waiting(row, received, "dead", work.aside)
        self.entries[row["message_id"]] = row
        self._step_lane(work, received, lane, number)
        self._keep(work)

    def _failed(self, item: Item, received: Received, row: Row, lane: str, error: Exception) -> None:
        fate = error.fate if isinstance(error, AimaqError) else Fate.RETRY
        reason = error.reason if isinstance(error, AimaqError) else f"{type(error).__name__}: {error}"
        if fate is Fate.REJECT and isinstance(error, AimaqError):
            self._refuse(received, error, row["message_id"], lane, row["number"])
            return
        attempts = item.attempts + 1
        if not isinstance(error, AimaqError):
            log.error("handling %s failed (attempt %d)", row["message_id"], attempts, exc_info=error)
        if fate is Fate.RETRY and attempts < self.settings.retry_times:
            due = self.clock.now() + inbox.pause(attempts, self.settings)
            entry = inbox.waiting(row, received, "retry", reason) | {"attempts": attempts, "due_at": due}
            self.again_due.append((row["message_id"], due))
        else:
            entry = inbox.waiting(row, received, "dead", reason) | {"attempts": attempts}
        self.entries[row["message_id"]] = entry

    def _refuse(self, received: Received, error: AimaqError, id_: str, lane: str, number: int) -> None:
        """Answer a message that may not be accepted; if it has a number in a lane, that number counts as used."""
        work = self._work(received.letter.case_id if received.trusted else None)
        self.rules.reject(work, received, error)
        row = inbox.row_of(received, number) | {"message_id": id_, "reason": error.reason}
        self.entries[id_] = row if work.aside is None else inbox.waiting(row, received, "dead", work.aside)
        self._step_lane(work, received, lane, number)
        self._keep(work)

    def _step_lane(self, work: Work, received: Received, lane: str, number: int) -> None:
        """Count a number of a lane as used. That needs a case, even where the first message of one was refused."""
        if not number:
            return
        letter = received.letter
        case = work.case or work.open_case(letter.case_id, letter.regulation, letter.channel)
        case.seen[lane] = max(number, case.seen.get(lane, 0))
        if case.held or (case.case_id not in self.stored and self.memory.held + self.held > 0):
            self.maybe_held.add(case.case_id)

    def _release(self) -> None:
        """Handle the messages that waited for one that this batch has handled."""
        ready, self.maybe_held = self.maybe_held, set()
        left = dict.fromkeys(ready, 0)
        for item, received in self._held(ready):
            case = self.cases[received.letter.case_id]
            lane, number = self.rules.lane(received)
            if number > case.seen.get(lane, 0) + 1:
                left[case.case_id] += 1
                continue
            self.held -= 1
            if item.kept is not None:
                self.again.add(item.kept)
            else:
                del self.at_hand[received.key]
            self._place(item, received)
        for case_id, count in left.items():
            twin = self.cases[case_id].copy()
            twin.held = count
            self.cases[case_id] = twin
            self.dirty.add(case_id)

    def _held(self, cases: set[str]) -> list[tuple[Item, Received]]:
        """What waits on these cases, in the inbox or in this batch, in the order of the numbers."""
        found: list[tuple[Item, Received]] = []
        for row in inbox.held(self.conn, self.tables.inbox, sorted(cases), self.kind):
            if row.message_id in self.at_hand:
                raise Forgotten
            if self.entries.get(row.message_id, {"state": "held"})["state"] == "held":
                arrival = inbox.arrival_of(row, row.number)
                received = inbox.open_arrival(arrival, self.party.name, self.party.verifier, row.received_at)
                if received.trusted:
                    found.append((Item(act=nothing, received=received, kept=row.message_id), received))
        found += [(Item(nothing, received=one), one) for one in self.at_hand.values() if one.letter.case_id in cases]
        return sorted(found, key=lambda pair: self.rules.lane(pair[1])[1])

    def _work(self, case_id: str | None) -> Work:
        case = self.cases.get(case_id) if case_id else None
        return Work(self.party, self.clock.now(), case.copy() if case else None, self.found)

    def _keep(self, work: Work) -> None:
        if (case := work.case) is not None:
            case.changed_at = work.now
            self.cases[case.case_id] = case
            self.dirty.add(case.case_id)
        for table, row in work.inserts:
            self.ledger.add(table, [row])
        for table, key, row in work.updates:
            self.ledger.change(table, key, [row])
        self.outgoing += work.parcels

    def _account(self, confirmed: Sequence[str]) -> None:
        ledger, tables, sheaf = self.ledger, self.tables, self.settings.sheaf
        ledger.add(tables.inbox, [row for id_, row in self.entries.items() if id_ not in self.again])
        ledger.change(tables.inbox, "message_id", [row for id_, row in self.entries.items() if id_ in self.again])
        ledger.add(tables.cases, [self.cases[id_].row() for id_ in self.dirty if id_ not in self.stored])
        moved = [self.cases[id_].row() for id_ in sorted(self.dirty) if id_ in self.stored]
        ledger.change(tables.cases, "case_id", [{name: row[name] for name in CHANGING} for row in moved])
        ledger.remove(tables.outbox, "message_id", confirmed)
        self.parcels = outbox.put(ledger, tables.outbox, tables.kept, self.outgoing, self.party.signer, sheaf)
        self.tail = self.rules.finish(self.conn, ledger, self.memory.tail)
