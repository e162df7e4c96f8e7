"""What the executive body does with the messages that come to it."""

from __future__ import annotations

from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.procedure.tracking import on_message_rejected
from aimaq.casework.unit_of_work import Handler, Received, UnitOfWork
from aimaq.language.messages import RegistryAnswered, RequestSubmitted
from lea_svc.autopilot.officials import Autopilot


def handlers(procedure: Procedure, autopilot: Autopilot | None) -> dict[str, Handler]:
    """The body's reactions, by message type."""

    def on_request_submitted(uow: UnitOfWork, received: Received) -> None:
        """A signed request came: it is numbered and waits for an official, or for the autopilot if that is on."""
        procedure.submitted(uow, received, received.expect(RequestSubmitted))
        if autopilot is not None:
            autopilot.proceed(procedure, uow)

    def on_registry_answered(uow: UnitOfWork, received: Received) -> None:
        """The registers that were asked have answered."""
        procedure.answered(uow, received, received.expect(RegistryAnswered))
        if autopilot is not None:
            autopilot.proceed(procedure, uow)

    return {
        "RequestSubmitted": on_request_submitted,
        "RegistryAnswered": on_registry_answered,
        "MessageRejected": on_message_rejected,
    }
