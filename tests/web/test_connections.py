"""Clients that are slow, endless or many: each is told, or hung up on, and an honest caller is served meanwhile."""

from __future__ import annotations

import asyncio
import resource
import tracemalloc
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from aimaq.web.server.connections import room
from aimaq.web.server.request_reader import AHEAD
from tests.waiting import eventually
from tests.web.lines import SIZE, Line, Site, site

pytestmark = pytest.mark.asyncio(loop_scope="module")

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
WAIT = b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
ASIDE = b"GET /aside HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
SHORT = {"head_seconds": 0.2, "body_seconds": 0.2, "idle_seconds": 0.2, "write_seconds": 0.2}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Site]:
    """A server whose limits are short, for the tests that leave nothing behind."""
    async with site(**SHORT) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there() -> AsyncIterator[Site]:
    """A server with the limits that there are unless others are set, for the same."""
    async with site() as made:
        yield made


async def served(there: Site) -> None:
    """An honest caller comes and is served."""
    answer = await (await (await there.line()).say(GET)).answer()
    assert (answer.status, answer.body) == (200, b'"here"')


async def test_a_client_that_says_nothing_is_hung_up_on(hasty: Site) -> None:
    assert await (await hasty.line()).rest() == b""


async def test_a_connection_that_is_idle_is_closed_and_one_that_is_used_is_not(hasty: Site) -> None:
    used, idle = await hasty.line(), await hasty.line()
    await (await idle.say(GET)).answer()
    closing = asyncio.create_task(idle.rest())
    while not closing.done():
        assert (await (await used.say(GET)).answer()).status == 200
    assert closing.result() == b""


async def test_half_a_head_is_waited_for_only_so_long(hasty: Site) -> None:
    for line in [await (await hasty.line()).say(one) for one in (b"G", GET[:-3])]:
        answer = await line.answer()
        assert (answer.status, answer.problem["type"]) == (408, "urn:aimaq:problem:too-slow")
        assert answer.headers["connection"] == "close"
        assert answer.headers["date"] == "Mon, 02 Mar 2026 04:00:00 GMT"
        assert await line.rest() == b""


async def test_line_ends_before_a_request_do_not_hold_a_connection(hasty: Site) -> None:
    for start in (b"", GET):
        line = await (await hasty.line()).say(start)
        assert not start or (await line.answer()).status == 200
        closing = asyncio.create_task(line.rest())
        await eventually(partial(_more, line, b"\r\n", closing), what="the end of the connection")
        await asyncio.wait([closing])


def _more(line: Line, piece: bytes, awaited: asyncio.Task[Any]) -> bool:
    """Send a little more, unless what is awaited has come."""
    if not line.writer.transport.is_closing():
        line.writer.write(piece)
    return awaited.done()


async def test_half_a_body_is_waited_for_only_so_long(hasty: Site) -> None:
    texts = {"kk": "секунд ішінде толық келмеді", "ru": "не пришло полностью за 0.2 с", "en": "within 0.2 s"}
    post = {one: POST.replace(b"Host", b"Accept-Language: " + one.encode() + b"\r\nHost") for one in texts}
    lines = {one: await (await hasty.line()).say(post[one], b"half") for one in texts}
    for language, line in lines.items():
        answer = await line.answer()
        assert (answer.status, answer.problem["type"]) == (408, "urn:aimaq:problem:too-slow")
        assert answer.headers["content-language"] == language
        assert texts[language] in answer.problem["detail"]
        assert await line.rest() == b""


async def test_a_body_that_trickles_is_not_waited_for_longer(hasty: Site) -> None:
    line = await (await hasty.line()).say(POST)
    answering = asyncio.create_task(line.answer())
    await eventually(partial(_more, line, b".", answering), what="the refusal")
    assert answering.result().status == 408


async def test_a_body_that_was_refused_is_not_waited_for_either(hasty: Site) -> None:
    for size in (b"999999999", b"9" * 18, b"0" * 18 + b"999999999"):
        line = await hasty.line()
        await line.say(POST.replace(b"100", size))
        assert (await line.answer()).status in (400, 413)
        assert await line.rest() == b""


