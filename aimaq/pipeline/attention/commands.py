"""What the gateway has this service do about messages that wait here: signed commands, each done once.

A command counts if the bus vouches that it is the gateway's, the gateway signed it, it is for this party and was made
just now. One that comes twice gets the same answer: the actions are entered under its id, in their transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from aimaq.bus import GATEWAY, Bus, IncomingMessage
from aimaq.bus.control import SHOWN, Command, Done, Picked, Result, WaitingMessage, opened, sealed
from aimaq.casework.unit_of_work import Party
from aimaq.language.bounds import plain
from aimaq.language.clock import Clock
from aimaq.language.errors import AimaqError, NotAllowed, Technical
from aimaq.pipeline.attention.actions import Actions, recorded
from aimaq.pipeline.attention.waiting_list import Sought, WaitingList
from aimaq.pipeline.items import Order
from aimaq.pipeline.tables import Tables
from aimaq.store.database import Database
from aimaq.store.failures import line
from aimaq.store.lru import Recent

log = logging.getLogger(__name__)

_MOST = 64
"""Control messages that are taken at once."""
_REMEMBERED = 32
"""Answers that are remembered, for a command that comes twice."""
_AT_ONCE = 8
"""Commands that are worked on at a time: what is above waits in the queue, or is too old when its turn comes."""
LOGGED_EVERY = 10.0
"""Seconds, of real time, in which control messages that do not count share a line of the log."""


class Refusals:
    """Counts control messages that do not count, and logs them together, some seconds' at a time."""

    def __init__(self, party: str) -> None:
        self._party = party
        self.counted: Counter[tuple[str, str]] = Counter()
        """How many, by whoever sent them and by the slug of what was wrong."""
        self._logged: Counter[tuple[str, str]] = Counter()
        self._due = 0.0

    def add(self, publisher: str | None, error: Exception) -> None:
        """Count one more."""
        why, what = (error.slug, error.detail) if isinstance(error, AimaqError) else (type(error).__name__, line(error))
        self.counted[publisher or "?", why] += 1
        now = asyncio.get_running_loop().time()
        if now >= self._due:
            self._due = now + LOGGED_EVERY
            new = self.counted - self._logged
            self._logged = self.counted.copy()
            listed = ", ".join(f"{count} of {who} ({why})" for (who, why), count in sorted(new.items()))
            log.warning("%s: control messages that do not count: %s; the last: %s", self._party, listed, what)


class Commands:
    """The commands that come to one service, and the answers to them."""

    def __init__(
        self,
        party: Party,
        bus: Bus,
        clock: Clock,
        skew: float,
        waiting_list: WaitingList,
        actions: Actions,
        database: Database,
        tables: Tables,
    ) -> None:
        self._party, self._bus, self._clock, self._skew = party, bus, clock, skew
        self._waiting_list, self._actions, self._database, self._tables = waiting_list, actions, database, tables
        self._answers: Recent[Result] = Recent(_REMEMBERED)
        self._acting = asyncio.Lock()
        self.refusals = Refusals(party.name)

    async def run(self) -> None:
        """Take commands and answer them, until cancelled."""
        slots = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            while True:
                for incoming in await self._bus.receive_control(_MOST):
                    if (command := self._opened(incoming)) is not None:
                        await slots.acquire()
                        group.create_task(self._answer(command)).add_done_callback(lambda _: slots.release())

    def _opened(self, incoming: IncomingMessage) -> Command | None:
        """The command in a message; None, and counted, if it is none that counts."""
        try:
            control = opened(incoming, self._party.verifier, self._clock, self._skew)
            if incoming.publisher != GATEWAY:
                raise NotAllowed(Technical("only the gateway commands"))
            if not isinstance(control, Command) or control.party != self._party.name:
                raise NotAllowed(Technical(f"it is no command to {self._party.name}"))
        except Exception as error:
            self.refusals.add(incoming.publisher, error)
            return None
        return control

    async def _answer(self, command: Command) -> None:
        result = await self.execute(command)
        await self._bus.send_control([sealed(result, self._party.ids(), GATEWAY, self._party.signer)])

    async def execute(self, command: Command) -> Result:
        """Do what a command says, once; what came of it, also if nothing could be done."""
        try:
            if command.action is None:
                return await self._list(command)
            async with self._acting:
                answer = self._answers.get(command.command_id)
                if answer is None:
                    answer = await self._act(command)
                    self._answers.put(command.command_id, answer)
                return answer
        except AimaqError as error:
            return self._result(command, refused=error.detail)
        except Exception as error:
            log.exception("a command could not be done")
            return self._result(command, refused=line(error))

    async def _list(self, command: Command) -> Result:
        sought = Sought(command.kind, command.cause, command.case_id, command.after, command.limit or SHOWN)
        return self._result(command, messages=tuple(await self._waiting_list.listed(sought)))

    async def _act(self, command: Command) -> Result:
        assert command.action is not None
        order = Order(command.action, command.principal, command.job, command.command_id, command.reason)
        if command.picked or command.kind is None or command.cause is None:
            return self._result(command, await self._actions.perform(order, command.picked))
        before = await self._database.transact(lambda conn: self._entered(conn, command.command_id))
        limit = 0 if before else command.limit
        ids, left = await self._waiting_list.picked(command.kind, command.cause, command.job, limit)
        return self._result(command, before or await self._actions.perform(order, list(map(Picked, ids))), left)

    def _entered(self, conn: sa.Connection, command_id: str) -> list[Done]:
        """What came of a command that was done before, as far as it was."""
        actions = self._tables.actions
        return [recorded(row) for row in conn.execute(sa.select(actions).where(actions.c.command_id == command_id))]

    def _result(
        self,
        command: Command,
        done: Sequence[Done] = (),
        left: int = 0,
        messages: tuple[WaitingMessage, ...] = (),
        refused: str = "",
    ) -> Result:
        return Result(
            party=self._party.name,
            command_id=command.command_id,
            at=self._clock.now(),
            done=tuple(done),
            left=left,
            messages=messages,
            refused=plain(refused),
        )
