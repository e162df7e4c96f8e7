"""The strip of the last hour: a bar a minute, and beneath the line, in red, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway_svc.console.language import Reader
from gateway_svc.console.pages.traffic import words
from gateway_svc.traffic.views import StripMinute

TOP, LINE, ROOM = 18.0, 92.0, 14.0
"""Where the tallest bar begins, where the line is, and how far what was refused may reach beneath it."""
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Frame:
    """Measures of a strip: its width, where its bars begin, how far they are apart, how many minutes each has."""

    width: float
    left: float
    pitch: float
    minutes: int

    @property
    def bar(self) -> float:
        """How wide a bar is."""
        return self.pitch * 0.75


WIDE, PHONE = Frame(1250, 44, 20, 1), Frame(346, 4, 17, 3)


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute, or a few: where its bars begin, how tall they are, and what they say."""

    x: float
    y: float
    tall: float
    refused: float
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The picture: its bars, the number at its top, times at its foot, the last of them at its end, and its words."""

    frame: Frame
    bars: list[Bar]
    top: str
    times: list[tuple[float, datetime]]
    last: datetime
    text: str


def drawn(minutes: Sequence[StripMinute], say: Reader, frame: Frame) -> Strip:
    """The strip of these minutes."""
    size = frame.minutes
    groups = [_together(minutes[first : first + size]) for first in range(0, len(minutes), size)]
    most = _ceiling(max((one.accepted for one in groups), default=0))
    worst = max((one.refused for one in groups), default=0)
    bars = []
    for place, one in enumerate(groups):
        tall = round(one.accepted / most * (LINE - TOP), 1)
        refused = round(max(2.0, one.refused / worst * ROOM), 1) if one.refused else 0.0
        text = say(words.BAR, at=say.clock(one.at), count=say.number(one.accepted), refused=say.number(one.refused))
        bars.append(Bar(frame.left + place * frame.pitch, round(LINE - tall, 1), tall, refused, text))
    step = len(groups) // 4 or 1
    times = [(frame.left + place * frame.pitch, groups[place].at) for place in range(0, len(groups), step)]
    text = say(
        words.STRIP_TITLE,
        count=say.number(sum(one.accepted for one in minutes)),
        refused=say.number(sum(one.refused for one in minutes)),
    )
    return Strip(frame, bars, say.number(most), times, minutes[-1].at, text)


def _together(minutes: Sequence[StripMinute]) -> StripMinute:
    return StripMinute(minutes[0].at, sum(one.accepted for one in minutes), sum(one.refused for one in minutes))


def _ceiling(count: int) -> int:
    """A round number that is not less."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size >= count:
                return step * size
        size *= 10
