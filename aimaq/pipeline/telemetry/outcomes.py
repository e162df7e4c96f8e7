"""What became of a message that came in: what a batch notes, and is counted and logged once that is committed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from aimaq.casework.unit_of_work import Received
from aimaq.language.errors import AimaqError

What = Literal["accepted", "rejected", "held", "retried", "dead"]
"""Handled; refused, and its sender told; waiting for an earlier one; to be tried again; laid aside for an operator."""

events = logging.getLogger("aimaq.events")
"""What became of single messages: a line for each rejection and dead letter, and for what an operator made of one."""

FAULT: Final = "fault"
"""The reason of a failure that no error of Aimaq's names."""
FOR_OPERATOR: Final = "for-operator"
"""The reason of what was understood, and is an operator's business: another party has rejected a message of ours."""


class Outcome(NamedTuple):
    """What became of one message, and the slug of the reason, empty where it needs none."""

    received: Received
    what: What
    reason: str = ""
    aside: bool = False
    """Whether it is laid aside for an operator, though it was answered."""


def slug_of(error: Exception) -> str:
    """The slug of an error: one of the few that the code has."""
    return error.slug if isinstance(error, AimaqError) else FAULT


def tell(party: str, outcomes: Iterable[Outcome]) -> None:
    """Log the messages that were rejected or laid aside, a line for each, with nothing that they say but their ids."""
    for received, what, reason, aside in outcomes:
        if what not in ("rejected", "dead"):
            continue
        envelope = received.parsed if received.trusted else None
        case_id = envelope.case_id if envelope else None
        extra = {"service": party, "message_id": received.key, "case_id": case_id, "reason": reason}
        extra["trace_id"] = received.incoming.traceparent[3:35]
        done = "laid aside" if what == "dead" else "rejected and laid aside" if aside else "rejected"
        events.info("%s: message %s is %s: %s", party, received.key, done, reason, extra=extra)


def tell_of(party: str, message_id: str, done: str, reason: str = "") -> None:
    """Log what was made of a dead letter."""
    extra = {"service": party, "message_id": message_id, "reason": reason}
    events.info("%s: message %s is %s%s", party, message_id, done, f": {reason}" if reason else "", extra=extra)
