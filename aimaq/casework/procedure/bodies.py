"""How the body of each message is made from the case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aimaq.casework.documents import result_of
from aimaq.language.errors import OutOfOrder
from aimaq.language.messages import (
    Body,
    CaseClosed,
    RegistryAsked,
    RegistryUpdated,
    RequestRegistered,
    RequestSubmitted,
    ResultDelivered,
    ResultIssued,
    StatusChanged,
)
from aimaq.casework.procedure.context import Paper, Turn


def _request(turn: Turn) -> Body:
    case = turn.case
    document, signature = _paper(turn)
    return RequestSubmitted(iin=case.iin, name=case.name, form=case.form, document=document, signature=signature)


def _result(turn: Turn) -> Body:
    case = turn.case
    document, signature = _paper(turn)
    said: dict[str, Any] = {"decision": case.decision, "status": case.status}
    kind = result_of(turn.regulation, case)
    pdf, case.pdf = turn.pdf or case.pdf, b""
    return ResultIssued(**said, number=case.number, document=document, signature=signature, result=kind, pdf=pdf)


def _paper(turn: Turn) -> Paper:
    paper = turn.paper or turn.case.paper
    if paper is None:
        raise OutOfOrder("nothing has been signed to be sent")
    turn.case.paper = None
    return paper


def _delivered(turn: Turn) -> Body:
    case = turn.case
    said: dict[str, Any] = {"decision": case.decision, "how": turn.how}
    return ResultDelivered(**said, number=case.number, result=result_of(turn.regulation, case))


def _entered(turn: Turn) -> Body:
    """What goes into a register: the person, the case, what the regulation says of it, and what was given."""
    case, part = turn.case, turn.part
    assert part is not None
    record = {"iin": case.iin, "name": case.name, "case_id": case.case_id, "oblast": turn.regulation.oblast}
    record |= part.enters | {name: case.given_in[name] for name in SUPPLIED if name in case.given_in}
    return RegistryUpdated(register=part.into, record={name: value for name, value in record.items() if value})


SUPPLIED = ("supplied", "text")
"""What an applicant supplied, as `given_in` has it."""

COMPOSE: dict[str, Callable[[Turn], Body]] = {
    "RequestSubmitted": _request,
    "RequestRegistered": lambda t: RequestRegistered(number=t.case.number, status="received"),
    "StatusChanged": lambda t: StatusChanged(status=t.case.status, number=t.case.number),  # type: ignore[arg-type]
    "ResultIssued": _result,
    "ResultDelivered": _delivered,
    "CaseClosed": lambda t: CaseClosed(end=t.case.end or "", ground=t.case.ground, detail=t.case.detail),
    "RegistryAsked": lambda t: RegistryAsked(questions=t.questions),
    "RegistryUpdated": _entered,
}
"""The maker of each body, by message type."""
