"""What a system does by itself, each operation once.

It returns the outcome, or None while it must wait for an answer.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

from aimaq.casework.case import CaseDraft
from aimaq.casework.form import bin_in
from aimaq.casework.procedure.context import ProcedureContext
from aimaq.language.errors import OutOfOrder
from aimaq.language.texts import Texts
from aimaq.regulation import Part, Step
from aimaq.regulation.calendar import ALMATY
from aimaq.regulation.model.registers import REGISTERS

UNCHECKED = Texts(
    kk="{step} ({paragraph}) қадамында тексеру әлі өткен жоқ",
    ru="на шаге {step} ({paragraph}) проверки ещё не было",
    en="{step} ({paragraph}) has not been checked",
)

Operation = Callable[[ProcedureContext, Step, Part], str | None]


def _plainly(context: ProcedureContext, step: Step, part: Part) -> str:
    return "ok"


def _checked(context: ProcedureContext, step: Step, part: Part) -> str:
    try:
        return context.evidence[part.does]
    except KeyError:
        raise OutOfOrder(UNCHECKED.format(step=step.ref, paragraph=step.paragraph)) from None


def _certificate(context: ProcedureContext, step: Step, part: Part) -> str | None:
    """Whether the certificate is in date, not revoked, for signing, and the applicant's own."""
    case = context.case
    if not case.certificate:
        return _checked(context, step, part)
    answer = case.registers.get("nca")
    if answer is None:
        return None
    record = answer.record
    good = (
        answer.found
        and record.get("status") == "good"
        and record.get("usage") == "SIGN"
        and record.get("iin") == case.person
        and bin_in(context.regulation, case.form) in (None, record.get("bin"))
        and _instant(record.get("not_before")) <= context.uow.now <= _instant(record.get("not_after"))
    )
    return "ok" if good else "wrong"


def _instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def _refused(context: ProcedureContext, step: Step, part: Part) -> str:
    context.case.ground = step.ground or ""
    context.case.refused_at = step.ref
    return "ok"


def _registered(context: ProcedureContext, step: Step, part: Part) -> str:
    number_case(context.case)
    return "ok"


def _asked(context: ProcedureContext, step: Step, part: Part) -> str:
    """Ask those of the registers that have anything to say of this case: a power of attorney only if there is one."""
    case = context.case
    questions = {name: REGISTERS[name].question(case) for name in part.asks}
    context.questions = {name: question for name, question in questions.items() if question is not None}
    case.asked = tuple(context.questions)
    case.registers = {name: answer for name, answer in case.registers.items() if name not in context.questions}
    return "ok"


def _answered(context: ProcedureContext, step: Step, part: Part) -> str | None:
    answers = [context.case.registers.get(name) for name in context.case.asked]
    if any(answer is None for answer in answers):
        return None
    return "ok" if all(answer.found for answer in answers if answer) else "absent"


def _elsewhere(context: ProcedureContext, step: Step, part: Part) -> str | None:
    answer = context.case.registers.get("oralman")
    if answer is None:
        return None
    there = answer.record.get("oblast") if answer.found else None
    return "elsewhere" if there not in (None, "", context.regulation.oblast) else "ok"


def _delivered(context: ProcedureContext, step: Step, part: Part) -> str | None:
    context.how = "cabinet"
    return context.case.decision or None


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
"""What a system does by itself, by the name that `aimaq.regulation.model.operations` declares."""


def number_case(case: CaseDraft) -> None:
    """Give a case its registration number, once: the day it was opened and ten characters of its id."""
    if not case.number:
        mark = base64.b32encode(bytes.fromhex(case.case_id.replace("-", "")))[16:26].decode()
        case.number = f"{case.opened_at.astimezone(ALMATY):%Y%m%d}-{mark}"
