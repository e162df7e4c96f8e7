"""What officials of the executive body do with a case: prepare the answer, and sign what the body issues."""

from __future__ import annotations

from aimaq import workflow
from aimaq.case import Case
from aimaq.desk import Desk, keep
from aimaq.documents import inner_document, result_document
from aimaq.errors import InvalidInput, OutOfOrder
from aimaq.regulation import Part
from aimaq.turn import Paper, Turn
from aimaq.work import Work

KINDS = {"decide": "result", "approve": "decision", "forward": "letter"}
"""What is signed with an operation."""


def prepare(turn: Turn, desk: Desk, decision: str, grounds: str, result: str = "") -> Case:
    """An official prepares the answer: one of the results, or a refusal, which needs its grounds."""
    if decision == "denied" and not grounds.strip():
        raise InvalidInput("a refusal gives its grounds", field="grounds", rule="reasoned refusal")
    case = turn.case
    part = workflow.expect(turn.flow, case.at, "prepare")[1]
    approved = case.given_in.get("approved", decision)
    if decision != approved:
        raise InvalidInput(f"the signed decision is {approved}", field="decision", rule="as approved")
    if decision == "granted":
        _backed(case, part)
    case.decision, case.grounds, case.result = decision, grounds, _chosen(turn, decision, result)
    desk.perform(turn, "prepare")
    return case


def _backed(case: Case, part: Part) -> None:
    """Nothing is granted without what the registers must have: OutOfOrder while they have not answered."""
    for name in part.requires:
        answer = case.registers.get(name)
        if answer is None:
            raise OutOfOrder(f"the register {name} has not answered yet", rule=f"requires {name}")
        if not answer["found"]:
            raise InvalidInput(
                f"{name} has no record of the applicant, so the service can only be refused", field="decision",
                rule=f"requires {name}",
            )  # fmt: skip


def _chosen(turn: Turn, decision: str, result: str) -> str:
    """The result that is meant: the one named, or the only one that there can be."""
    known = turn.regulation.results_of(decision, turn.case.channel)
    if result and result not in known:
        raise InvalidInput(
            f"{decision} cannot be {result!r}, only {', '.join(known)}", field="result", rule="known result"
        )
    if not result and len(known) != 1:
        raise InvalidInput(f"say which result: {', '.join(known) or 'none'}", field="result", rule="required")
    return result or known[0]


def to_sign(desk: Desk, case: Case, official: str) -> bytes:
    """The document that is due to be signed in a case, as bytes for this official; OutOfOrder if none is."""
    kind = _kind(desk, case)
    if kind != "result":
        return inner_document(kind, case, official)
    if not case.decision:
        raise OutOfOrder("nothing has been prepared to be signed")
    return result_document(desk.catalogue.regulation(case.regulation), case, official)


def _kind(desk: Desk, case: Case) -> str:
    part = workflow.standing(desk.flow(case), case.at)[1]
    return KINDS.get(part.does, "result")


def sign(desk: Desk, work: Work, paper: Paper, roles: frozenset[str] | None = None) -> Case:
    """The official's signature makes what was prepared the body's decision, its ground, or the akim's letter."""
    turn = desk.turn(work, paper=paper, roles=roles)
    case = turn.case
    kind = _kind(desk, case)
    operation = next(name for name, what in KINDS.items() if what == kind)
    desk.perform(turn, operation, case.decision if operation == "decide" else "ok")
    if operation == "approve":
        case.given_in["approved"] = case.decision
    keep(desk, work, kind, paper)
    return case
