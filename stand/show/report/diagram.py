"""The sequence of a case as a drawing: a lane a party; steps, messages and shown statuses in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from aimaq.language.envelope import party_of
from aimaq.language.messages import PARTIES
from aimaq.regulation import Texts
from aimaq.regulation.wording import NOTHING, plain, sentence, status, unit
from conformance import MessageFinding
from stand.replay.run import Run

LANES = ("portal", "con", "gateway", "lea", "registry")
"""The parties from left to right: the gateway in the middle, since everything passes it."""

LEFT, WIDE, TOP, HIGH = 176, 200, 54, 30
"""In the drawing's units: the first lane, the distance between lanes, the first event, the height of one."""


_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arrow:
    """One leg of a message, from one lane to another."""

    x1: int
    x2: int


@dataclass(frozen=True, slots=True)
class Event:
    """One thing on the drawing. `kind` is step, letter or shown; `state` colours it; `legs` are a message's arrows."""

    kind: str
    state: str
    y: int
    x: int
    label: Texts
    note: Texts
    time: str
    legs: tuple[Arrow, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagram:
    """The drawing: its size, its lanes, and its events from above."""

    width: int
    height: int
    lanes: tuple[tuple[int, str, Texts], ...]
    events: tuple[Event, ...]


def diagram(run: Run) -> Diagram:
    """The sequence of a run's case. What was missed stands at the foot."""
    moments = sorted(_moments(run), key=lambda one: (one[0] or _NEVER, one[1]))
    began = moments[0][0] if moments else None
    events = [
        Event(kind, state, TOP + HIGH * row, x, label, note, _since(began, at), legs)
        for row, (at, _, kind, state, x, label, note, legs) in enumerate(moments)
    ]
    lanes = tuple((_x(party), party, unit(party)) for party in LANES)
    return Diagram(LEFT + WIDE * len(LANES) - 90, TOP + HIGH * len(events) + 20, lanes, tuple(events))


Moment = tuple[datetime | None, int, str, str, int, Texts, Texts, tuple[Arrow, ...]]


def _moments(run: Run) -> Iterator[Moment]:
    for step in run.verdict.steps:
        if step.ended_at is not None:
            label = plain(f"{step.ref}/{step.operation}")
            yield step.ended_at, 0, "step", step.state, _x(party_of_unit(step.unit)), label, unit(step.unit or ""), ()
    for message in run.verdict.messages:
        yield message.journalled_at, 1, "letter", message.state, _x(message.sender), *_message(message)
    for party, history in run.trace.histories.items():
        for shown in history:
            yield shown.shown_at, 2, "shown", "done", _x(party), status(shown.status), NOTHING, ()


def _message(message: MessageFinding) -> tuple[Texts, Texts, tuple[Arrow, ...]]:
    through = [message.sender, message.recipient]
    if "gateway" not in through:
        through.insert(1, "gateway")
    legs = tuple(Arrow(_x(a), _x(b)) for a, b in pairwise(through))
    described = sentence(" «{s}»", " «{s}»", " “{s}”", s=status(message.status)) if message.status else NOTHING
    return sentence("{t}{s}", "{t}{s}", "{t}{s}", t=message.type, s=described), NOTHING, legs


def party_of_unit(performer: str | None) -> str:
    """The lane of a system or of a person who works with it."""
    return (performer or "").partition(".")[0]


def _x(party: str) -> int:
    name = party_of(party)
    known = name if name in PARTIES else "registry"
    return LEFT + WIDE * LANES.index(known) if known in LANES else LEFT


def _since(began: datetime | None, at: datetime | None) -> str:
    """How long after the first event, to the millisecond."""
    if began is None or at is None:
        return "—"
    seconds = (at - began).total_seconds()
    if seconds < 60:
        return f"+{seconds:.3f}"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    return (f"+{days}d " if days else "+") + f"{hours:02}:{minutes:02}:{rest:06.3f}"
