"""The reactions that the portal and the service centre share: showing how a request fares at the body.

Portal and service centre differ in who looks on, a citizen or an operator, not in what the body tells them.
"""

from __future__ import annotations

from aimaq.casework.procedure.engine import Desk
from aimaq.language.messages import CaseClosed, RegistryAnswered, RequestRegistered, ResultIssued, StatusChanged
from aimaq.service import on_message_rejected
from aimaq.casework.unit_of_work import Handler, Received, Work


def reactions(desk: Desk) -> dict[str, Handler]:
    """The reactions, by message type."""

    def on_request_registered(work: Work, received: Received) -> None:
        """The body has numbered the request."""
        content = received.expect(RequestRegistered)
        desk.show(work, received, content.status, content.number)

    def on_status_changed(work: Work, received: Received) -> None:
        """The request has a new status."""
        content = received.expect(StatusChanged)
        desk.show(work, received, content.status, content.number)

    def on_result_issued(work: Work, received: Received) -> None:
        """The result, or the reasoned refusal, has come."""
        desk.resulted(work, received, received.expect(ResultIssued))

    def on_case_closed(work: Work, received: Received) -> None:
        """The body has ended the case without a result."""
        desk.closed(work, received, received.expect(CaseClosed))

    def on_registry_answered(work: Work, received: Received) -> None:
        """The registers that were asked have answered."""
        desk.answered(work, received, received.expect(RegistryAnswered))

    return {
        "RequestRegistered": on_request_registered,
        "StatusChanged": on_status_changed,
        "ResultIssued": on_result_issued,
        "CaseClosed": on_case_closed,
        "RegistryAnswered": on_registry_answered,
        "MessageRejected": on_message_rejected,
    }
