"""The workflow: where a case stands in its flow, and where it goes when a part is done. Pure.

A place is text: the part to be done next (`process-6/accept`) or the end reached (`end:issued`).
"""

from __future__ import annotations

from collections.abc import Iterable

from aimaq.language.errors import InvalidInput, OutOfOrder
from aimaq.language.messages import StepRecord
from aimaq.language.texts import Texts
from aimaq.regulation import END, Flow, Part, Step
from aimaq.regulation.model.operations import OPERATIONS


def begin(flow: Flow, *, skip_optional: bool = True) -> str:
    """The first place of a flow, past the steps that only some people take if those are to be skipped."""
    step = flow.step(flow.start)
    while skip_optional and step.optional:
        target = next(iter(step.next.values()))
        if target.startswith(END):
            return target
        step = flow.step(target)
    return place(step, step.parts[0])


def place(step: Step, part: Part) -> str:
    """A step and one of its parts, as a place."""
    return f"{step.ref}/{part.does}"


def ended(at: str) -> bool:
    """Whether a place is an end."""
    return at.startswith(END)


def end_status(flow: Flow, at: str) -> str | None:
    """The status that a case is left with at this place, if it is an end that leaves one."""
    return flow.ends[at.removeprefix(END)].status if ended(at) else None


def current(flow: Flow, at: str) -> tuple[Step, Part]:
    """The step and part at a place; OutOfOrder if the case is at its end."""
    if (found := flow.places.get(at)) is not None:
        return found
    if ended(at):
        end = at.removeprefix(END)
        raise OutOfOrder(Texts(kk=f"іс аяқталған: {end}", ru=f"дело завершено: {end}", en=f"the case has ended: {end}"))
    ref, _, operation = at.partition("/")
    step = flow.step(ref)
    return step, step.part(operation)


def advance(flow: Flow, at: str, outcome: str) -> str:
    """The place after the part at `at` has come out as `outcome`; InvalidInput for an outcome that it does not have.

    A part that is not its step's last leads to the next part, unless the outcome is one by which it leaves the step.
    """
    if (known := flow.moves.get((at, outcome))) is None:
        known = flow.moves[at, outcome] = _advance(flow, at, outcome)
    return known


def _advance(flow: Flow, at: str, outcome: str) -> str:
    step, part = current(flow, at)
    ways = outcomes(step, part)
    if outcome not in ways:
        known = ", ".join(ways)
        raise InvalidInput(
            Texts(
                kk=f"{step.ref} ({step.paragraph}) қадамында {outcome!r} деген нәтиже жоқ, тек: «{known}»",
                ru=f"у шага {step.ref} ({step.paragraph}) нет исхода {outcome!r}, только: «{known}»",
                en=f"{step.ref} ({step.paragraph}) has no outcome {outcome!r}, only {known}",
            ),
            field="outcome",
            rule="outcome",
        )
    target = ways[outcome]
    if target.startswith(END):
        return target
    ref, _, operation = target.partition("/")
    following = flow.step(ref)
    return place(following, following.part(operation) if operation else following.parts[0])


def outcomes(step: Step, part: Part) -> dict[str, str]:
    """How a part can come out, and where each outcome leads to: the next part as a place, a ref, or an end.

    Of a step's ways on, its last part has those that its operation can have; the others are exits of earlier parts.
    """
    following = after(step, part)
    if following is not None:
        return {"ok": place(step, following)} | part.exit
    own = OPERATIONS[part.does].outcomes
    return {outcome: target for outcome, target in step.next.items() if outcome in own}


def after(step: Step, part: Part) -> Part | None:
    """The part of a step that comes after this one; None after the last."""
    index = step.parts.index(part) + 1
    return step.parts[index] if index < len(step.parts) else None


def settled(flow: Flow, at: str, result: str) -> str:
    """The place after `at` that a case with this result stops at: parts for other results are passed over."""
    while not ended(at):
        step, part = current(flow, at)
        following = after(step, part)
        if not part.results or result in part.results or following is None:
            break
        at = place(step, following)
    return at


def expect(flow: Flow, at: str, operation: str) -> tuple[Step, Part]:
    """The step and part that are this operation, at `at` or after parts that may be skipped; else OutOfOrder.

    The error names what is due instead.
    """
    step, part = current(flow, at)
    wanted: Part | None = part
    while wanted is not None and wanted.does != operation and wanted.optional:
        wanted = after(step, wanted)
    if wanted is not None and wanted.does == operation:
        return step, wanted
    raise OutOfOrder(
        Texts(
            kk=f"іс {step.ref} ({step.paragraph}) қадамында тұр: {step.title.kk}; {operation!r} кезегі келген жоқ",
            ru=f"дело стоит на шаге {step.ref} ({step.paragraph}): {step.title.ru}; {operation!r} не на очереди",
            en=f"the case stands at {step.ref} ({step.paragraph}), which is {part.does!r} by {part.by}, "
            f"not {operation!r}",
        ),
        step=step.ref,
        paragraph=step.paragraph,
    )


def leads_to(flow: Flow, at: str, operation: str, then: str) -> bool:
    """Whether the part that is due and is this operation is followed by that one; OutOfOrder if another is due."""
    step, part = expect(flow, at, operation)
    following = advance(flow, place(step, part), "ok")
    return not ended(following) and current(flow, following)[1].does == then


def follow(flow: Flow, at: str, records: Iterable[StepRecord]) -> str:
    """The place after the steps that another system reports, taken as they are told.

    Whether they are the steps that the regulation prescribes is for the verdict on the trace, not for the recipient;
    only a step that the regulation does not have is refused (InvalidInput).
    """
    for record in records:
        done = f"{record.ref}/{record.operation}"
        if done not in flow.places:
            raise InvalidInput(
                Texts(
                    kk=f"регламенттің {flow.channel} арнасында {record.ref}/{record.operation} деген қадам жоқ",
                    ru=f"в канале {flow.channel} регламента нет шага {record.ref}/{record.operation}",
                    en=f"the regulation has no step {record.ref}/{record.operation} in channel {flow.channel}",
                ),
                field="steps",
                rule="known step",
            )
        at = advance(flow, done, record.outcome)
    return at
