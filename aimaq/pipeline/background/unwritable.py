"""A message whose change the database will not take: it is laid aside, whatever it holds, and the writer goes on."""

from __future__ import annotations

import logging
from functools import partial

import sqlalchemy as sa

from aimaq.pipeline import inbox
from aimaq.pipeline.background.trouble import Trouble
from aimaq.pipeline.items import QueuedCommand, Rules
from aimaq.pipeline.telemetry.counts import Counts
from aimaq.store.failures import line

log = logging.getLogger(__name__)


async def lay_aside(
    command: QueuedCommand, error: Exception, table: sa.Table, rules: Rules, trouble: Trouble, counts: Counts
) -> None:
    """Lay the message of a command aside, if it is one: as it is, or without what it says of itself."""
    received = command.received
    if received is None:
        return
    about = {"message_id": received.key}
    for row in inbox.unwritable(received, rules.ordering_key, command.stored, error):
        try:
            await trouble.insist(partial(inbox.replace, inbox=table, row=row))
            counts.was_laid_aside(row["message_id"], error)
            return
        except Exception as why:
            log.warning("the message %s cannot be laid aside: %s", received.digest, line(why), extra=about)
    log.critical("the message %s is lost: the database takes nothing of it", received.digest, extra=about)
