"""The state of a link, by rules that are the same for all who look.

stopped  what is for the system has waited to be sent for `STUCK` seconds, or all that it sent was refused
slow     a message from it is held, tried again or dead here, what is for it has waited for `LATE` seconds, one in a
         hundred of its messages took longer than `LONG` ms, or one in `REFUSED` was refused
silent   nothing came from it or went to it, and nothing waits
ok       none of these
"""

from __future__ import annotations

from typing import Literal

State = Literal["ok", "slow", "stopped", "silent"]

STUCK, LATE = 30.0, 5.0
"""Seconds that the oldest message for a system may wait to be sent before its link has stopped, or is slow."""
LONG = 1000.0
"""Milliseconds from the sender to the journal that 99 of 100 messages take at most on a link that is not slow."""
REFUSED = 20
"""One refused message of so many makes a link slow."""


def state_of(
    *,
    sent: int,
    refused: int,
    received: int,
    parked: int,
    unsent: int,
    unsent_for: float | None,
    p99: float | None,
) -> State:
    """The state of a link.

    `sent` were accepted and `refused` were not of what came from the system, `received` went to it; `parked` are held,
    tried again or dead at the gateway; `unsent_for` is the age in seconds of the oldest of the `unsent`; `p99` is in
    milliseconds.
    """
    waited = unsent_for or 0.0
    if (unsent and waited >= STUCK) or (refused and not sent):
        return "stopped"
    if parked or (unsent and waited >= LATE) or (p99 or 0.0) >= LONG or refused * REFUSED >= sent + refused > sent:
        return "slow"
    return "ok" if sent or received or unsent else "silent"
