"""What an official of the executive body does with a case: takes it up, prepares the answer, decides."""

from __future__ import annotations

from aimaq.case import Case
from aimaq.desk import Desk, Paper, keep
from aimaq.errors import InvalidInput
from aimaq.work import Work


def accept(desk: Desk, work: Work) -> Case:
    """An official takes the request up."""
    turn = desk.turn(work)
    desk.perform(turn, "accept")
    return turn.case


def prepare(desk: Desk, work: Work, decision: str, grounds: str) -> Case:
    """An official prepares the answer: the certificate, or a refusal, which needs its grounds."""
    if decision == "denied" and not grounds.strip():
        raise InvalidInput("a refusal gives its grounds", field="grounds", rule="reasoned refusal")
    turn = desk.turn(work)
    turn.case.decision, turn.case.grounds = decision, grounds
    desk.perform(turn, "prepare")
    return turn.case


def decide(desk: Desk, work: Work, paper: Paper) -> Case:
    """The official's signature makes the prepared answer the body's decision."""
    turn = desk.turn(work, paper=paper)
    desk.perform(turn, "decide", turn.case.decision)
    keep(desk, work, "result", paper)
    return turn.case
