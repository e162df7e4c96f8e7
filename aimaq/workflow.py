"""The workflow: where a case stands in its flow, and where it goes when a part is done. Pure.

A place is text: the part to be done next (`process-6/accept`) or the end reached (`end:issued`).
"""

from __future__ import annotations

from collections.abc import Iterable

from aimaq.errors import InvalidInput, OutOfOrder
from aimaq.messages import StepRecord
from aimaq.regulation import END, Flow, Part, Step


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


def standing(flow: Flow, at: str) -> tuple[Step, Part]:
    """The step and part at a place; OutOfOrder if the case is at its end."""
    if ended(at):
        raise OutOfOrder(f"the case has ended: {at.removeprefix(END)}")
    ref, _, operation = at.partition("/")
    step = flow.step(ref)
    return step, step.part(operation)


def advance(flow: Flow, at: str, outcome: str) -> str:
    """The place after the part at `at` has come out as `outcome`; InvalidInput for an outcome that it does not have.

    A part that is not its step's last leads to the next part, whatever its outcome.
    """
    step, part = standing(flow, at)
    index = step.parts.index(part)
    if index + 1 < len(step.parts):
        return place(step, step.parts[index + 1])
    try:
        target = step.next[outcome]
    except KeyError:
        raise InvalidInput(
            f"{step.ref} has no outcome {outcome!r}, only {', '.join(step.next)}", field="outcome", rule="outcome"
        ) from None
    if target.startswith(END):
        return target
    following = flow.step(target)
    return place(following, following.parts[0])


def expect(flow: Flow, at: str, operation: str) -> tuple[Step, Part]:
    """The step and part at `at` if it is this operation; OutOfOrder, naming what is due instead, if it is not."""
    step, part = standing(flow, at)
    if part.does != operation:
        raise OutOfOrder(
            f"the case stands at {step.ref} ({step.paragraph}), which is {part.does!r} by {part.by}, not {operation!r}",
            step=step.ref,
            paragraph=step.paragraph,
        )
    return step, part


def follow(flow: Flow, at: str, records: Iterable[StepRecord]) -> str:
    """The place after the steps that another system reports, taken as they are told.

    Whether they are the steps that the regulation prescribes is for the verdict on the trace, not for the recipient;
    only a step that the regulation does not have is refused (InvalidInput).
    """
    for record in records:
        step = flow.steps.get(record.ref)
        if step is None or all(part.does != record.operation for part in step.parts):
            raise InvalidInput(
                f"the regulation has no step {record.ref}/{record.operation} in channel {flow.channel}",
                field="steps", rule="known step",
            )  # fmt: skip
        at = advance(flow, f"{record.ref}/{record.operation}", record.outcome)
    return at