async def test_what_goes_on_coming_of_a_body_that_was_refused_is_not_read(there: Site) -> None:
    line = await there.line()

    async def pour() -> None:
        while True:
            await line.say(b"a" * 65536)

    await line.say(POST.replace(b"100", b"999999999999"))
    assert (await line.answer()).status == 413
    ended = asyncio.create_task(line.rest())
    with pytest.raises(OSError, match=r"reset|Broken pipe|lost"):
        await pour()
    assert await ended == b""


async def test_a_head_of_forty_mebibytes_is_refused_and_takes_no_memory(there: Site) -> None:
    line, piece = await there.line(), b"a" * 65536
    await line.say(b"GET / HTTP/1.1\r\nAccept-Language: ru\r\nX-Large: ")
    tracemalloc.start()
    try:
        await line.say(*[piece] * 640)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    answer = await line.answer()
    assert (answer.status, answer.problem["type"]) == (431, "urn:aimaq:problem:head-too-large")
    assert answer.problem["rule"] == "at most 65536 bytes"
    assert answer.problem["title"] == "Слишком большие заголовки"
    assert most < 4 * 1024 * 1024
    await served(there)


async def test_the_bound_of_a_head_counts_line_and_headers_together() -> None:
    async with site(max_head=1024) as there:
        line = await there.line()
        for size, status in ((1024 - 1 - 2 * 32 - len("HostaX"), 200), (1024 - 2 * 32 - len("HostaX"), 431)):
            await line.say(b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"x" * size))
            assert (await line.answer()).status == status
        many = await (await there.line()).say(b"GET / HTTP/1.1\r\n" + b"A:\r\n" * 40 + b"\r\n")
        assert (await many.answer()).status == 431
        far = await (await there.line()).say(b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\n\r\n")
        assert (await far.answer()).status == 431


async def test_trailers_count_as_the_head_does() -> None:
    async with site(max_head=1024, max_body=1024) as there:
        start = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
        for trailer in ([b"X: %b\r\n\r\n" % (b"x" * 2000)], [b"X: ", *[b"x" * 65536] * 20]):
            line = await (await there.line()).say(start, b"Y: 1\r\n", *trailer)
            assert (await line.answer()).status in (413, 431)
            assert await line.rest() == b""


async def test_a_head_behind_a_large_body_is_its_own() -> None:
    async with site(max_head=1024) as there:
        body = POST.replace(b"100", b"5000") + b"x" * 5000
        line = await (await there.line()).say(body + GET[:20])
        assert len((await line.answer()).body) == 5000
        assert (await (await line.say(GET[20:])).answer()).status == 200


async def test_many_idle_connections_shut_nobody_out() -> None:
    async with site(connections=8) as there:
        idle = [await there.line() for _ in range(20)]
        await served(there)
        for line in idle[:12]:
            assert await line.rest() == b""
        assert (await (await idle[-1].say(GET)).answer()).status == 200


async def test_many_halves_of_requests_shut_nobody_out() -> None:
    async with site(connections=8) as there:
        for start in (b"GET / HTTP/1.1\r\nX: ", POST):
            halves = [await (await there.line()).say(start) for _ in range(8)]
            await served(there)
            assert await halves[0].rest() == b""


async def test_who_is_being_answered_does_not_give_way() -> None:
    async with site(connections=2) as there:
        waiting = [await (await there.line()).say(ASIDE) for _ in range(2)]
        await eventually(lambda: there.waiting == 2, what="both calls")
        late = await there.line()
        answer = await late.answer()
        assert (answer.status, answer.problem["type"]) == (503, "urn:aimaq:problem:unavailable")
        assert answer.headers["retry-after"] == "1"
        there.go.set()
        for line in waiting:
            assert (await line.answer()).body == b'"back"'
        await served(there)


async def test_an_answer_that_is_waited_for_is_not_cut() -> None:
    async with site(**SHORT) as there:
        waiting = await (await there.line()).say(WAIT)
        await eventually(lambda: there.waiting == 1, what="the call")
        for _ in range(2):
            assert await (await there.line()).rest() == b""  # every limit is over meanwhile
        there.go.set()
        assert (await waiting.answer()).body == b'"gone"'


async def test_a_client_that_does_not_take_the_answer_is_hung_up_on(hasty: Site) -> None:
    line = await (await hasty.line()).say(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    await eventually(lambda: hasty.unread == 1, what="the answer")
    await eventually(lambda: hasty.unread == 0, what="the end of it")
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await line.reader.readexactly(SIZE)


async def test_a_client_that_takes_the_answer_slowly_gets_all_of_it(hasty: Site) -> None:
    slow = await (await hasty.line()).say(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    got = 0
    while got < SIZE:
        silent = await hasty.line() if got < 3 * 1024 * 1024 else None
        got += len(await slow.reader.read(1024 * 1024))
        if silent is not None:
            await served(hasty)
    assert got >= SIZE


async def test_only_so_many_requests_of_a_connection_wait() -> None:
    async with site() as there:
        line = await (await there.line()).say(WAIT + GET * 500)
        await eventually(lambda: there.waiting == 1, what="the call")
        there.go.set()
        answers = (await line.rest()).count(b"HTTP/1.1 200 OK")
        assert 1 <= answers <= 1 + AHEAD + 1


async def test_requests_in_a_row_are_answered_in_their_order() -> None:
    async with site() as there:
        line = await (await there.line()).say(WAIT + GET * 5)
        await eventually(lambda: there.waiting == 1, what="the call")
        there.go.set()
        assert [(await line.answer()).body for _ in range(6)] == [b'"gone"', *[b'"here"'] * 5]


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
CONTRADICTIONS = {
    "length and chunks": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 37\r\n\r\n",
    "chunks that are not the last coding": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Content-Length : 37\r\n\r\n",
    "a folded header": b"Content-Length:\r\n 37\r\n\r\n",
    "a length with a sign": b"Content-Length: +37\r\n\r\n",
    "a bare line end": b"X: 1\nContent-Length: 37\r\n\r\n",
    "a chunk of no length": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a coding under the chunks": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"Host: b\r\n\r\n",
}


async def test_a_request_that_could_be_read_in_two_ways_is_refused(there: Site) -> None:
    for what, headers in CONTRADICTIONS.items():
        start = b"POST /echo HTTP/1.1\r\nHost: a\r\n" + headers
        line = await (await there.line()).say(start + SMUGGLED)
        answer = await line.answer()
        assert (answer.status, answer.problem["type"]) == (400, "urn:aimaq:problem:malformed-request"), what
        assert await line.rest() == b"", what


async def test_a_request_for_no_host_or_in_no_version_that_is_spoken_is_refused(there: Site) -> None:
    for start in (b"GET / HTTP/1.1\r\n\r\n", b"GET /\r\n\r\n", GET.replace(b"1.1", b"2.0")):
        answer = await (await (await there.line()).say(start)).answer()
        assert (answer.status, answer.problem["type"]) == (400, "urn:aimaq:problem:malformed-request"), start


async def test_a_client_of_http_1_0_is_not_told_to_continue(there: Site) -> None:
    old = b"POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    assert (await (await (await there.line()).say(old)).answer()).status == 200


async def test_a_client_that_would_speak_another_protocol_is_answered_in_this_one(there: Site) -> None:
    for name in (b"websocket", b"h2c"):
        upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: " + name + b"\r\n\r\n"
        line = await (await there.line()).say(upgrade)
        answer = await line.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await line.rest() == b""


@pytest.mark.parametrize(
    ("soft", "hard", "services", "found", "raised"),
    [
        (1024, 1_048_576, 5, 1000, 5256),
        (20_000, 20_000, 5, 1000, None),
        (1024, 4096, 5, 768, 4096),
        (1024, 1024, 5, 153, None),
        (256, 256, 1, 1, None),
        (1024, -1, 1, 1000, 1256),
        (-1, -1, 5, 1000, None),
    ],
)
async def test_a_process_has_no_more_connections_than_files(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, services: int, found: int, raised: int | None
) -> None:
    limits = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: limits.append(both))
    assert room(1000, services) == found
    assert limits[-1] == (raised or soft, hard)
