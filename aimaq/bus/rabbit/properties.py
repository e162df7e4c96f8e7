"""The properties of a message that came in, read by hand: only what Aimaq uses, and whoever wrote them.

Nothing in them can raise, or make the reader recurse: what is nested is stepped over by its length. What cannot be read
is a flaw of the message, which is told of together with what could be: the broker vouches for `user_id`, which comes
after the headers, so that the sender of unreadable headers is known.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from aimaq.bus.rabbit.frames import DELIVERY, PRESENT, SIGNATURE

_HEADER = struct.Struct(">HHQH")
_SHORT, _TABLE, _OCTET, _TIME = "short", "table", "octet", "time"
_ORDER = (
    ("content_type", _SHORT),
    ("content_encoding", _SHORT),
    ("headers", _TABLE),
    ("delivery_mode", _OCTET),
    ("priority", _OCTET),
    ("correlation_id", _SHORT),
    ("reply_to", _SHORT),
    ("expiration", _SHORT),
    ("message_id", _SHORT),
    ("timestamp", _TIME),
    ("type", _SHORT),
    ("user_id", _SHORT),
    ("app_id", _SHORT),
    ("cluster_id", _SHORT),
)
"""The properties of AMQP 0-9-1 in the order in which they stand; the first has the highest bit of the flags."""

_FIXED = {
    **dict.fromkeys(b"V\0", 0),
    **dict.fromkeys(b"tbB", 1),
    **dict.fromkeys(b"su", 2),
    **dict.fromkeys(b"Iif", 4),
    **dict.fromkeys(b"D", 5),
    **dict.fromkeys(b"lLdT", 8),
}
"""The sizes of a table's values, by type, as RabbitMQ writes them; `_LONG` are those that begin with their length."""
_LONG = b"SAFx"
_SIGNED, _UNSIGNED = b"bsIlL", b"Bui"


class Properties(NamedTuple):
    """What is read of the properties of a message that came in; `flaw` says what cannot be, in one line.

    `headers` are the texts and the whole numbers among its headers.
    """

    content_type: str | None = None
    headers: Mapping[str, object] = {}
    correlation_id: str | None = None
    user_id: str | None = None
    flaw: str = ""


def read_header(payload: bytes) -> tuple[int, Properties]:
    """The size of the body and the properties of a message; never raises."""
    _, _, size, present = _HEADER.unpack_from(payload)
    try:
        return size, _ours(payload) if present == PRESENT else _any(payload, present)
    except (ValueError, IndexError):
        return size, Properties(flaw="its properties cannot be read")


def _ours(payload: bytes) -> Properties:
    content_type, at = _short(payload, 14)
    headers, at, flaw = _headers(payload, at)
    correlation_id, at = _short(payload, at + 1)
    _, at = _short(payload, at)
    user_id, _ = _short(payload, at)
    return Properties(content_type, headers, correlation_id, user_id, flaw)


def _any(payload: bytes, present: int) -> Properties:
    found: dict[str, str] = {}
    headers: Mapping[str, object] = {}
    flaw, at = "", 14
    if present & 1:
        raise ValueError("more flags than there are properties")
    for place, (name, kind) in enumerate(_ORDER):
        if not present & 1 << 15 - place:
            continue
        if kind == _SHORT:
            found[name], at = _short(payload, at)
        elif kind == _TABLE:
            headers, at, flaw = _headers(payload, at)
        else:
            at = _within(payload, at + (1 if kind == _OCTET else 8))
    return Properties(found.get("content_type"), headers, found.get("correlation_id"), found.get("user_id"), flaw)


def _headers(payload: bytes, at: int) -> tuple[Mapping[str, object], int, str]:
    """The headers that begin here, where they end, and what is wrong with them."""
    start, end = _long(payload, at)
    if start == end:
        return {}, end, ""
    try:
        return _fields(payload, start, end), end, ""
    except (ValueError, IndexError):
        return {}, end, "its headers cannot be read"


def _fields(payload: bytes, start: int, end: int) -> Mapping[str, object]:
    if payload.startswith(SIGNATURE, start):
        at, stop = _long(payload, start + len(SIGNATURE))
        if payload.startswith(DELIVERY, stop) and stop + len(DELIVERY) + 8 == end:
            return {"signature": payload[at:stop].decode(), "delivery": int.from_bytes(payload[end - 8 : end], "big")}
    found: dict[str, object] = {}
    at = start
    while at < end:
        name, at = _short(payload, at)
        kind, at = payload[at], at + 1
        if kind in _LONG:
            at, stop = _long(payload, at)
            if kind == b"S"[0]:
                found[name] = payload[at:stop].decode()
        else:
            if kind not in _FIXED:
                raise ValueError(f"no type {kind}")
            stop = at + _FIXED[kind]
            if kind in _SIGNED or kind in _UNSIGNED:
                found[name] = int.from_bytes(payload[at:stop], "big", signed=kind in _SIGNED)
        at = stop
    if at != end:
        raise ValueError("a value is longer than the headers")
    return found


def _long(payload: bytes, at: int) -> tuple[int, int]:
    """Where what has its length before it, in four bytes, begins and ends."""
    start = _within(payload, at + 4)
    return start, _within(payload, start + int.from_bytes(payload[at:start], "big"))


def _short(payload: bytes, at: int) -> tuple[str, int]:
    end = _within(payload, at + 1 + payload[at])
    return payload[at + 1 : end].decode(), end


def _within(payload: bytes, at: int) -> int:
    if at > len(payload):
        raise IndexError("beyond the end")
    return at
