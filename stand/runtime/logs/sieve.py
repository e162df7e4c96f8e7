"""What must not be read in a log, whoever wrote it there: keys, passwords, tokens, numbers of people."""

from __future__ import annotations

import re

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


def discreet(text: str) -> str:
    """The same without private keys, passwords, tokens, queries of addresses, and numbers of people."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
