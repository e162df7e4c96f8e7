"""What the portal does with the messages that come to it: it shows the citizen where the request stands."""

from __future__ import annotations

from aimaq import cabinet
from aimaq.desk import Desk
from aimaq.work import Handler


def handlers(desk: Desk) -> dict[str, Handler]:
    """The reactions of the portal, by message type."""
    return cabinet.reactions(desk)
