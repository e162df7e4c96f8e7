"""More requests than a service works on at a time: they wait for a slot, and slow clients hold up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from aimaq.web.server import SHARE, request_limit
from tests.waiting import eventually
from tests.web.lines import Answer, Line, Site, site

SLOTS = 2


def get(path: str, language: str = "en") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Language: {language}\r\n\r\n".encode()


@pytest_asyncio.fixture
async def narrow() -> AsyncIterator[Site]:
    """A server that works on `SLOTS` requests at a time."""
    async with site(connections=SLOTS * SHARE) as made:
        yield made


async def crowd(there: Site, request: bytes, size: int = SLOTS + 1) -> list[Line]:
    """So many clients who each send this."""
    return [await (await there.line()).say(request) for _ in range(size)]


async def served(there: Site, path: str = "/") -> Answer:
    return await (await (await there.line()).say(get(path))).answer()


async def test_a_request_waits_for_a_slot(narrow: Site) -> None:
    lines = await crowd(narrow, get("/wait"))
    await eventually(lambda: narrow.waiting == SLOTS)
    waiting = await (await narrow.line()).say(get("/"))
    assert (await served(narrow, "/health/live")).status == 200
    assert (await served(narrow, "/metrics")).status == 404
    narrow.go.set()
    assert [(await line.answer()).status for line in (*lines, waiting)] == [200] * (SLOTS + 2)
    assert narrow.waiting == SLOTS + 1


async def test_one_for_which_none_comes_free_is_told_to_ask_later(
    narrow: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limit, "LONGEST", 0.1)
    lines = await crowd(narrow, get("/wait"), SLOTS)
    await eventually(lambda: narrow.waiting == SLOTS)
    says = {"kk": "тым көп сұраныс", "ru": "запросов к этой службе", "en": "too many requests"}
    for language, words in says.items():
        answer = await (await (await narrow.line()).say(get("/", language))).answer()
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.headers["content-language"] == language
        assert words in answer.problem["detail"]
    assert (await served(narrow, "/health/live")).status == 200
    narrow.go.set()
    assert [(await line.answer()).status for line in lines] == [200] * SLOTS
    assert (await served(narrow)).status == 200


@pytest.mark.parametrize("path", ["/aside", "/attended"])
async def test_a_call_that_waits_for_its_case_holds_up_nobody(narrow: Site, path: str) -> None:
    lines = await crowd(narrow, get(path))
    await eventually(lambda: narrow.waiting == SLOTS + 1)
    assert (await served(narrow)).status == 200
    narrow.go.set()
    assert [(await line.answer()).body for line in lines] == [b'"back"'] * (SLOTS + 1)
    assert (await served(narrow)).status == 200


@pytest.mark.parametrize(
    "request_", [b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf", get("/large")]
)
async def test_slow_clients_hold_up_nobody(narrow: Site, request_: bytes) -> None:
    lines = await crowd(narrow, request_)
    assert (await served(narrow)).status == 200
    for line in lines:
        line.writer.transport.abort()
    assert (await served(narrow)).status == 200


async def test_callers_who_go_leave_their_slots(narrow: Site) -> None:
    for path in ("/wait", "/aside"):
        for line in await crowd(narrow, get(path)):
            line.writer.transport.abort()
    narrow.go.set()
    assert {(await served(narrow)).status for _ in range(2 * SLOTS + 1)} == {200}
    await asyncio.gather(*(served(narrow) for _ in range(2 * SLOTS)))


async def test_nothing_is_done_for_a_caller_who_has_gone(narrow: Site) -> None:
    first = await crowd(narrow, get("/wait"), SLOTS)
    await eventually(lambda: narrow.waiting == SLOTS)
    for line in await crowd(narrow, get("/wait")):
        line.writer.transport.abort()
    last = await (await narrow.line()).say(get("/"))
    narrow.go.set()
    assert [(await line.answer()).status for line in (*first, last)] == [200] * (SLOTS + 1)
    assert narrow.waiting == SLOTS
