"""A message that waits in the inbox, on its way through the writer once more: read, examined, with what it is to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from aimaq.casework.unit_of_work import Party
from aimaq.pipeline import inbox
from aimaq.pipeline.items import Order, QueuedCommand, Rules, nothing


async def resumed(rows: Sequence[sa.Row[Any]], order: Order | None, party: Party, rules: Rules) -> list[QueuedCommand]:
    """The commands that handle these waiting messages now, or do with them what an operator's order says."""
    opened = [
        inbox.open_message(inbox.incoming_of(row, row.number), party.name, party.verifier, row.received_at)
        for row in rows
    ]
    await rules.examination.examine(opened, patient=True)
    return [
        QueuedCommand(
            nothing,
            row.case_id,
            received=received,
            stored=row.message_id,
            attempts=0 if order is not None and order.action == "requeue" and row.state == "dead" else row.attempts,
            order=order,
            waited_for=row.reason,
        )
        for row, received in zip(rows, opened, strict=True)
    ]
