"""One batch: many commands and messages in one transaction, each undone alone if it fails.

The cases they concern are remembered or loaded together (`aimaq.pipeline.working_set`); the handlers run on drafts of
them in memory; what they changed and want is written together (`aimaq.pipeline.effects`). A handler that raises costs
its neighbours nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from aimaq.bus.trace_context import of_span
from aimaq.casework.case import Case
from aimaq.casework.unit_of_work import Party, Received, UnitOfWork
from aimaq.language.bounds import plain
from aimaq.language.clock import Clock
from aimaq.language.errors import AimaqError, BadSignature, Fate, NotFound, Returned, Technical, Unavailable, UsedId
from aimaq.pipeline import inbox
from aimaq.pipeline.effects import Effects
from aimaq.pipeline.items import Order, QueuedCommand, Rules, nothing
from aimaq.pipeline.tables import Tables
from aimaq.pipeline.telemetry.counts import Counts
from aimaq.pipeline.telemetry.outcomes import FOR_OPERATOR, Outcome, slug_of
from aimaq.pipeline.telemetry.tracing import Tracing
from aimaq.pipeline.working_set import Cache, Forgotten, WorkingSet
from aimaq.settings import Settings
from aimaq.store.database import Row

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What a batch may use. Nothing of it is changed before the commit.

    Unless `careful`, it trusts that a message it does not remember is new, and so is the case of a key's first.
    Where that is wrong the database refuses a key, or `Forgotten` is raised, and the batch is done again carefully.
    """

    conn: sa.Connection
    kind: str
    tables: Tables
    rules: Rules
    party: Party
    clock: Clock
    settings: Settings
    cache: Cache
    counts: Counts
    tracing: Tracing | None = None
    careful: bool = False


