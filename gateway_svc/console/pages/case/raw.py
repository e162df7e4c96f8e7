"""A message as it came, for people: its JSON with what is personal masked, and documents by their size."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from aimaq.language.texts import Texts
from gateway_svc.console.pages.case import words

LONGEST = 16_000
"""Characters that are shown; the rest is told by its length."""
_PLAIN = frozenset(
    {"status", "decision", "number", "result", "end", "ground", "how", "register", "found", "digest", "reason"}
)
"""Fields of a body that say nothing of a person."""
_FILES = frozenset({"document", "signature", "pdf"})
_DEEPEST, _MOST, _MASK = 12, 400, "••••••"


def shown(body: bytes) -> str | Texts:
    """The message as text; what cannot be read as JSON is told by its size and its SHA-256."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        return words.RAW_UNREADABLE.format(size=len(body), digest=hashlib.sha256(body).hexdigest())
    left = [_MOST]
    masked = {name: _masked(value, left) if name == "body" else value for name, value in decoded.items()}
    try:
        text = msgspec.json.format(msgspec.json.encode(masked), indent=1).decode()
    except (msgspec.MsgspecError, RecursionError):
        return words.RAW_UNREADABLE.format(size=len(body), digest=hashlib.sha256(body).hexdigest())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… +{len(text) - LONGEST}"


def _masked(value: Any, left: list[int], name: str = "", depth: int = 0) -> Any:
    """A part of the body without what is personal. `left` counts down the values that are still shown."""
    left[0] -= 1
    if left[0] < 0 or depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {key: _masked(one, left, key, depth + 1) for key, one in value.items() if left[0] > 0}
    if isinstance(value, list):
        return [_masked(one, left, name, depth + 1) for one in value[: max(0, left[0])]]
    if value is None or isinstance(value, bool):
        return value
    if name in _FILES and isinstance(value, str):
        return f"… {len(value) * 3 // 4} B" if value else ""
    if name in _PLAIN and depth == 1:
        return value
    return _MASK if value != "" else ""
