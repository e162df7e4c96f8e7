"""What the service centre does with the messages that come to it: it shows the operator where the request stands."""

from __future__ import annotations

from aimaq.casework.procedure import tracking
from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.unit_of_work import Handler


def handlers(procedure: Procedure) -> dict[str, Handler]:
    """The reactions of the service centre, by message type."""
    return tracking.reactions(procedure)
