"""The reactions that the portal and the service centre share: showing how a request fares at the body.

Portal and service centre differ in who looks on, a citizen or an operator, not in what the body tells them.

in     RequestRegistered, StatusChanged, ResultIssued    from the executive body, through the gateway
       CaseClosed                                        from the same, where it ends a case without a result
       RegistryAnswered, MessageRejected
"""

from __future__ import annotations

from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.unit_of_work import Handler, Received, UnitOfWork
from aimaq.language.envelope import party_of
from aimaq.language.messages import (
    CaseClosed,
    MessageRejected,
    RegistryAnswered,
    RequestRegistered,
    ResultIssued,
    StatusChanged,
)


def reactions(procedure: Procedure) -> dict[str, Handler]:
    """The reactions, by message type."""

    def on_request_registered(uow: UnitOfWork, received: Received) -> None:
        """The body has numbered the request."""
        content = received.expect(RequestRegistered)
        procedure.show(uow, received, content.status, content.number)

    def on_status_changed(uow: UnitOfWork, received: Received) -> None:
        """The request has a new status."""
        content = received.expect(StatusChanged)
        procedure.show(uow, received, content.status, content.number)

    def on_result_issued(uow: UnitOfWork, received: Received) -> None:
        """The result, or the reasoned refusal, has come."""
        procedure.resulted(uow, received, received.expect(ResultIssued))

    def on_case_closed(uow: UnitOfWork, received: Received) -> None:
        """The body has ended the case without a result."""
        procedure.closed(uow, received, received.expect(CaseClosed))

    def on_registry_answered(uow: UnitOfWork, received: Received) -> None:
        """The registers that were asked have answered."""
        procedure.answered(uow, received, received.expect(RegistryAnswered))

    return {
        "RequestRegistered": on_request_registered,
        "StatusChanged": on_status_changed,
        "ResultIssued": on_result_issued,
        "CaseClosed": on_case_closed,
        "RegistryAnswered": on_registry_answered,
        "MessageRejected": on_message_rejected,
    }


def on_message_rejected(uow: UnitOfWork, received: Received) -> None:
    """A message of ours was not accepted: an operator must see it, with the reason, so it is laid aside."""
    content = received.content
    assert isinstance(content, MessageRejected)
    uow.aside = f"rejected by {party_of(received.envelope.sender)}: {content.reason}: {content.detail}"
