"""What officials of the executive body do with a case: prepare the answer, and sign what the body issues."""

from __future__ import annotations

from aimaq.casework.case import AnyCase
from aimaq.casework.documents import inner_document, result_document
from aimaq.casework.procedure.context import Paper, ProcedureContext
from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.procedure.papers import keep, keep_pdf
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.errors import InvalidInput, OutOfOrder
from aimaq.language.texts import Texts
from aimaq.regulation import workflow
from lea_svc.office import backing, texts

KINDS = {"decide": "result", "approve": "decision", "forward": "letter"}
"""What is signed with an operation."""


def prepare(context: ProcedureContext, procedure: Procedure, decision: str, grounds: str, result: str = "") -> None:
    """An official prepares the answer: one of the results, or a refusal, which needs its grounds."""
    if decision == "denied" and not grounds.strip():
        raise InvalidInput(texts.GROUNDS, field="grounds", rule="reasoned refusal")
    case = context.case
    part = workflow.expect(context.flow, case.at, "prepare")[1]
    approved = case.inputs.get("approved", decision)
    if decision != approved:
        raise InvalidInput(texts.APPROVED.format(decision=approved), field="decision", rule="as approved")
    if decision == "granted":
        backing.check(case, part)
    case.decision, case.grounds, case.result = decision, grounds, _chosen(context, decision, result)
    procedure.perform(context, "prepare")


def _chosen(context: ProcedureContext, decision: str, result: str) -> str:
    """The result that is meant: the one named, or the only one that there can be."""
    known = context.regulation.results_of(decision, context.case.channel)
    if result and result not in known:
        those = ", ".join(known)
        raise InvalidInput(
            Texts(
                kk=f"{decision} үшін {result!r} болмайды, тек: {those}",
                ru=f"{decision} не может быть {result!r}, только: {those}",
                en=f"{decision} cannot be {result!r}, only {those}",
            ),
            field="result",
            rule="known result",
        )
    if not result and len(known) != 1:
        raise InvalidInput(texts.WHICH_RESULT.format(known=", ".join(known) or "-"), field="result", rule="required")
    return result or known[0]


def to_sign(procedure: Procedure, case: AnyCase, official: str) -> bytes:
    """The document that is due to be signed in a case, as bytes for this official; OutOfOrder if none is."""
    kind = kind_due(procedure, case)
    if kind != "result":
        return inner_document(kind, case, official)
    if not case.decision:
        raise OutOfOrder(texts.NOTHING_PREPARED)
    return result_document(procedure.catalogue.regulation(case.regulation), case, official)


def kind_due(procedure: Procedure, case: AnyCase) -> str:
    """What is due to be signed in a case: the `result`, the `decision` that it rests on, the covering `letter`."""
    part = workflow.current(procedure.flow(case), case.at)[1]
    return KINDS.get(part.does, "result")


def sign(
    procedure: Procedure, uow: UnitOfWork, paper: Paper, roles: frozenset[str] | None = None, pdf: bytes = b""
) -> None:
    """The official's signature makes what was prepared the body's decision, its ground, or the akim's letter.

    `pdf` is the result as a signed PDF, if the official signed that too.
    """
    context = procedure.context(uow, paper=paper, roles=roles, pdf=pdf)
    case = context.case
    kind = kind_due(procedure, case)
    operation = next(name for name, what in KINDS.items() if what == kind)
    procedure.perform(context, operation, case.decision if operation == "decide" else "ok")
    if operation == "approve":
        case.inputs = {**case.inputs, "approved": case.decision}
    keep(procedure.papers, uow, kind, paper)
    keep_pdf(procedure.issued, uow, pdf)
