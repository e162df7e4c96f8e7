"""What a time axis shows, before it has a place: lanes, bars, messages, what is ahead, the term, and now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

State = Literal["ok", "run", "near", "late", "odd", "mute"]
"""What a colour says: done, under way, near its limit, past it, done otherwise than prescribed, could not be told."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One party, or one unit of the body, by name: lines that are short enough for the column, and a smaller one."""

    key: str
    lines: tuple[str, ...]
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A step, or several of one burst: who, what paragraph, from when to when; `end` is None while it is under way.

    `due` is where its limit ends, if the limit is drawn, and `over` by how much it is past it.
    """

    lane: str
    label: str
    title: str
    href: str
    state: State
    start: datetime
    end: datetime | None
    counted_from: datetime | None = None
    due: datetime | None = None
    over: str = ""
    carrier: int | None = None
    """The number of the message that reports it."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A step that is prescribed and not begun."""

    lane: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, or several one after another folded into one: from lane to lane, when it was journalled."""

    number: int
    last: int
    sender: str
    recipient: str
    at: datetime
    title: str
    href: str
    refused: bool = False
    chosen: bool = False

    @property
    def label(self) -> str:
        """What stands in its square."""
        return str(self.number) if self.number == self.last else f"{self.number}–{self.last}"


@dataclass(frozen=True, slots=True)
class Rail:
    """The term of the service: from what it is counted from to its end. `until` is how far it has come."""

    title: str
    paragraph: str
    start: datetime
    until: datetime
    due: datetime
    text: str

    @property
    def late(self) -> bool:
        """Whether it has run out."""
        return self.until > self.due


@dataclass(frozen=True, slots=True)
class Words:
    """What is written on the axis itself, in one language."""

    name: str
    parties: str
    now: str
    ahead: str
    shut: str
    open_from: Callable[[date, date], Sequence[str]]
    """What a day, or several left out together, may be called: the longest first."""
    lasted: Callable[[float], str]
    """So many seconds of working time, in short."""


@dataclass(frozen=True, slots=True)
class Content:
    """All that is drawn. `now` is None for a case that has ended; bars and messages are in the order of the journal."""

    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    messages: tuple[Sent, ...]
    ahead: tuple[Ahead, ...]
    rail: Rail | None
    now: datetime | None
    words: Words
    journal: str = "gateway"
    """The lane that the messages' squares are in."""
