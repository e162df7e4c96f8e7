"""The events of an axis in their order: by time, and where the clock stood by what led to what; and their room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from conformance.axis.content import Content
from conformance.axis.ruler import BURST, SLOT, Event

Kind = Literal["start", "end", "message", "due", "now"]

_ORDER: dict[Kind, int] = {"start": 0, "end": 1, "message": 2, "due": 3, "now": 4}
_LAST = 10**9


class Mark(NamedTuple):
    """What happens at an event, and to which bar or message, by its place among them."""

    kind: Kind
    number: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """The events of an axis with what each is; `horizon` is the last of them."""

    marks: tuple[Mark, ...]
    events: tuple[Event, ...]

    @property
    def horizon(self) -> datetime:
        """The last instant that is drawn to scale."""
        return self.events[-1].at


def label_width(label: str) -> float:
    """About how wide a short label on a bar or in a square is."""
    return 6.4 * len(label) + 4


class _Found(NamedTuple):
    at: datetime
    rank: tuple[float, int]
    """Where the clock stood, what led to what: the message that reports it, and its place among bars."""
    mark: Mark


def ordered(content: Content) -> Ordered | None:
    """The events of a content; None if there is nothing in it that has a time.

    The end of a limit that lies behind all that has happened is no event: it has no place to scale.
    """
    found = list(_events(content))
    if content.now is not None:
        found.append(_Found(content.now, (_LAST + 1, 0), Mark("now", 0)))
    if not found:
        return None
    horizon = max(one.at for one in found)
    found += [
        _Found(bar.due, (_LAST, index), Mark("due", index))
        for index, bar in enumerate(content.bars)
        if bar.due is not None and bar.due <= horizon
    ]
    found.sort(key=lambda one: (one.at, one.rank, _ORDER[one.mark.kind]))
    events = [Event(one.at, room) for one, room in zip(found, _rooms(content, found), strict=True)]
    return Ordered(tuple(one.mark for one in found), tuple(events))


def _events(content: Content) -> Iterator[_Found]:
    for index, bar in enumerate(content.bars):
        rank = (bar.carrier - 0.5 if bar.carrier is not None else float(_LAST), index)
        yield _Found(bar.start, rank, Mark("start", index))
        if bar.end is not None:
            yield _Found(bar.end, rank, Mark("end", index))
    for index, message in enumerate(content.messages):
        yield _Found(message.at, (message.number, 0), Mark("message", index))


def _rooms(content: Content, found: Sequence[_Found]) -> Iterator[float]:
    """A slot for the end of each step and for each message, but for one that goes with what comes just before it."""
    begun: dict[int, int] = {}
    last: int | None = None
    for place, (at, _, mark) in enumerate(found):
        if mark.kind == "start":
            begun[mark.number] = place
        if mark.kind == "now":
            yield SLOT if any(bar.end is None for bar in content.bars) else 0.0
        elif mark.kind not in ("end", "message"):
            yield 0.0
        elif last is not None and at - found[last].at < BURST and _together(content, found, last, mark, begun):
            last = None
            yield 0.0
        else:
            last = place
            yield max(SLOT, label_width(_label(content, mark)))


def _label(content: Content, mark: Mark) -> str:
    return content.bars[mark.number].label if mark.kind == "end" else content.messages[mark.number].label


def _together(content: Content, found: Sequence[_Found], place: int, mark: Mark, begun: Mapping[int, int]) -> bool:
    """Whether a message reports the step that ended just before it, or a step ended by the message that came."""
    before = found[place].mark
    if (before.kind, mark.kind) == ("end", "message"):
        bar, message = content.bars[before.number], content.messages[mark.number]
        return bar.carrier is not None and message.number <= bar.carrier <= message.last
    if (before.kind, mark.kind) == ("message", "end"):
        bar, message = content.bars[mark.number], content.messages[before.number]
        return message.recipient == bar.lane and begun.get(mark.number, place) < place
    return False
