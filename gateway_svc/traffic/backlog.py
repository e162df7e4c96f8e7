"""What waits at the gateway, by system: what came from it and is not done, and what is for it and is not sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway_svc.models import tables
from gateway_svc.traffic.tally import UNKNOWN


@dataclass(frozen=True, slots=True)
class Pile:
    """How many messages wait, and since when the first of them does; None if none does."""

    count: int = 0
    since: datetime | None = None

    def plus(self, other: Pile) -> Pile:
        """Both together."""
        return Pile(
            self.count + other.count,
            min((one for one in (self.since, other.since) if one is not None), default=None),
        )


NOTHING = Pile()
States = dict[str, Pile]
"""By state: `held`, `retry`, `dead` and `unsent`."""


def backlog(conn: sa.Connection) -> dict[str, States]:
    """What waits, by the system that sent it, or that it is for, as messages name it."""
    box, outbox = tables.inbox, tables.outbox
    found: dict[str, States] = {}

    def add(system: str | None, state: str, pile: Pile) -> None:
        states = found.setdefault(system or UNKNOWN, {})
        states[state] = pile.plus(states.get(state, NOTHING))

    sender = sa.func.coalesce(box.c.sender, box.c.publisher)
    waiting = sa.select(sender, box.c.state, sa.func.count(), sa.func.min(box.c.received_at))
    for name, state, count, since in conn.execute(waiting.where(box.c.state != "done").group_by(sender, box.c.state)):
        add(name, state, Pile(count, since))
    refused = outbox.c.refused.is_not(None)
    unsent = sa.select(outbox.c.queue, refused, sa.func.count(), sa.func.min(outbox.c.created_at))
    for queue, never, count, since in conn.execute(unsent.group_by(outbox.c.queue, refused)):
        add(queue, "dead" if never else "unsent", Pile(count, since))
    return found
