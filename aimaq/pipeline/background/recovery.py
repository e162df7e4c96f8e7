"""What an earlier run of a service has left, or a time without a database, is taken up again."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.pipeline import outbox
from aimaq.pipeline.background.relay import Relay
from aimaq.pipeline.background.retries import Retries
from aimaq.pipeline.tables import Tables
from aimaq.store.database import Database


def left_behind(conn: sa.Connection, tables: Tables, retries: Retries, relay: Relay) -> None:
    """Take up again what an earlier run has left: what waits to be tried again, and what is not known as sent."""
    box = tables.inbox
    query = sa.select(box.c.message_id, box.c.due_at).where(box.c.state == "retry")
    for message_id, due in conn.execute(query).all():
        retries.plan(message_id, due)
    relay.push(outbox.unsent(conn, tables.outbox, tables.stored))


async def write_again(database: Database, tables: Tables, relay: Relay) -> None:
    """Write again after something was wrong with the database: see that all of it can be written, first of all.

    What was committed as it went, and not known to be, is sent now.
    """
    await database.lock()
    await database.check()
    await database.transact(lambda conn: outbox.probe(conn, tables.outbox))
    relay.push(await database.transact(lambda conn: outbox.unsent(conn, tables.outbox, tables.stored)))
