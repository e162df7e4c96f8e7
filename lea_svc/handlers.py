"""What the executive body does with the messages that come to it."""

from __future__ import annotations

from aimaq.casework.procedure.engine import Desk
from aimaq.language.messages import RegistryAnswered, RequestSubmitted
from aimaq.service import on_message_rejected
from aimaq.casework.unit_of_work import Handler, Received, Work
from lea_svc.autopilot.officials import Autopilot


def handlers(desk: Desk, autopilot: Autopilot | None) -> dict[str, Handler]:
    """The body's reactions, by message type."""

    def on_request_submitted(work: Work, received: Received) -> None:
        """A signed request came: it is numbered and waits for an official, or for the autopilot if that is on."""
        desk.submitted(work, received, received.expect(RequestSubmitted))
        if autopilot is not None:
            autopilot.work(desk, work)

    def on_registry_answered(work: Work, received: Received) -> None:
        """The registers that were asked have answered."""
        desk.answered(work, received, received.expect(RegistryAnswered))
        if autopilot is not None:
            autopilot.work(desk, work)

    return {
        "RequestSubmitted": on_request_submitted,
        "RegistryAnswered": on_registry_answered,
        "MessageRejected": on_message_rejected,
    }
