"""The HTTP client: what it sends, when it gives up, what it says, and that it keeps its connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from aimaq.eds.revocation.texts import THE_LIST
from aimaq.http import transport
from aimaq.http.client import bounded, exchange, http_client
from aimaq.language.errors import BadSignature, Unavailable
from tests.serving import Listener, Reply, Request, serving
from tests.waiting import eventually

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def echo() -> AsyncIterator[Listener]:
    """Answers with what it was asked."""

    async def answer(request: Request) -> Reply:
        return Reply.of_json({"method": request.method, "headers": request.headers, "body": request.body.decode()})

    async with serving(answer) as site:
        yield site


async def answered_by(site: str) -> str:
    """What is said of a site that gives no answer."""
    async with http_client() as http:
        with pytest.raises(Unavailable) as caught:
            async with exchange(http, "GET", f"{site}/x", peer="the registry") as response:
                await response.aread()
    return caught.value.detail


async def test_a_request_arrives_as_it_was_made_and_asks_for_no_compression(echo: Listener) -> None:
    async with http_client(token="secret") as http:
        async with exchange(http, "POST", f"{echo.url}/x", peer="x", json={"a": "ә"}, headers={"X-A": "1"}) as response:
            await response.aread()
        found = response.json()
    assert (found["method"], found["body"]) == ("POST", '{"a":"ә"}')
    headers = found["headers"]
    assert headers["authorization"] == "Bearer secret"
    assert (headers["accept-encoding"], headers["content-type"]) == ("identity", "application/json")
    assert headers["x-a"] == "1"
    assert headers["user-agent"].startswith("aimaq/")


async def test_the_proxies_of_the_environment_are_not_asked(echo: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOBODY)
    async with http_client() as http:
        assert (await http.get(echo.url)).status_code == 200


async def test_a_connection_is_used_again_and_one_more_only_for_what_goes_on_at_the_same_time(echo: Listener) -> None:
    async with http_client() as http:
        for _ in range(5):
            await http.get(echo.url)
        assert echo.connections == 1
        await asyncio.gather(*(http.get(echo.url) for _ in range(3)))
        assert 1 < echo.connections <= 3


async def test_no_more_than_so_many_exchanges_go_on_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST", 2)
    under_way, both = [0, 0], asyncio.Barrier(2)

    async def answer(request: Request) -> Reply:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await both.wait()
        under_way[0] -= 1
        return Reply()

    async with serving(answer) as site, http_client() as http:
        await asyncio.gather(*(http.get(site.url) for _ in range(8)))
        assert (site.connections, under_way[1] <= 2) == (2, True)


async def test_an_answer_that_nobody_read_gives_its_place_back(monkeypatch: pytest.MonkeyPatch, echo: Listener) -> None:
    monkeypatch.setattr(transport, "MOST", 1)
    async with http_client(timeout=5) as http:
        for _ in range(3):
            async with exchange(http, "GET", echo.url, peer="x") as response:
                assert response.status_code == 200


async def test_nobody_there_is_out_of_reach_and_why() -> None:
    assert (await answered_by(NOBODY)).startswith("the registry is out of reach: ")
    assert "refused" in await answered_by(NOBODY) or "Connect call failed" in await answered_by(NOBODY)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://", "http://[::1", "nonsense"])
async def test_what_is_no_address_is_out_of_reach_too(url: str) -> None:
    assert (await answered_by(url)).startswith("the registry is out of reach: ")


async def test_a_header_cannot_become_two(echo: Listener) -> None:
    async with http_client(token="a\r\nX-Admin: 1") as http:
        with pytest.raises(Unavailable, match="line break"):
            async with exchange(http, "GET", echo.url, peer="x"):
                pytest.fail("it was sent")
    assert echo.connections == 0


async def test_who_does_not_answer_in_time_is_out_of_reach_and_its_place_is_free_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "MOST", 1)
    hold, asked = asyncio.Event(), list[str]()

    async def answer(request: Request) -> Reply:
        asked.append(request.path)
        if request.path == "/slow":
            await hold.wait()
        return Reply(b"here")

    async with serving(answer) as site, http_client(timeout=5) as http:
        with pytest.raises(Unavailable, match=r"the registry is out of reach: no answer within 0\.05 s"):
            async with exchange(http, "GET", f"{site.url}/slow", peer="the registry", timeout=0.05):
                pytest.fail("there was no answer")
        assert (await http.get(f"{site.url}/quick")).content == b"here"
    assert asked == ["/slow", "/quick"]


async def test_a_cancelled_exchange_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST", 1)
    hold, asked = asyncio.Event(), asyncio.Event()

    async def answer(request: Request) -> Reply:
        if request.path == "/slow":
            asked.set()
            await hold.wait()
        return Reply(b"here")

    async with serving(answer) as site, http_client(timeout=5) as http:
        waiting = asyncio.create_task(http.get(f"{site.url}/slow"))
        await asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await http.get(f"{site.url}/quick")).content == b"here"


async def test_a_redirection_is_followed(echo: Listener) -> None:
    async def elsewhere(request: Request) -> Reply:
        return Reply(status=302, headers={"Location": f"{echo.url}/there"})

    async with serving(elsewhere) as site, http_client() as http:
        assert (await http.get(site.url)).json()["method"] == "GET"


async def test_no_more_is_read_than_may_be_there() -> None:
    async def answer(request: Request) -> Reply:
        return Reply(bytes(100))

    async with serving(answer) as site, http_client() as http:
        async with exchange(http, "GET", site.url, peer="x") as response:
            assert await bounded(response, 100, THE_LIST) == bytes(100)
        with pytest.raises(BadSignature, match="the revocation list is larger than 99 bytes"):
            async with exchange(http, "GET", site.url, peer="x") as response:
                await bounded(response, 99, THE_LIST)


async def test_a_closed_client_leaves_no_connection_open(echo: Listener) -> None:
    http = http_client()
    await http.get(echo.url)
    await http.aclose()
    await eventually(lambda: not echo.connected, what="the server has seen the connection end")
    with pytest.raises(RuntimeError):
        await http.get(echo.url)
