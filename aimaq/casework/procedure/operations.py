"""What a system does by itself, each operation once.

It returns the outcome, or None while it must wait for an answer.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

from aimaq.regulation.calendar import ALMATY
from aimaq.casework.case import Case
from aimaq.language.errors import OutOfOrder
from aimaq.regulation.model.registers import REGISTERS
from aimaq.regulation import Part, Step
from aimaq.casework.procedure.context import Turn

Operation = Callable[[Turn, Step, Part], str | None]


def _plainly(turn: Turn, step: Step, part: Part) -> str:
    return "ok"


def _checked(turn: Turn, step: Step, part: Part) -> str:
    try:
        return turn.evidence[part.does]
    except KeyError:
        raise OutOfOrder(f"{step.ref} ({step.paragraph}) has not been checked") from None


def _certificate(turn: Turn, step: Step, part: Part) -> str | None:
    """Whether the certificate is in date, not revoked, for signing, and the applicant's own."""
    case = turn.case
    if not case.certificate:
        return _checked(turn, step, part)
    answer = case.registers.get("nca")
    if answer is None:
        return None
    record = answer["record"]
    good = (
        answer["found"]
        and record.get("status") == "good"
        and record.get("usage") == "SIGN"
        and record.get("iin") == case.person
        and _instant(record.get("not_before")) <= turn.work.now <= _instant(record.get("not_after"))
    )
    return "ok" if good else "wrong"


def _instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def _refused(turn: Turn, step: Step, part: Part) -> str:
    turn.case.ground = step.ground or ""
    turn.case.refused_at = step.ref
    return "ok"


def _registered(turn: Turn, step: Step, part: Part) -> str:
    number_case(turn.case)
    return "ok"


def _asked(turn: Turn, step: Step, part: Part) -> str:
    """Ask those of the registers that have anything to say of this case: a power of attorney only if there is one."""
    case = turn.case
    questions = {name: REGISTERS[name].question(case) for name in part.asks}
    turn.questions = {name: question for name, question in questions.items() if question is not None}
    case.asked = list(turn.questions)
    for name in case.asked:
        case.registers.pop(name, None)
    return "ok"


def _answered(turn: Turn, step: Step, part: Part) -> str | None:
    answers = [turn.case.registers.get(name) for name in turn.case.asked]
    if any(answer is None for answer in answers):
        return None
    return "ok" if all(answer["found"] for answer in answers if answer) else "absent"


def _elsewhere(turn: Turn, step: Step, part: Part) -> str | None:
    answer = turn.case.registers.get("oralman")
    if answer is None:
        return None
    there = answer["record"].get("oblast") if answer["found"] else None
    return "elsewhere" if there not in (None, "", turn.regulation.oblast) else "ok"


def _delivered(turn: Turn, step: Step, part: Part) -> str | None:
    turn.how = "cabinet"
    return turn.case.decision or None


OPERATIONS: dict[str, Operation] = {
    "require-signature": _plainly,
    "check-identity": _checked,
    "check-certificate": _certificate,
    "refuse": _refused,
    "ask-registry": _asked,
    "check-registry": _answered,
    "check-elsewhere": _elsewhere,
    "enter-registry": _plainly,
    "send": _plainly,
    "register": _registered,
    "deliver": _delivered,
}
"""What a system does by itself, by operation."""


STATUS_AFTER: dict[str, Callable[[Case], str]] = {
    "register": lambda case: case.status or "received",
    "assign": lambda case: "in_progress",
    "prepare": lambda case: "in_progress",
    "decide": lambda case: "completed" if case.decision == "granted" else "refused",
}
"""The status that a case has once a part of this operation is done."""


def number_case(case: Case) -> None:
    """Give a case its registration number, once: the day it was opened and ten characters of its id."""
    if not case.number:
        mark = base64.b32encode(bytes.fromhex(case.case_id.replace("-", "")))[16:26].decode()
        case.number = f"{case.opened_at.astimezone(ALMATY):%Y%m%d}-{mark}"
