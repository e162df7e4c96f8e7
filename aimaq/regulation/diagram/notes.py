"""What is written on a task, and what a reader can look up about it: paragraph, limit, rows, registers, readings."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from aimaq.regulation import Flow, Part, Regulation, Step, wording
from aimaq.regulation.diagram import words

SHORT = 32
"""How many letters of a result's name stand on a task; a reader can look up the rest."""


def label(step: Step, language: str) -> str:
    """What the act calls a step: `4-үдеріс`, `1-шарт`, or the number of the paragraph and the item."""
    number = step.ref.rpartition("-")[2]
    if step.kind == "process":
        return words.PROCESS.say(language).format(no=number)
    if step.kind == "condition":
        return words.CONDITION.say(language).format(no=number)
    return step.paragraph


def name(regulation: Regulation, step: Step, part: Part, language: str) -> str:
    """What stands on the task of a part, in lines: the step, the part if there are several, its marks, the limit."""
    title = step.title.say(language)
    if len(step.parts) > 1:
        title += f": {_operation(part, language)}"
    marks = list(_marks(regulation, step, part, language))
    lines = [f"{label(step, language)}. {title}" + (f" ({', '.join(marks)})" if marks else "")]
    if part is step.parts[0]:
        lines += _limits(regulation, step, language, SHORT)
    return "\n".join(lines)


def of_part(regulation: Regulation, flow: Flow, step: Step, part: Part, language: str) -> Iterator[str]:
    """What a reader can look up about a part: each line is one thing."""
    yield f"{step.ref}/{part.does}"
    yield words.PARAGRAPH.say(language).format(no=step.paragraph)
    if step.unit:
        yield words.UNIT.say(language).format(unit=step.unit)
    for limit in _limits(regulation, step, language):
        yield words.LIMIT.say(language).format(limit=limit)
    if step.gives is not None:
        yield words.GIVES.say(language).format(what=step.gives.say(language))
    if part.results:
        results = ", ".join(_result(regulation, one, language) for one in part.results)
        yield words.ONLY_FOR.say(language).format(what=results)
    if registers := [*part.asks, *filter(None, [part.into])]:
        yield words.REGISTERS.say(language).format(names=", ".join(registers))
    for norm in flow.table:
        if any(piece.place in ((step.ref, None), (step.ref, part.does)) for piece in norm.met_by):
            text = wording.limit(norm.limit).say(language) if norm.limit else words.NO_LIMIT.say(language)
            yield words.ROW.say(language).format(no=norm.no, limit=text)
    if step.readings:
        yield words.READINGS.say(language).format(ids=", ".join(step.readings))


def of_flow(regulation: Regulation, flow: Flow, language: str) -> Iterator[str]:
    """What a reader can look up about the flow as a whole."""
    act = regulation.act
    yield words.ACT.say(language).format(who=act.authority.say(language), no=act.number, date=act.date)
    yield words.PARAGRAPH.say(language).format(no=flow.paragraph)
    if flow.limit is not None:
        yield words.LIMIT.say(language).format(limit=wording.limit(flow.limit).say(language))
    if flow.readings:
        yield words.READINGS.say(language).format(ids=", ".join(flow.readings))


def _operation(part: Part, language: str) -> str:
    if part.does == "send" and "ResultIssued" in part.sends:
        return words.SEND_RESULT.say(language)
    return wording.operation(part.does).say(language)


def _marks(regulation: Regulation, step: Step, part: Part, language: str) -> Iterator[str]:
    if step.optional or part.optional:
        yield words.OPTIONAL.say(language)
    if part.results:
        names = [shorten(_result(regulation, one, language), SHORT, placeholder="…") for one in part.results]
        yield words.ONLY_FOR.say(language).format(what=", ".join(names))


def _limits(regulation: Regulation, step: Step, language: str, width: int = 1000) -> list[str]:
    if step.limit is not None:
        return [wording.limit(step.limit).say(language)]
    several = (step.limits or {}).items()
    names = {name: shorten(_result(regulation, name, language), width, placeholder="…") for name, _ in several}
    return [f"{names[name]}: {wording.limit(limit).say(language)}" for name, limit in several]


def _result(regulation: Regulation, name: str, language: str) -> str:
    return regulation.results[name].title.say(language) if name in regulation.results else name
