"""The log as JSON: an object a line, with what it is about in fields, and as discreet as the lines for people."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.trace import NonRecordingSpan, SpanContext, use_span
from structlog.contextvars import bound_contextvars

from stand.runtime.logs import AUDIT, EVENTS, OWN, logs
from tests.logs.test_discretion import HIDDEN

CASE = "019cacb3-f200-72a4-b777-6ddd64133b9e"


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as services have it with AIMAQ_LOG_FORMAT=json, and what is in it."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level, made = logging.root.level, io.StringIO()
    logs("notset", "json", made)
    yield made
    logging.root.setLevel(level)
    for name in (*OWN, AUDIT, EVENTS):
        logging.getLogger(name).setLevel(logging.NOTSET)


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    """What was logged, a line each."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_object_with_what_it_is_about(stream: io.StringIO) -> None:
    with bound_contextvars(service="lea"):
        logging.getLogger("aimaq.test").warning(
            "handling %s failed",
            CASE,
            extra={"case_id": CASE, "reason": "not-found", "color_message": "x", "nothing": 1},
        )
    (line,) = objects(stream)
    time = line.pop("time")
    assert time.endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "aimaq.test",
        "service": "lea",
        "event": f"handling {CASE} failed",
        "case_id": CASE,
        "reason": "not-found",
    }


def test_what_is_not_known_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("aimaq.test").info("something", extra={"case_id": None})
    assert set(objects(stream)[0]) == {"time", "level", "logger", "event"}


@pytest.mark.parametrize("text", HIDDEN)
def test_what_must_not_be_read_is_hidden_in_every_field(stream: io.StringIO, text: str) -> None:
    log = logging.getLogger("aimaq.test")
    log.warning("%s", text)
    log.warning("x", extra={"reason": text, "message_id": text, "case_id": text})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("it failed")
    with bound_contextvars(service=text):
        log.warning("y")
    for secret in ("900101300017", "100140000003", "hunter2", "0a1b2c", "қатты"):
        assert secret not in stream.getvalue()
    assert len(objects(stream)) == 4


@pytest.mark.parametrize(
    "text", ["two\nlines", "\x1b[31mred", "\u202edesrever", "\0", "\ud800", '"}{', "Әділет"], ids=ascii
)
def test_whatever_is_in_it_a_line_is_one_object(stream: io.StringIO, text: str) -> None:
    # not through a logger, of which the run of the tests would keep half a character too
    (handler,) = [one for one in logging.root.handlers if getattr(one, "stream", None) is stream]
    handler.handle(logging.makeLogRecord({"name": "aimaq.test", "msg": "%s", "args": (text,), "reason": text}))
    (line,) = objects(stream)
    assert line["event"] == line["reason"]
    for character in "\x1b\u202e\0":
        assert character not in stream.getvalue()
    if text.isalpha():
        assert line["event"] == text


TRACE = "4bf9123456789012e3ce929d0e0e4736"


def test_an_event_within_a_traced_request_names_its_trace(stream: io.StringIO) -> None:
    own = SpanContext(int(TRACE, 16), 1, is_remote=True)
    with use_span(NonRecordingSpan(own)):
        logging.getLogger("aimaq.test").info("something")
    logging.getLogger("aimaq.test").info("more")
    assert [line.get("trace_id") for line in objects(stream)] == [TRACE, None]


def test_a_traceback_is_a_field(stream: io.StringIO) -> None:
    try:
        raise KeyError("nothing")
    except KeyError:
        logging.getLogger("aimaq.test").exception("it failed")
    (line,) = objects(stream)
    assert "KeyError: 'nothing'" in line["exception"]
    assert line["event"] == "it failed"


def test_a_line_that_repeats_is_summed_here_too(stream: io.StringIO) -> None:
    for _ in range(50):
        logging.getLogger("aimaq.test").warning("the broker is away")
    logging.root.handlers[0].close()
    assert [line["event"] for line in objects(stream)] == [
        "the broker is away",
        "49 times more in 1 s, the last: the broker is away",
    ]
