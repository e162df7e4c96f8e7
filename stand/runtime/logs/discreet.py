"""The log: a line an event, on standard error, in which nobody's number, password, token or key can be read.

What the services say themselves names none of these. The formatter is for what they did not foresee: an error whose
text holds a value, an address with a password or a query in it. Libraries tell of each statement and each frame below
the level `warning`, with all that is in them; they are never asked to.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from aimaq.language.errors import Unconfigured
from aimaq.language.visible import visible
from stand.runtime.logs.repeats import AUDIT, EVENTS, Repeats
from stand.runtime.logs.sieve import discreet
from stand.runtime.logs.structured import structured

OWN = (
    "aimaq",
    "conformance",
    "portal_svc",
    "con_svc",
    "lea_svc",
    "gateway_svc",
    "registry_svc",
    "stand",
    "uvicorn.error",
)
"""Whose events below `warning` are told."""


class Discreet(logging.Formatter):
    """Writes an event, its traceback included, without what must not be read there, nor obeyed by a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as text."""
        return visible(discreet(super().format(record)))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The event's own line: an end of a line in it is shown, so that no stranger adds an event of his own."""
        return super().formatMessage(record).replace("\n", "\\n")


class Summing(logging.StreamHandler[TextIO]):
    """Writes a line that repeats once, and then how often it came (`stand.runtime.logs.repeats`)."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._repeats = Repeats(self.emit)
        self.addFilter(self._repeats)

    def close(self) -> None:
        """Write what is still being counted, as the process ends."""
        self._repeats.flush()
        super().close()


def logs(level: str, form: str = "text", stream: TextIO | None = None) -> None:
    """Log from this level on, to standard error if to nowhere else; Unconfigured if there is none of that name.

    `form` is `text`, for people, or `json`. Who changed what, and what became of single messages, is logged at every
    level.
    """
    number = logging.getLevelName(level.upper())
    if not isinstance(number, int):
        raise Unconfigured(f"there is no log level {level!r}", field="log_level")
    handler = Summing(stream or sys.stderr)
    text = Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(structured() if form == "json" else text)
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING))
    for name in OWN:
        logging.getLogger(name).setLevel(max(number, 1))  # 0 would be the level of the libraries
    for name in (AUDIT, EVENTS):
        logging.getLogger(name).setLevel(logging.INFO)
