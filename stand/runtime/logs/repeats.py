"""Lines of the log that repeat: the first is written, those that follow are counted, and their number is written.

A fault that every message or every second meets anew would otherwise fill a disk with one line.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FIRST, LONGEST = 10.0, 600.0
"""Seconds after which the number of repetitions is written: at first, and, doubled each time, at most."""
KINDS = 256
"""Kinds of lines that are remembered."""
SEVERAL = 20
"""So many lines of one kind that differ, in the ids that they name, are written before they count as repetitions too.
"""

AUDIT = "aimaq.audit"
"""Whose events, who changed what, are told at every level (`aimaq.access.administration`). Each that differs is a kind
of its own: none is left out behind others."""

EVENTS = "aimaq.events"
"""Whose events, what became of single messages and of the clock, are told at every level, and never summed: each is a
line (`aimaq.pipeline.telemetry.outcomes`)."""

Key = tuple[str, int, str, str]


@dataclass(slots=True)
class _Kind:
    """What is known of the lines of one kind: since when they are counted, for how long, and how many there were."""

    since: float
    window: float
    last: logging.LogRecord
    texts: set[int]
    more: int = 0


class Repeats(logging.Filter):
    """Lets the first line of a kind pass. `write` gets the lines that tell how many more there were.

    A kind is what one place says of one kind of error; of `AUDIT`, the line itself. Time is what the lines
    themselves have.
    """

    def __init__(self, write: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self._write = write
        self._kinds: OrderedDict[Key, _Kind] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        if record.name == EVENTS:
            return True
        for key in [key for key, kind in self._kinds.items() if record.created - kind.since > kind.window]:
            self._end(key, record.created)
        key, text = _key(record), hash(record.getMessage())
        kind = self._kinds.get(key)
        if kind is None:
            self._kinds[key] = _Kind(record.created, FIRST, record, {text})
            if len(self._kinds) > KINDS:
                self._end(next(iter(self._kinds)), record.created, forget=True)
            return True
        if text not in kind.texts and len(kind.texts) < SEVERAL:
            kind.texts.add(text)
            return True
        kind.more, kind.last = kind.more + 1, record
        return False

    def flush(self) -> None:
        """Write the numbers of all that is being counted."""
        for key, kind in list(self._kinds.items()):
            self._end(key, kind.last.created, forget=True)

    def _end(self, key: Key, now: float, *, forget: bool = False) -> None:
        """Write how many more there were of a kind; without any it is forgotten, and its next line is a first one."""
        kind = self._kinds.pop(key)
        if not kind.more:
            return
        last = kind.last
        text = f"{kind.more} times more in {max(1.0, now - kind.since):.0f} s, the last: {last.getMessage()}"
        summary = logging.LogRecord(last.name, last.levelno, last.pathname, last.lineno, text, (), None)
        self._write(summary)
        if not forget:
            self._kinds[key] = _Kind(now, min(2 * kind.window, LONGEST), last, kind.texts)


def _key(record: logging.LogRecord) -> Key:
    error = record.exc_info[0] if record.exc_info else None
    text = record.getMessage() if record.name == AUDIT else str(record.msg)
    return record.name, record.lineno, text, error.__name__ if error is not None else ""
