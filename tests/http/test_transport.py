"""Connections of our own under httpx: every way in which an answer may come, and come wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from aimaq.http import transport
from aimaq.http.client import http_client
from aimaq.language.clock import SystemClock
from aimaq.pipeline.background.tasks import Tasks
from aimaq.settings import Settings
from aimaq.web.metrics.requests import Requests
from stand.runtime.embedded import listening as served
from stand.runtime.embedded import listening_socket
from tests.serving import listening
from tests.waiting import eventually

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere"


class Speaker:
    """Says these bytes, a list a connection and a piece a request; then hangs up, or stays until the other one does."""

    def __init__(self, scripts: Sequence[Sequence[bytes]], *, stay: bool) -> None:
        self.scripts, self.stay = list(scripts), stay
        self.heard: list[bytes] = []
        self.ended = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for written in self.scripts.pop(0):
                self.heard.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(written)
                await writer.drain()
            if self.stay:
                await reader.read()
        finally:
            self.ended += 1


@dataclass(frozen=True)
class Spoken:
    """A speaker that listens."""

    url: str
    speaker: Speaker

    @property
    def heard(self) -> list[bytes]:
        """The heads of the requests that came."""
        return self.speaker.heard

    @property
    def ended(self) -> int:
        """How many connections are over."""
        return self.speaker.ended


@asynccontextmanager
async def speaking(*scripts: Sequence[bytes], stay: bool = True) -> AsyncIterator[Spoken]:
    speaker = Speaker(scripts, stay=stay)
    async with listening(speaker) as listener:
        yield Spoken(listener.url, speaker)


ANSWERS = {
    "a length": (OK, 200, b"here"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n2\r\nre\r\n0\r\n\r\n", 200, b"here"),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nETag: 1\r\n\r\n", 304, b""),
    "a hint before it": (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, 200, b"here"),
    "to be continued": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"here"),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_is_read_and_another_follows_on_its_connection(kind: str) -> None:
    written, status, body = ANSWERS[kind]
    async with speaking([written, OK]) as there, http_client(timeout=5) as http:
        answer = await http.get(there.url)
        assert (answer.status_code, answer.content) == (status, body)
        assert (await http.get(there.url)).content == b"here"


async def test_an_answer_that_comes_a_byte_at_a_time_is_the_same() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in OK:
            writer.write(bytes([byte]))
            await writer.drain()
        await reader.read()

    async with listening(drip) as there, http_client(timeout=5) as http:
        assert (await http.get(there.url)).content == b"here"


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    written = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhere"
    async with speaking([written], stay=False) as there, http_client(timeout=5) as http:
        assert (await http.get(there.url)).content == b"here"


async def test_an_answer_to_head_has_a_length_and_no_body() -> None:
    written = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    async with speaking([written], [OK]) as there, http_client(timeout=5) as http:
        answer = await http.head(there.url)
        assert (answer.headers["Content-Length"], answer.content) == ("4", b"")
        assert (await http.get(there.url)).content == b"here"


async def test_a_server_that_hangs_up_is_not_asked_on_the_same_connection_again() -> None:
    written = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere"
    async with speaking([written], [OK]) as there, http_client(timeout=5) as http:
        assert (await http.post(there.url)).content == b"here"
        assert (await http.post(there.url)).content == b"here"


WRONG = {
    "nothing": (b"", "closed the connection before it answered"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", "closed the connection before it answered"),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe", "broke off"),
    "half of the chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhe", "broke off"),
    "a chunk of no length": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nhere", "not HTTP"),
    "a length and chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "not HTTP",
    ),
    "another protocol": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx", "not HTTP"),
    "headers without end": (b"HTTP/1.1 200 OK\r\n" + b"X-A: 1234567\r\n" * 8192, "headers of the answer are larger"),
    "one header without end": (b"HTTP/1.1 200 OK\r\nX-A: " + b"1" * 100_000, "headers of the answer are larger"),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_an_answer_that_is_none_is_an_error_of_the_transport(kind: str) -> None:
    written, why = WRONG[kind]
    async with speaking([written], stay=False) as there, http_client(timeout=5) as http:
        with pytest.raises(httpx.TransportError, match=why):
            await http.post(there.url)


async def test_what_comes_after_the_answer_is_not_taken_for_the_next_one() -> None:
    unasked = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nforgd"
    async with speaking([OK + unasked], [OK]) as there, http_client(timeout=5) as http:
        assert (await http.get(there.url)).content == b"here"
        assert (await http.get(there.url)).content == b"here"


async def test_a_connection_that_the_server_closed_meanwhile_is_no_failure() -> None:
    async with speaking([OK], [OK], stay=False) as there, http_client(timeout=5) as http:
        assert (await http.post(there.url)).content == b"here"
        await eventually(lambda: there.ended, what="the server has hung up")
        assert (await http.get(there.url)).content == b"here"


async def test_what_may_be_repeated_is_sent_again_if_an_idle_connection_turns_out_closed() -> None:
    async with speaking([OK, b""], [OK], stay=False) as there, http_client(timeout=5) as http:
        assert (await http.get(there.url)).content == b"here"
        assert (await http.get(there.url)).content == b"here"
    assert len(there.heard) == 3


async def test_what_may_not_be_repeated_is_not_sent_again() -> None:
    async with speaking([OK, b""], [OK], stay=False) as there, http_client(timeout=5) as http:
        assert (await http.post(there.url)).content == b"here"
        with pytest.raises(httpx.TransportError):
            await http.post(there.url)
    assert len(there.heard) == 2


async def test_a_new_connection_that_is_closed_at_once_is_not_tried_for_ever() -> None:
    async with speaking([b""], [OK], stay=False) as there, http_client(timeout=5) as http:
        with pytest.raises(httpx.TransportError):
            await http.get(there.url)
    assert len(there.heard) == 1


async def test_one_that_was_idle_too_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "IDLE", 0.0)
    async with speaking([OK], [OK]) as there, http_client(timeout=5) as http:
        for _ in range(2):
            assert (await http.post(there.url)).content == b"here"
        await eventually(lambda: there.ended, what="the first connection is closed")


async def test_a_connection_that_nobody_needs_any_more_is_closed_while_another_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    now, later = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: now() + later)
    async with speaking([OK] * 4, [OK] * 4) as there, http_client(timeout=5) as http:
        async with http.stream("GET", there.url) as first, http.stream("GET", there.url) as second:
            await first.aread()
            await second.aread()
        later = 0.75 * transport.IDLE
        assert (await http.get(there.url)).content == b"here"
        assert there.ended == 0
        later *= 2
        assert (await http.get(there.url)).content == b"here"
        await eventually(lambda: there.ended == 1, what="the one that was not used is closed")


async def test_a_server_of_ours_keeps_a_connection_long_after_our_client_gives_it_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = FastAPI()
    app.state.requests = Requests()
    app.state.service = SimpleNamespace(
        clock=SystemClock(), leave=lambda: None, tasks=Tasks("here"), settings=Settings(party="gateway")
    )
    with listening_socket("127.0.0.1", 0) as listener:
        async with served(app, listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            loop = asyncio.get_running_loop()
            later, now = 10 * transport.IDLE, loop.time
            for _ in range(2):
                writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 404 ")
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
                monkeypatch.setattr(loop, "time", lambda: now() + later)
                for _ in range(5):
                    await asyncio.sleep(0)  # what is due by then is done
            writer.close()


async def test_of_a_body_that_nobody_takes_little_is_read_ahead() -> None:
    sent = 0
    stop = asyncio.Event()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not stop.is_set():
            writer.write(bytes(65536))
            await writer.drain()
            sent += 65536

    async with listening(flood) as there, http_client(timeout=20) as http:
        async with http.stream("GET", there.url) as response:
            sizes = [-1]

            def full() -> bool:
                sizes.append(sent)
                return sizes[-1] == sizes[-2]

            await eventually(full, what="the buffers of the sockets are full, and nothing more is taken")
            assert sent < 50_000_000
            taken = 0
            async for piece in response.aiter_raw():
                taken += len(piece)
                if taken > 20_000_000:
                    break
        stop.set()
    assert taken > 20_000_000
