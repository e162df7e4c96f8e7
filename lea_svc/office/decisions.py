"""What officials of the executive body do with a case: prepare the answer, and sign what the body issues."""

from __future__ import annotations

from aimaq.regulation import workflow
from aimaq.casework.case import Case
from aimaq.casework.procedure.engine import Desk, keep, keep_pdf
from aimaq.casework.documents import inner_document, result_document
from aimaq.language.errors import InvalidInput, OutOfOrder
from aimaq.casework.procedure.context import Paper, Turn
from aimaq.casework.unit_of_work import Work
from lea_svc.office import backing

KINDS = {"decide": "result", "approve": "decision", "forward": "letter"}
"""What is signed with an operation."""


def prepare(turn: Turn, desk: Desk, decision: str, grounds: str, result: str = "") -> Case:
    """An official prepares the answer: one of the results, or a refusal, which needs its grounds."""
    if decision == "denied" and not grounds.strip():
        said = {
            "kk": "бас тарту негізделуі керек",
            "ru": "отказ должен быть обоснован",
            "en": "a refusal gives its grounds",
        }
        raise InvalidInput(said, field="grounds", rule="reasoned refusal")
    case = turn.case
    part = workflow.expect(turn.flow, case.at, "prepare")[1]
    approved = case.given_in.get("approved", decision)
    if decision != approved:
        said = {"kk": "қол қойылған шешім", "ru": "подписано решение", "en": "the signed decision is"}
        detail = {language: f"{words} {approved}" for language, words in said.items()}
        raise InvalidInput(detail, field="decision", rule="as approved")
    if decision == "granted":
        backing.check(case, part)
    case.decision, case.grounds, case.result = decision, grounds, _chosen(turn, decision, result)
    desk.perform(turn, "prepare")
    return case


def _chosen(turn: Turn, decision: str, result: str) -> str:
    """The result that is meant: the one named, or the only one that there can be."""
    known = turn.regulation.results_of(decision, turn.case.channel)
    if result and result not in known:
        those = ", ".join(known)
        raise InvalidInput(
            {
                "kk": f"{decision} үшін {result!r} болмайды, тек: {those}",
                "ru": f"{decision} не может быть {result!r}, только: {those}",
                "en": f"{decision} cannot be {result!r}, only {those}",
            },
            field="result", rule="known result",
        )  # fmt: skip
    if not result and len(known) != 1:
        said = {"kk": "нәтижені атаңыз", "ru": "назовите результат", "en": "say which result"}
        detail = {language: f"{words}: {', '.join(known) or '-'}" for language, words in said.items()}
        raise InvalidInput(detail, field="result", rule="required")
    return result or known[0]


def to_sign(desk: Desk, case: Case, official: str) -> bytes:
    """The document that is due to be signed in a case, as bytes for this official; OutOfOrder if none is."""
    kind = kind_due(desk, case)
    if kind != "result":
        return inner_document(kind, case, official)
    if not case.decision:
        raise OutOfOrder("nothing has been prepared to be signed")
    return result_document(desk.catalogue.regulation(case.regulation), case, official)


def kind_due(desk: Desk, case: Case) -> str:
    """What is due to be signed in a case: the `result`, the `decision` that it rests on, the covering `letter`."""
    part = workflow.standing(desk.flow(case), case.at)[1]
    return KINDS.get(part.does, "result")


def sign(desk: Desk, work: Work, paper: Paper, roles: frozenset[str] | None = None, pdf: bytes = b"") -> Case:
    """The official's signature makes what was prepared the body's decision, its ground, or the akim's letter.

    `pdf` is the result as a signed PDF, if the official signed that too.
    """
    turn = desk.turn(work, paper=paper, roles=roles, pdf=pdf)
    case = turn.case
    kind = kind_due(desk, case)
    operation = next(name for name, what in KINDS.items() if what == kind)
    desk.perform(turn, operation, case.decision if operation == "decide" else "ok")
    if operation == "approve":
        case.given_in["approved"] = case.decision
    keep(desk, work, kind, paper)
    keep_pdf(desk, work, pdf)
    return case
