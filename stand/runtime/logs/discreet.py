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

OWN = (
    "aimaq", "portal_svc", "con_svc", "lea_svc", "gateway_svc", "registry_svc", "stand", "uvicorn.error",
)  # fmt: skip
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
    """Writes an event, its traceback included, without what must not be read there."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as text."""
        return discreet(super().format(record))


def discreet(text: str) -> str:
    """The same without private keys, passwords, tokens, queries of addresses, and numbers of people."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def logs(level: str, stream: TextIO | None = None) -> None:
    """Log from this level on, to standard error if to nowhere else; Unconfigured if there is none of that name."""
    number = logging.getLevelName(level.upper())
    if not isinstance(number, int):
        raise Unconfigured(f"there is no log level {level!r}", field="log_level")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING))
    for name in OWN:
        logging.getLogger(name).setLevel(max(number, 1))  # 0 would be the level of the libraries
