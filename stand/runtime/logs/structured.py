"""The log as JSON: an event a line, its words the same as for people, and beside them what it is about, in fields.

    time level logger service event message_id case_id reason trace_id exception

Those that an event does not have are left out. No field holds what must not be read in a log: each goes through the
same sieve as the lines for people.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Final

import orjson
import structlog
from opentelemetry.trace import get_current_span
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.types import EventDict

from aimaq.language.visible import visible
from stand.runtime.logs.sieve import discreet

FIELDS: Final = ("service", "message_id", "case_id", "reason", "trace_id")
"""What an event can tell of what it is about."""

_HEX = re.compile(r"(?=.*[a-f])[0-9a-f]{32}").fullmatch
"""The id of a trace, in which twelve digits in a row are nobody's number."""


def structured() -> logging.Formatter:
    """Writes an event as an object of JSON, in one line."""
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            ExtraAdder(allow=FIELDS),
            _traced,
            _dated,
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _sieved,
            structlog.processors.JSONRenderer(serializer=_text),
        ],
    )


def _dated(_: object, __: str, event: EventDict) -> EventDict:
    """When the event was, by the record that has it: no other clock is asked."""
    record: logging.LogRecord = event["_record"]
    event["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return event


def _traced(_: object, __: str, event: EventDict) -> EventDict:
    """The trace that the event belongs to, if it was within a request that does."""
    own = get_current_span().get_span_context()
    if own.is_valid:
        event.setdefault("trace_id", f"{own.trace_id:032x}")
    return event


def _sieved(_: object, __: str, event: EventDict) -> EventDict:
    """The fields that have something in them, in their order, without what must not be read."""
    names = ("time", "level", "logger", "service", "event", *FIELDS[1:], "exception")
    fields = {name: str(event[name]) for name in names if event.get(name)}
    return {name: text if _HEX(text) else visible(discreet(text)) for name, text in fields.items()}


def _text(event: EventDict, **_: object) -> str:
    return orjson.dumps(event).decode()