@dataclass(slots=True)
class Batch:
    """One batch: what it may use, what it works on, and what it wants."""

    context: BatchContext
    working: WorkingSet = field(default_factory=WorkingSet)
    effects: Effects = field(default_factory=Effects)
    _now: datetime = field(init=False)
    """When its work began, once all of it is at hand: all that it does is done at this instant."""
    _unblocked: set[str] = field(default_factory=set)
    """The cases on which a message was handled that others may have waited for."""
    _waiting: Counter[str] | None = None
    """How many messages of each sender are held, once that was asked for."""

    def run(self, commands: Sequence[QueuedCommand], confirmed: Sequence[str]) -> None:
        """Do all of `items`: what came of it stands in the write set, and that what the bus has confirmed is to go."""
        use, working = self.context, self.working
        working.load(use.conn, use.kind, use.tables, use.rules, use.cache, commands, careful=use.careful)
        self._now = use.clock.now()
        for command in commands:
            if command.received is None:
                self._command(command)
            else:
                self._message(command, command.received)
        while self._unblocked:
            self._release()
        added = [working.cases[id_] for id_ in working.changed if id_ not in working.stored]
        changed = [working.cases[id_] for id_ in sorted(working.changed) if id_ in working.stored]
        self.effects.account(use.tables, added, changed, confirmed, use.party.signer, use.settings.sheaf, self._now)
        use.rules.extension.complete(use.conn, self.effects.write_set)

    def write(self, conn: sa.Connection) -> None:
        """See `aimaq.store.writer_connection.Draft`; IntegrityError where the database knows better."""
        self.effects.write(conn)

    def remember(self) -> None:
        """Keep in memory what has been committed, and count it."""
        cache, effects = self.context.cache, self.effects
        self.context.counts.committed(effects.outcomes, effects.messages, effects.commands)
        for case_id in self.working.changed:
            cache.cases.put(case_id, self.working.cases[case_id])
        for message_id, row in effects.inbox_rows.items():
            cache.messages.put(message_id, row["digest"])
        for row in effects.write_set.rows(self.context.tables.papers):
            cache.papers.put(f"{row['case_id']}/{row['kind']}", (row["document"], row["signature"]))
        cache.parked = max(0, cache.parked + effects.more_parked)
        self.context.rules.extension.committed()

    def _command(self, command: QueuedCommand) -> None:
        uow = self._work(command.case_id)
        uow.traceparent = of_span(command.span) if command.span is not None else ""
        try:
            command.result = command.act(uow)
        except AimaqError as error:
            command.error = error
        except Exception as error:
            log.exception("a command failed", extra={"case_id": command.case_id})
            command.error = error
        else:
            command.case = self._keep(uow)
        self.effects.commands[command.outcome] += 1

    def _message(self, command: QueuedCommand, received: Received) -> None:
        working, effects = self.working, self.effects
        if command.stored is not None:
            if command.stored not in working.unfinished:
                command.error = NotFound(inbox.NO_DEAD.format(message_id=command.stored), field="message_id")
                return
            working.unfinished.remove(command.stored)
            effects.rewritten.add(command.stored)
        elif (before := working.digests.get(received.key)) is not None:
            if before != received.digest:
                twice = UsedId(f"the id {received.key} was used for another message", field="message_id")
                self._refuse(received, twice, self.context.party.ids(), "", 0)
            return
        elif received.key in working.unfinished | effects.rewritten:
            raise Forgotten
        else:
            working.digests[received.key] = received.digest
        self._place(command, received)
        command.result = self.effects.record(self.context.tables, command, received, self._now)

    def _place(self, command: QueuedCommand, received: Received) -> None:
        """Take a message whose turn it is, or that an operator puts back; hold, drop or refuse what is to be."""
        use, key = self.context, command.stored or received.key
        ordering_key, number = use.rules.ordering_key(received) if received.trusted else ("", 0)
        case = self.working.cases.get(received.envelope.case_id) if received.trusted else None
        last = case.last_numbers.get(ordering_key, 0) if case else 0
        if command.order is not None and command.order.action != "requeue":
            self._drop(command.order, received, key, ordering_key, number if number == last + 1 else 0)
        elif not received.trusted:
            self._refuse(received, received.error or BadSignature(), key, "", 0)
        elif number > last + 1:
            self._park(received, case, number, key)
        elif number and number <= last and command.done is None:
            if command.stored or not inbox.forgotten(received, use.party.name, use.settings, use.clock):
                self._refuse(received, inbox.used(number), key, "", 0)
        elif received.error is not None:
            self._refuse(received, received.error, key, ordering_key, number)
        else:
            self._handle(command, received, ordering_key, number)

    def _park(self, received: Received, case: Case | None, number: int, key: str) -> None:
        """Have a message wait for an earlier one; refused where too many of its sender's do already."""
        if key not in self.effects.rewritten:
            sender, most = received.envelope.sender, self.context.settings.parked
            if self._waiting is None:
                self._waiting = Counter(inbox.parked_by_sender(self.context.conn, self.context.tables.inbox))
            if self._waiting[sender] >= most:
                self._refuse(received, inbox.too_many(sender, most), key, "", 0)
                return
            self._waiting[sender] += 1
        row = inbox.waiting(inbox.row_of(received, number), received, "held") | {"message_id": key}
        self.effects.inbox_rows[key] = row
        self.effects.more_parked += 1
        if key not in self.effects.rewritten:
            self.effects.parked[key] = received
            self.effects.outcomes.append(Outcome(received, "held"))
        if case is not None:
            self.working.count_parked(case, case.parked + 1)

    def _drop(self, order: Order, received: Received, key: str, ordering_key: str, number: int) -> None:
        """Count a message as done without handling it, and tell its sender if it is returned; what waited goes on."""
        uow = self._work(received.envelope.case_id if received.trusted else None)
        if order.action == "return":
            self.context.rules.reject(uow, received, Returned(Technical(order.reason)))
        self.effects.inbox_rows[key] = inbox.row_of(received, number) | {"message_id": key, "reason": "dropped"}
        self._count_number(uow, received, ordering_key, number)
        self._keep(uow)

    def _handle(self, command: QueuedCommand, received: Received, ordering_key: str, number: int) -> None:
        uow = self._work(received.envelope.case_id)
        uow.traceparent = received.incoming.traceparent
        row = inbox.row_of(received, number) | {"message_id": command.stored or received.key}
        row["attempts"] = command.attempts
        try:
            if (tracing := self.context.tracing) is None or command.span is None:
                self.context.rules.react(uow, received)
            else:
                tracing.react(command.span, self.context.rules.react, uow, received)
        except Exception as error:
            self._failed(command, received, row, ordering_key, error)
            return
        if uow.aside is None:
            self.effects.outcomes.append(Outcome(received, "accepted"))
        else:
            self.effects.outcomes.append(Outcome(received, "dead", FOR_OPERATOR))
            row = inbox.waiting(row, received, "dead", uow.aside)
        self.effects.inbox_rows[row["message_id"]] = row
        self._count_number(uow, received, ordering_key, number)
        self._keep(uow)

    def _failed(
        self, command: QueuedCommand, received: Received, row: Row, ordering_key: str, error: Exception
    ) -> None:
        fate = error.fate if isinstance(error, AimaqError) else Fate.RETRY
        reason = error.reason if isinstance(error, AimaqError) else plain(f"{type(error).__name__}: {error}")
        if fate is Fate.REJECT and isinstance(error, AimaqError):
            self._refuse(received, error, row["message_id"], ordering_key, row["number"])
            return
        attempts, settings = command.attempts + 1, self.context.settings
        if not isinstance(error, AimaqError):
            about = {"message_id": row["message_id"], "case_id": row["case_id"]}
            log.error("handling %s failed (attempt %d)", row["message_id"], attempts, exc_info=error, extra=about)
        if fate is Fate.RETRY and (attempts < settings.retry_times or isinstance(error, Unavailable)):
            due = self._now + inbox.pause(attempts, settings)
            entry = inbox.waiting(row, received, "retry", reason) | {"attempts": attempts, "due_at": due}
            self.effects.retries.append((row["message_id"], due))
            self.effects.outcomes.append(Outcome(received, "retried", slug_of(error)))
        else:
            entry = inbox.waiting(row, received, "dead", reason) | {"attempts": attempts}
            self.effects.outcomes.append(Outcome(received, "dead", slug_of(error)))
        self.effects.inbox_rows[row["message_id"]] = entry

    def _refuse(self, received: Received, error: AimaqError, id_: str, ordering_key: str, number: int) -> None:
        """Answer a message that may not be accepted; its number, if it has one, counts as used."""
        uow = self._work(received.envelope.case_id if received.trusted else None)
        uow.traceparent = received.incoming.traceparent
        self.context.rules.reject(uow, received, error)
        self.effects.outcomes.append(Outcome(received, "rejected", error.slug, aside=uow.aside is not None))
        row = inbox.row_of(received, number) | {"message_id": id_, "reason": error.reason}
        self.effects.inbox_rows[id_] = row if uow.aside is None else inbox.waiting(row, received, "dead", uow.aside)
        self._count_number(uow, received, ordering_key, number)
        self._keep(uow)

    def _count_number(self, uow: UnitOfWork, received: Received, ordering_key: str, number: int) -> None:
        """Count a number under its key as used. That needs a case, even where the first message of one was refused."""
        if not number:
            return
        envelope = received.envelope
        case = uow.case or uow.open_case(envelope.case_id, envelope.regulation, envelope.channel)
        case.last_numbers = {**case.last_numbers, ordering_key: max(number, case.last_numbers.get(ordering_key, 0))}
        parked = self.context.cache.parked + self.effects.more_parked
        if case.parked or (case.case_id not in self.working.stored and parked > 0):
            self._unblocked.add(case.case_id)

    def _release(self) -> None:
        """Handle the messages that waited for one that this batch has handled."""
        ready, self._unblocked = self._unblocked, set()
        left = dict.fromkeys(ready, 0)
        for command, received in self._parked(ready):
            case = self.working.cases[received.envelope.case_id]
            ordering_key, number = self.context.rules.ordering_key(received)
            if number > case.last_numbers.get(ordering_key, 0) + 1:
                left[case.case_id] += 1
                continue
            self.effects.more_parked -= 1
            if command.stored is not None:
                self.effects.rewritten.add(command.stored)
            else:
                del self.effects.parked[received.key]
            self._place(command, received)
        for case_id, count in left.items():
            self.working.count_parked(self.working.cases[case_id], count)

    def _parked(self, cases: set[str]) -> list[tuple[QueuedCommand, Received]]:
        """What waits on these cases, in the inbox or in this batch, in the order of the numbers."""
        use, effects = self.context, self.effects
        found: list[tuple[QueuedCommand, Received]] = []
        for row in inbox.parked(use.conn, use.tables.inbox, sorted(cases), use.kind):
            if row.message_id in effects.parked:
                raise Forgotten
            now = effects.inbox_rows.get(row.message_id)
            if now is None or now["state"] == "held":
                incoming = inbox.incoming_of(row, row.number)
                received = inbox.open_message(incoming, use.party.name, use.party.verifier, row.received_at)
                use.rules.examination.recall(received)
                if received.trusted:
                    found.append((QueuedCommand(act=nothing, received=received, stored=row.message_id), received))
        found += [
            (QueuedCommand(nothing, received=one), one)
            for one in effects.parked.values()
            if one.envelope.case_id in cases
        ]
        return sorted(found, key=lambda pair: use.rules.ordering_key(pair[1])[1])

    def _work(self, case_id: str | None) -> UnitOfWork:
        return UnitOfWork(self.context.party, self._now, self.working.draft(case_id))

    def _keep(self, uow: UnitOfWork) -> Case | None:
        self.effects.keep(uow)
        return self.working.keep(uow)
