"""The path of a case as a strip of BPMN marks, and the token where it stands. Pure; the words are a language's.

A part is a task with its paragraph, a condition a gateway with its outcome beneath. What conforms is done, what lies
ahead is dashed. Nothing here is markup of a stranger's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from aimaq.language.visible import visible
from aimaq.regulation import Flow
from aimaq.regulation.diagram.words import performer
from aimaq.regulation.wording import outcome
from conformance.progress import Progress, StepProgress

TASK, DIAMOND, BETWEEN, ROUND = 46, 44, 10, 10
"""How wide a task and a gateway are, how far marks are apart, how large the events at both ends are."""
LEFT, MIDDLE, HEIGHT = 12, 52, 100
_SHOWN = frozenset({"done", "under-way", "ahead", "unreported", "missed"})
_CHARACTER = 7.0
"""About how wide a character of the token's name is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One part from `left` on: `state` is done, at, skip or gone, beside the colour of what is late or near."""

    step: StepProgress
    number: int
    left: float
    width: float
    gateway: bool
    state: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The marks in their order, where the token is, and how wide all is."""

    marks: tuple[Mark, ...]
    token: Mark | None
    width: float
    ended: bool


def strip(progress: Progress, flow: Flow) -> Strip:
    """The strip of a case's path; what nobody need do is not on it."""
    x = float(LEFT + 2 * ROUND + BETWEEN)
    marks = []
    for number, step in enumerate(progress.steps):
        if step.stage not in _SHOWN:
            continue
        found = flow.steps.get(step.ref)
        gateway = found is not None and found.kind == "condition" and step.operation == found.parts[-1].does
        width = float(DIAMOND if gateway else TASK)
        marks.append(Mark(step, number, x, width, gateway, state_of(step)))
        x += width + BETWEEN
    token = next((mark for mark in marks if mark.step.stage == "under-way"), None)
    return Strip(tuple(marks), token, x + 2 * ROUND + LEFT, progress.end is not None)


def state_of(step: StepProgress) -> str:
    """The classes of a mark."""
    if step.stage == "under-way":
        return "at " + {"late": "late", "near": "near", "silent": "near"}.get(step.pressure or "", "run")
    if step.stage == "done":
        return "done late" if "late" in step.faults else "done" if step.conforms else "done odd"
    return {"ahead": "skip", "missed": "gone late"}.get(step.stage, "skip")


def written(drawn: Strip, language: str, name: str, href: Callable[[int], str]) -> str:
    """The strip as SVG; each mark leads to the step with its number. `name` is what the picture is called."""
    width = f"{drawn.width:.0f}"
    return "".join(
        (
            f'<svg class="bpmn" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="group" '
            f'aria-label="{_escape(name)}">',
            *_pieces(drawn, language, href),
            "</svg>",
        )
    )


def _pieces(drawn: Strip, language: str, href: Callable[[int], str]) -> Iterator[str]:
    begun = ' class="done"' if drawn.marks and drawn.marks[0].state.startswith("done") else ""
    yield f'<g{begun}><circle cx="{LEFT + ROUND}" cy="{MIDDLE}" r="{ROUND}"/></g>'
    yield f'<path d="{_links(drawn)}"/>'
    for mark in drawn.marks:
        title = f"{mark.step.paragraph} {mark.step.title.say(language)}, {performer(mark.step.performer).say(language)}"
        middle = mark.left + mark.width / 2
        body = _diamond(mark.left) if mark.gateway else _task(mark.left)
        text = f'<text x="{middle:.0f}" y="56">{_escape(mark.step.paragraph)}</text>'
        link = f'<a href="{_escape(href(mark.number))}"><title>{_escape(title)}</title>{body}{text}</a>'
        yield f'<g class="{mark.state}">{link}</g>'
        if mark.gateway and mark.step.outcome:
            words = outcome(mark.step.outcome).say(language)
            yield f'<text class="s" x="{middle:.0f}" y="90">{_escape(words)}</text>'
    if (token := drawn.token) is not None:
        yield from _token(token, drawn.width, performer(token.step.by).say(language))
    done = ' class="done"' if drawn.ended else ""
    yield f'<g{done}><circle class="end" cx="{drawn.width - LEFT - ROUND:.0f}" cy="{MIDDLE}" r="{ROUND}"/></g>'


def _token(token: Mark, width: float, name: str) -> Iterator[str]:
    middle, half = token.left + token.width / 2, len(name) * _CHARACTER / 2
    yield f'<circle class="tok {token.state.partition(" ")[2]}" cx="{middle:.0f}" cy="30" r="8"/>'
    yield f'<text x="{min(max(middle, half), width - half):.0f}" y="15">{_escape(name)}</text>'


def _links(drawn: Strip) -> str:
    """The lines between the marks, in one stroke."""
    ends: Sequence[tuple[float, float]] = [
        (LEFT, LEFT + 2 * ROUND),
        *((mark.left, mark.left + mark.width) for mark in drawn.marks),
        (drawn.width - LEFT - 2 * ROUND, drawn.width - LEFT),
    ]
    return "".join(f"M{a[1]:.0f} {MIDDLE}H{b[0]:.0f}" for a, b in pairwise(ends))


def _task(left: float) -> str:
    return f'<rect x="{left:.0f}" y="34" width="{TASK}" height="36" rx="5"/>'


def _diamond(left: float) -> str:
    half = DIAMOND / 2
    points = ((left, MIDDLE), (left + half, MIDDLE - half), (left + DIAMOND, MIDDLE), (left + half, MIDDLE + half))
    return f'<polygon points="{" ".join(f"{x:.0f},{y:.0f}" for x, y in points)}"/>'


def _escape(text: str) -> str:
    return escape(visible(text))
