"""What waits for an operator, in the terminal: messages, groups of them by cause, what came of an action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stand.show.console import console
from stand.show.lawbook import table_of

ID_WIDTH = 36
"""Characters of a message id, which is never folded: it is there to be copied."""
CAUSE_WIDTH = 12
"""Characters of a cause's short name."""

Found = Mapping[str, Any]


def messages(found: Sequence[Found]) -> None:
    """Messages that wait, a line each."""
    table = table_of("at", "kind", "message", "type", "from", "case", "tried", "put back", "since", "reason")
    table.columns[2].min_width = table.columns[5].min_width = ID_WIDTH
    for one in found:
        table.add_row(
            one["party"],
            one["kind"],
            one["message_id"],
            one["type"] or "?",
            one["sender"] or "?",
            one["case_id"] or "",
            str(one["attempts"]),
            str(one["times"]),
            one["since"],
            one["reason"] or one["cause"],
        )
    console().print(table)


def causes(found: Sequence[Found]) -> None:
    """Groups of messages by their cause, a line each."""
    table = table_of("cause", "at", "kind", "messages", "cases", "first", "last", "why")
    table.columns[0].min_width = CAUSE_WIDTH
    for one in found:
        count, cases = f"{one['count']:,}", f"{one['cases']:,}"
        table.add_row(one["cause_id"], one["party"], one["kind"], count, cases, one["first"], one["last"], one["cause"])
    console().print(table)
