"""Parties whose messages an operator has had the gateway refuse: since when, by whom, and why.

A message that a suspended party sends is rejected as it comes, with the reason, and its sender is told: it lays the
message aside, and it can be put back once the party is resumed. What is sent to the party goes on.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.clock import Clock
from aimaq.language.envelope import party_of
from aimaq.language.errors import AlreadyThere, NotAllowed, NotFound, Technical
from aimaq.service import Service
from gateway_svc.journal import texts
from gateway_svc.models import suspensions as table
from gateway_svc.parties.views import Suspension

React = Callable[[UnitOfWork, Received], None]


class Suspensions:
    """The suspended parties of one gateway, as its database has them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Suspension] = {}

    def of(self, party: str) -> Suspension | None:
        """The suspension of a party; None if it is not suspended."""
        return self._known.get(party)

    async def learn(self, service: Service) -> None:
        """Read which parties are suspended: what was suspended before a restart stays so."""
        async with service.database.read() as conn:
            rows = list(await conn.execute(sa.select(table)))
        self._known = {row.party: Suspension(row.since, row.by, row.reason) for row in rows}

    async def suspend(self, service: Service, party: str, by: str, reason: str) -> Suspension:
        """Refuse the messages of a party from now on; AlreadyThere if they are refused."""
        if (known := self.of(party)) is not None:
            raise AlreadyThere(texts.SUSPENDED.format(party=party, by=known.by), field="party", rule="suspended")
        made = Suspension(self._clock.now(), by, reason)

        def write(conn: sa.Connection) -> None:
            conn.execute(sa.delete(table).where(table.c.party == party))
            conn.execute(sa.insert(table).values(party=party, since=made.since, by=by, reason=reason))

        await service.database.transact(write)
        self._known[party] = made
        return made

    async def resume(self, service: Service, party: str) -> None:
        """Let the messages of a party pass again; NotFound if they do."""
        if self.of(party) is None:
            raise NotFound(texts.NOT_SUSPENDED.format(party=party), field="party", rule="suspended")
        await service.database.transact(lambda conn: conn.execute(sa.delete(table).where(table.c.party == party)))
        self._known.pop(party, None)

    def guarded(self, react: React) -> React:
        """A reaction to messages that lets none of a suspended party's pass: NotAllowed, as its sender is told."""

        def reacted(uow: UnitOfWork, received: Received) -> None:
            party = party_of(received.envelope.sender) if self._known else ""
            if (found := self.of(party)) is not None:
                why = f"{party} is suspended at the gateway since {found.since:%F %T} UTC: {found.reason}"
                raise NotAllowed(Technical(why), field="sender", rule="suspended")
            react(uow, received)

        return reacted
