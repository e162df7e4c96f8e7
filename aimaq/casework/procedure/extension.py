"""Making a term longer: what has run out cannot be lengthened any more."""

from __future__ import annotations

from aimaq.casework.procedure.context import ProcedureContext
from aimaq.language.errors import OutOfOrder
from aimaq.language.texts import Texts
from aimaq.regulation import Step
from aimaq.regulation.calendar import Calendar

RULE = "before the term runs out"


def in_time(context: ProcedureContext, step: Step) -> None:
    """OutOfOrder, saying when it was over, if the term of the step that a case stands at has run out.

    Where an item has a limit for each result, the result is not chosen yet when the term is made longer: it is over
    when the longest of them is. Counted by the Republic's calendar, from when the step could first be done.
    """
    limits = [limit for limit in (step.limit, *(step.limits or {}).values()) if limit is not None]
    case = context.case
    own = (record.started_at for record in case.steps if record.ref == step.ref)
    begun = next(own, None) or case.since or context.uow.now
    dues = [Calendar().due(limit, begun) for limit in limits if limit.max is not None]
    last = max(dues, key=lambda due: due.at, default=None)
    if last is not None and context.uow.now > last.at:
        over = f"{last.at:%Y-%m-%d %H:%M}"
        raise OutOfOrder(
            Texts(
                kk=f"{step.ref} ({step.paragraph}) мерзімі {over} өтіп кеткен, ұзартуға болмайды",
                ru=f"срок {step.ref} ({step.paragraph}) истёк {over}, продлить его нельзя",
                en=f"the term of {step.ref} ({step.paragraph}) ran out on {over} and cannot be made longer",
            ),
            rule=RULE,
            step=step.ref,
            paragraph=step.paragraph,
            explanation=last.explanation.as_dict(),
        )
