"""What the portal does with the messages that come to it: it shows the citizen where the request stands."""

from __future__ import annotations

from aimaq.casework.procedure import tracking as cabinet
from aimaq.casework.procedure.engine import Desk
from aimaq.casework.unit_of_work import Handler


def handlers(desk: Desk) -> dict[str, Handler]:
    """The reactions of the portal, by message type."""
    return cabinet.reactions(desk)
