"""How the body of each message is made from the case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aimaq.casework.documents import result_of
from aimaq.casework.form import bin_in
from aimaq.casework.procedure.context import Paper, ProcedureContext
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
from aimaq.language.texts import Texts


def _request(context: ProcedureContext) -> Body:
    case = context.case
    document, signature = _paper(context)
    return RequestSubmitted(iin=case.iin, name=case.name, form=dict(case.form), document=document, signature=signature)


def _registered(context: ProcedureContext) -> Body:
    case, part = context.case, context.part
    assert part is not None
    begun = context.flow.front_desk == part.party
    iin, number = (case.iin, bin_in(context.regulation, case.form) or "") if begun else ("", "")
    return RequestRegistered(number=case.number, status="received", iin=iin, bin=number)


def _result(context: ProcedureContext) -> Body:
    case = context.case
    document, signature = _paper(context)
    text: dict[str, Any] = {"decision": case.decision, "status": case.status}
    kind = result_of(context.regulation, case)
    pdf, case.pdf = context.pdf or case.pdf, b""
    return ResultIssued(**text, number=case.number, document=document, signature=signature, result=kind, pdf=pdf)


NOTHING_SIGNED = Texts(
    kk="жіберетін қол қойылған құжат жоқ",
    ru="подписанного документа для отправки нет",
    en="nothing has been signed to be sent",
)


def _paper(context: ProcedureContext) -> Paper:
    paper = context.paper or context.case.paper
    if paper is None:
        raise OutOfOrder(NOTHING_SIGNED)
    context.case.paper = None
    return paper


def _delivered(context: ProcedureContext) -> Body:
    case = context.case
    text: dict[str, Any] = {"decision": case.decision, "how": context.how}
    return ResultDelivered(**text, number=case.number, result=result_of(context.regulation, case))


def _entered(context: ProcedureContext) -> Body:
    """What goes into a register: the person, the case, what the regulation says of it, and what was given."""
    case, part = context.case, context.part
    assert part is not None
    record = {"iin": case.iin, "name": case.name, "case_id": case.case_id, "oblast": context.regulation.oblast}
    record |= part.enters | {name: case.inputs[name] for name in SUPPLIED if name in case.inputs}
    return RegistryUpdated(register=part.into, record={name: value for name, value in record.items() if value})


SUPPLIED = ("supplied", "text")
"""What an applicant supplied, as `given_in` has it."""

COMPOSE: dict[str, Callable[[ProcedureContext], Body]] = {
    "RequestSubmitted": _request,
    "RequestRegistered": _registered,
    "StatusChanged": lambda t: StatusChanged(status=t.case.status, number=t.case.number),  # type: ignore[arg-type]
    "ResultIssued": _result,
    "ResultDelivered": _delivered,
    "CaseClosed": lambda t: CaseClosed(end=t.case.end or "", ground=t.case.ground, detail=t.case.detail),
    "RegistryAsked": lambda t: RegistryAsked(questions=t.questions),
    "RegistryUpdated": _entered,
}
"""The maker of each body, by message type."""
