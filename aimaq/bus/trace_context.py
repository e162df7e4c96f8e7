"""What a message belongs to in a trace: a `traceparent` (W3C Trace Context) beside the envelope, under no signature.

Nobody vouches for it, and nothing but a picture depends on it. Alone it is a header of the broker message. Those of a
bundle are one header, `traceparents`, in the order of its envelopes, with commas between; empty for one that has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.trace import Span

ALONE: Final = "traceparent"
TOGETHER: Final = "traceparents"

_LONGEST = 55
_FORM = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}").fullmatch


def of_span(span: Span) -> str:
    """What belongs to this span; empty if it is none."""
    own = span.get_span_context()
    return f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}" if own.is_valid else ""


def lawful(value: object) -> str:
    """The value, if it is a `traceparent`; else nothing."""
    return value if isinstance(value, str) and len(value) == _LONGEST and _FORM(value) else ""


def of_one(headers: Mapping[str, object] | None) -> str:
    """What an envelope belongs to that came alone, by the headers of its broker message."""
    return lawful(headers.get(ALONE)) if headers else ""


def joined(traces: Sequence[str]) -> str:
    """What the envelopes of a bundle belong to, as its header says it; empty if none belongs to anything."""
    return ",".join(traces) if any(traces) else ""


def of_many(headers: Mapping[str, object] | None, count: int) -> Sequence[str]:
    """What each of so many envelopes belongs to, by the headers of their bundle."""
    text = headers.get(TOGETHER) if headers else None
    if not isinstance(text, str) or len(text) > count * (_LONGEST + 1):
        return [""] * count
    traces = [lawful(one) for one in text.split(",")]
    return traces if len(traces) == count else [""] * count
