"""What the regulation prescribes in one paragraph, as the page of a case shows it beside the steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aimaq.language.texts import Texts
from aimaq.regulation import END, Flow, Limit, Regulation, Step
from aimaq.regulation.wording import joined, limit, operation, outcome, unit
from gateway_svc.console.pages.case import words


@dataclass(frozen=True, slots=True)
class Clause:
    """One step of a paragraph: who does what, in the act's own words for the unit and the limit, and what follows."""

    title: Texts
    units: Texts
    printed: str
    limits: tuple[Texts, ...]
    gives: Texts | None
    following: tuple[Texts, ...]
    rows: tuple[Texts, ...]
    readings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a channel with its steps; none if the channel has no such paragraph."""

    name: str
    clauses: tuple[Clause, ...]


def paragraph(regulation: Regulation, flow: Flow, name: str) -> Paragraph:
    """What a paragraph prescribes in a channel."""
    steps = [step for step in flow.steps.values() if step.paragraph == name]
    return Paragraph(name, tuple(_clause(regulation, flow, step) for step in steps))


def _clause(regulation: Regulation, flow: Flow, step: Step) -> Clause:
    deeds = [joined([unit(part.by), operation(part.does)], ": ") for part in step.parts]
    return Clause(
        title=step.title,
        units=joined(deeds),
        printed=step.unit,
        limits=tuple(_limits(regulation, step)),
        gives=step.gives,
        following=tuple(_following(flow, step)),
        rows=tuple(_rows(flow, step)),
        readings=tuple(
            (name, regulation.readings[name].taken) for name in step.readings if name in regulation.readings
        ),
    )


def _limits(regulation: Regulation, step: Step) -> Iterator[Texts]:
    if step.limit is not None:
        yield limit(step.limit)
    for result, one in (step.limits or {}).items():
        title = regulation.results[result].title if result in regulation.results else outcome(result)
        yield joined([title, limit(one)], ": ")


def _following(flow: Flow, step: Step) -> Iterator[Texts]:
    """What comes next, by outcome if there are several."""
    for name, target in step.next.items():
        if target.startswith(END):
            there = words.LAW_END.format(end=flow.ends[target.removeprefix(END)].title)
        else:
            there = joined([_plain(flow.steps[target].paragraph), flow.steps[target].title], " ")
        yield joined([outcome(name), there], " → ") if len(step.next) > 1 else there


def _rows(flow: Flow, step: Step) -> Iterator[Texts]:
    """The rows of the table that the step shows to be kept."""
    for norm in flow.table:
        if any(evidence.place[0] == step.ref for evidence in norm.met_by if evidence.step is not None):
            printed: Limit | None = norm.limit
            parts = [_plain(f"{norm.no}."), norm.action, *([limit(printed)] if printed else [])]
            yield joined(parts, " ")


def _plain(text: str) -> Texts:
    return Texts(text, text, text)
