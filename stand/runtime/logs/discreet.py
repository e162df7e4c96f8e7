"""The log: a line an event, on standard error, in which nobody's number, password, token or key can be read.

What the services say themselves names none of these. The formatter is for what they did not foresee: an error whose
text holds a value, an address with a password or a query in it. Libraries tell of each statement and each frame below
the level `warning`, with all that is in them; they are never asked to.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO

from aimaq.language.errors import Unconfigured
from aimaq.language.visible import visible
from stand.runtime.logs.repeats import AUDIT, Repeats

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

HIDDEN = "…"
_NAMES = "password|passwd|secret|token|authorization"
_PATTERNS = (
    (re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(-----END \1-----|\Z)", re.DOTALL), HIDDEN),
    (re.compile(r"(://)[^/\s@]*:[^/\s@]*@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(\?)[\w.%~\[\]-]+=[^\s\"'<>)]*"), rf"\1{HIDDEN}"),
    (re.compile(r"(\bbearer\s+)[\w.~+/=-]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(rf"(\b(?:{_NAMES})[\"']?\s*[:=]\s*[\"']?)[^\s\"',&}}]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    # An IIN or a BIN; the last part of an identifier may have as many digits.
    (re.compile(r"(?<![0-9a-f]{4}-)(?<!\d)\d{12}(?!\d)"), HIDDEN),
)


class Discreet(logging.Formatter):
    """Writes an event, its traceback included, without what must not be read there, nor obeyed by a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as text."""
        return visible(discreet(super().format(record)))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The event's own line: an end of a line in it is shown, so that no stranger adds an event of his own."""
        return super().formatMessage(record).replace("\n", "\\n")


def discreet(text: str) -> str:
    """The same without private keys, passwords, tokens, queries of addresses, and numbers of people."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


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


def logs(level: str, stream: TextIO | None = None) -> None:
    """Log from this level on, to standard error if to nowhere else; Unconfigured if there is none of that name.

    Who changed what is logged whatever the level.
    """
    number = logging.getLevelName(level.upper())
    if not isinstance(number, int):
        raise Unconfigured(f"there is no log level {level!r}", field="log_level")
    handler = Summing(stream or sys.stderr)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING))
    for name in OWN:
        logging.getLogger(name).setLevel(max(number, 1))  # 0 would be the level of the libraries
    logging.getLogger(AUDIT).setLevel(logging.INFO)
