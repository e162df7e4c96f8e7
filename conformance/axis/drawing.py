"""A time axis with everything at its place: what the writer of the picture writes down. Lengths are in CSS pixels."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.axis.content import Ahead, Bar, Lane, Rail, Sent, Words


@dataclass(frozen=True, slots=True)
class PlacedLane:
    """A lane from `y` on; every second one is shaded."""

    lane: Lane
    y: float
    height: float
    shaded: bool

    @property
    def middle(self) -> float:
        """Where arrows of the lane begin and end."""
        return self.y + 21


@dataclass(frozen=True, slots=True)
class PlacedBar:
    """A step from `left` to `right`, from `past` on behind its limit; the line of that is from `from_x` to `due_x`."""

    bar: Bar
    left: float
    right: float
    y: float
    past: float | None = None
    from_x: float | None = None
    due_x: float | None = None
    line_y: float = 0.0


@dataclass(frozen=True, slots=True)
class PlacedMessage:
    """A message at `x`: an arrow from `begin` to `end`, and the square of `width` in the journal's lane."""

    message: Sent
    x: float
    begin: float
    end: float
    square_y: float
    width: float


@dataclass(frozen=True, slots=True)
class PlacedAhead:
    """A step without a time, at its slot."""

    step: Ahead
    left: float
    width: float
    y: float


@dataclass(frozen=True, slots=True)
class PlacedRail:
    """The term of the service: how far it has come, and where it ends."""

    rail: Rail
    left: float
    until: float
    due: float


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place, of a kind: the name of a day, a time, the length of a gap."""

    text: str
    x: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A level line of the head, over a day or over what is ahead."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A time axis. `head` is the height above the lanes; without `rail` there is no room for one."""

    width: float
    height: float
    head: float
    words: Words
    lanes: tuple[PlacedLane, ...]
    shut: tuple[Line, ...]
    day_lines: tuple[Line, ...]
    day_labels: tuple[Label, ...]
    times: tuple[Label, ...]
    tears: tuple[Label, ...]
    bars: tuple[PlacedBar, ...]
    messages: tuple[PlacedMessage, ...]
    ahead: tuple[PlacedAhead, ...]
    ahead_line: Line | None
    rail: PlacedRail | None
    now: Label | None
