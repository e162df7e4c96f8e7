"""The page of the traffic and that of the messages: what REST answers, for people; live, and whole without a script."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest

from aimaq.language.clock import StandClock
from aimaq.language.messages import PARTIES
from aimaq.language.texts import LANGUAGES
from gateway_svc.console.language import Reader
from gateway_svc.console.pages.traffic import live, picture, strip, words
from gateway_svc.console.session import Sessions
from gateway_svc.models import traffic_minutes
from gateway_svc.parties.listing import certificates
from gateway_svc.traffic.board import FRESH
from gateway_svc.traffic.views import Direction, Link, StripMinute, Traffic, Waiting
from stand.runtime.embedded import listening, listening_socket
from tests.console.visitor import Visitor
from tests.console.visitor import words as text_of
from tests.faults import rows
from tests.gateway.traffic.tallying import Machine
from tests.gateway.traffic.test_board import counted, enter
from tests.parties import BASE, Parties
from tests.waiting import eventually, until

MINUTE = timedelta(minutes=1)
HOSTILE = "lea:<img src=x onerror=alert(1)>\u202e\u0001"


@pytest.fixture
async def busy(parties: Parties) -> AsyncIterator[Visitor]:
    """Somebody who is signed in at a gateway whose clock runs."""
    machine = Machine(BASE + 10 * MINUTE)
    parties.clock = StandClock(machine)
    await parties.start("gateway")
    machine.now += timedelta(seconds=30)
    visitor = await Visitor.at(parties)
    await visitor.sign_in()
    yield visitor


async def later() -> None:
    """The next look is at what is there by then."""
    await until(asyncio.get_running_loop().time() + FRESH)


async def test_the_page_says_what_rest_does(busy: Visitor) -> None:
    rows = [
        counted(BASE + 10 * MINUTE, 1234, "portal", "lea:mamlyut", refused=3),
        counted(BASE + 10 * MINUTE, 60, "con"),
    ]
    await enter(busy.parties.services["gateway"], traffic_minutes, rows)
    page = await busy.get("/console/traffic?window=hour")
    assert page.status_code == 200
    text = text_of(page)
    rest = (await busy.get("/traffic?window=hour", **busy.parties.admin())).json()
    assert rest["total"]["accepted"] == 1294
    assert "1 234" in text
    for one in rest["links"]:
        assert f"party={one['system']}" in page.text
        assert words.STATES[one["state"]].en in text
    assert "Portal: 3 messages refused" in text


async def test_broken_limits_come_first(parties: Parties) -> None:
    await parties.start("portal", "lea", "gateway")
    case_id = await parties.ask()

    async def due() -> bool:
        rows_of_cases = await rows(parties.services["gateway"], "cases")
        return any(row["case_id"] == case_id and row["due_at"] is not None for row in rows_of_cases)

    await eventually(due, what="a limit that runs")
    parties.clock.advance(timedelta(days=60))
    visitor = await Visitor.at(parties)
    await visitor.sign_in()
    text = text_of(await visitor.get("/console/traffic"))
    assert "1 limits broken" in text
    assert "Look here first Cases past a limit: 1" in text


async def test_a_certificate_that_runs_out_is_to_be_looked_at(busy: Visitor) -> None:
    service = busy.parties.services["gateway"]
    busy.parties.clock.advance_to(certificates(service)["portal"][0].not_after - timedelta(days=10))
    text = text_of(await busy.get("/console/traffic"))
    assert "Portal: the certificate has 10 d left" in text
    busy.parties.clock.advance(timedelta(days=30))
    await later()
    assert "Portal: the certificate is out of date" in text_of(await busy.get("/console/traffic"))


async def test_a_page_without_anything_is_calm_and_says_why(busy: Visitor) -> None:
    text = text_of(await busy.get("/console/traffic"))
    assert "Nothing needs attention." in text
    assert "No messages yet." in text
    assert "silent" in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_in_the_readers_language_and_no_other(busy: Visitor, language: str) -> None:
    await enter(busy.parties.services["gateway"], traffic_minutes, [counted(BASE + 10 * MINUTE, 9, refused=9)])
    page = await busy.get("/console/traffic", **{"Accept-Language": language})
    assert getattr(words.HEADING, language) in page.text
    others = {getattr(words.LAST_HOUR, one) for one in LANGUAGES if one != language}
    assert not any(other in page.text for other in others)


async def test_where_the_clock_stands_no_rate_is_made_up(gateway: Parties) -> None:
    visitor = await Visitor.at(gateway)
    await visitor.sign_in()
    await enter(gateway.services["gateway"], traffic_minutes, [counted(BASE, 7)])
    text = text_of(await visitor.get("/console/traffic"))
    assert "The stand's clock stands" in text
    assert "messages a second" not in text
    assert "in, messages" in text


async def test_hostile_names_are_shown_and_never_obeyed(busy: Visitor) -> None:
    await enter(busy.parties.services["gateway"], traffic_minutes, [counted(BASE + 10 * MINUTE, 5, HOSTILE, "portal")])
    page = await busy.get("/console/traffic")
    assert "<img" not in page.text
    assert "&lt;img src=x" in page.text
    for hidden in ("\u202e", "\u0001"):
        assert hidden not in page.text


async def test_a_thousand_routes_and_twenty_systems_fit_on_a_page(busy: Visitor) -> None:
    at = BASE + 10 * MINUTE
    rows = [counted(at, place, "portal", f"lea:body-{place}") for place in range(1000)]
    rows += [counted(at, 5, f"lea:outside-{place}", "portal") for place in range(40)]
    await enter(busy.parties.services["gateway"], traffic_minutes, rows)
    page = await busy.get("/console/traffic")
    assert len(page.content) < 150_000
    assert "more routes" in page.text
    assert page.text.count('<g class="node') == picture.MOST + 1


@pytest.mark.parametrize("query", ["window=year", "window=", "window=%00"])
async def test_an_odd_window_is_refused_as_a_page(busy: Visitor, query: str) -> None:
    page = await busy.get(f"/console/traffic?{query}")
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")


async def test_a_stranger_is_sent_to_the_sign_in(gateway: Parties) -> None:
    visitor = await Visitor.at(gateway)
    for path in ("/console/traffic", "/console/traffic/live", "/console/messages"):
        page = await visitor.get(path)
        assert (page.status_code, page.headers["location"].partition("?")[0]) == (303, "/console/sign-in")


@dataclass
class Watcher:
    """What a page that is live was sent."""

    events: list[str] = field(default_factory=list)
    over: bool = False

    async def watch(self, response: httpx.Response) -> None:
        """Read until the stream ends."""
        lines: list[str] = []
        async for line in response.aiter_lines():
            if line:
                assert line.startswith("data: ")
                lines.append(line.removeprefix("data: "))
            else:
                self.events.append("\n".join(lines))
                lines = []
        self.over = True

    def parts(self, event: int) -> set[str]:
        """Which parts an event has."""
        return set(re.findall(r'id="traffic-(\w+)"', self.events[event])) - {"map-title"}


@asynccontextmanager
async def watching(visitor: Visitor, *, window: str = "minute") -> AsyncIterator[Watcher]:
    """Watch the page over a real connection until the block ends."""
    cookies = {cookie.name: cookie.value or "" for cookie in visitor.client.cookies.jar}
    with listening_socket("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Accept": "text/html"}
        made = Watcher()
        async with (
            listening(visitor.parties.apps["gateway"], listener),
            httpx.AsyncClient(base_url=url, headers=headers, timeout=10, trust_env=False) as client,
            client.stream("GET", f"/console/traffic/live?window={window}") as response,
        ):
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            assert "script-src 'self'" in response.headers["content-security-policy"]
            task = asyncio.create_task(made.watch(response))
            try:
                await eventually(lambda: made.events, what="the first event")
                yield made
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def test_a_live_page_is_sent_what_has_changed_and_the_values_are_marked(busy: Visitor) -> None:
    at = BASE + 10 * MINUTE
    service = busy.parties.services["gateway"]
    await enter(service, traffic_minutes, [counted(at, 5, "con", "portal")])
    async with watching(busy) as watcher:
        assert watcher.parts(0) == {*live.PARTS, "beat"}
        assert "fresh-" not in watcher.events[0]
        await enter(service, traffic_minutes, [counted(at, 70, "registry", "lea")])
        await eventually(lambda: len(watcher.events) > 1, what="a change")
        assert watcher.parts(1) == {"figures", "map", "strip", "links", "routes", "beat"}
        assert re.search(r'<mark class="fresh-[01]">2.5</mark>', watcher.events[1])
        assert 'hx-swap-oob="outerMorph"' in watcher.events[1]


async def test_two_who_watch_share_a_drawing_and_the_second_sees_all(busy: Visitor) -> None:
    async with watching(busy) as one, watching(busy) as other:
        assert one.parts(0) == other.parts(0) == {*live.PARTS, "beat"}


async def test_a_live_page_beats_and_ends_with_the_session(busy: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PACE", 0.05)
    monkeypatch.setattr(live, "BEAT", 0.1)
    async with watching(busy) as watcher:
        await eventually(lambda: len(watcher.events) > 3, what="beats")
        assert watcher.parts(-1) == {"beat"}
        assert "Connecting again" in watcher.events[-1]
        await busy.post("/console/sign-out", {"form_token": await busy.form_token()})
        await eventually(lambda: watcher.over, what="the end of the stream")


async def test_a_live_page_ends_when_the_registry_is_to_be_asked_about_the_session(
    busy: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PACE", 0.05)
    monkeypatch.setattr(live, "LENIENT", 0.0)
    async with watching(busy) as watcher:
        assert not watcher.over
        monkeypatch.setattr(Sessions, "unchecked", lambda own, session: timedelta(0))
        await eventually(lambda: watcher.over, what="the end of the stream")


async def test_a_live_page_ends_when_the_service_closes(busy: Visitor) -> None:
    async with watching(busy) as watcher:
        busy.parties.services["gateway"].leave()
        await eventually(lambda: watcher.over, what="the end of the stream")


async def test_one_reader_has_so_many_live_pages_and_no_more(busy: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_OF_ONE", 0)
    page = await busy.get("/console/traffic/live")
    assert page.status_code == 429


async def test_the_messages_of_a_link_are_listed_in_pages(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway_svc.console.pages.traffic.messages.SIZE", 3)
    await parties.start(*PARTIES, autopilot=True)
    for _ in range(2):
        await parties.status("portal", await parties.ask(), "completed")
    await parties.quiet()
    visitor = await Visitor.at(parties)
    await visitor.sign_in()
    client = await parties.http("gateway", **parties.admin())
    rest = [one["messageId"] for one in (await client.get("/messages", params={"party": "portal"})).json()]
    path, found = "/console/messages?party=portal", list[str]()
    while path:
        page = await visitor.get(path)
        assert page.status_code == 200, page.text
        found += re.findall(r'title="([0-9a-f-]{36})">[0-9a-f-]{13}</span>', page.text)
        more = re.search(r'href="(/console/messages\?[^"]*)" rel="next"', page.text)
        path = more[1].replace("&amp;", "&") if more else ""
    assert found == rest
    assert len(rest) == 8


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("party=nobody", 200),
        ("sender=" + "x" * 101, 422),
        ("verdict=maybe", 422),
        ("case_id=none", 422),
        ("after=-1", 422),
        ("after=99999999999999999999999", 422),
        ("party=%25%5f'%3B--", 200),
        ("party=%00", 422),
    ],
)
async def test_odd_filters_are_answered_with_a_page(busy: Visitor, query: str, status: int) -> None:
    page = await busy.get(f"/console/messages?{query}")
    assert page.status_code == status, page.text
    assert page.headers["content-type"].startswith("text/html")


def direction(accepted: int = 0) -> Direction:
    return Direction(accepted, 0, 0, float(accepted))


def link(system: str, kind: Any = "outside") -> Link:
    here = Waiting(0, 0, 0, 0, None, None, BASE)
    return Link(system, kind, "ok", direction(5), direction(3), 0, 4.0, 9.0, here, None, BASE)


def traffic(links: list[Link]) -> Traffic:
    waiting = Waiting(0, 0, 0, 0, None, None, BASE)
    return Traffic(BASE, "hour", BASE, 60.0, direction(9), 0, 1.0, 2.0, waiting, links, [], [])


@pytest.mark.parametrize("outside", [0, 1, 2, 5, 20, 200])
def test_no_two_systems_stand_in_one_place_on_the_map(outside: int) -> None:
    links = [link(party, "party") for party in ("portal", "con", "lea", "registry")]
    found = picture.drawn(traffic([*links, *(link(f"lea:b{n}") for n in range(outside))]), Reader("kk"))
    boxes = [(one.x, one.y) for one in found.spokes]
    assert len(boxes) == min(4 + outside, picture.MOST)
    assert found.omitted == max(0, 4 + outside - picture.MOST)
    for x, y in boxes:
        assert 0 <= x <= found.layout.width - found.layout.node
        assert 0 <= y <= found.height - found.layout.tall
        assert [abs(y - other) < found.layout.tall for there, other in boxes if there == x].count(True) == 1


def test_a_system_that_comes_moves_no_other() -> None:
    links = [link(party, "party") for party in ("portal", "con", "lea", "registry")]
    before = {one.system: one.x for one in picture.drawn(traffic(links), Reader("en")).spokes}
    after = {one.system: one.x for one in picture.drawn(traffic([*links, link("lea:b")]), Reader("en")).spokes}
    assert before.items() <= after.items()


@pytest.mark.parametrize(("most", "top"), [(0, "1"), (1, "1"), (3, "5"), (51, "100"), (5200, "10 000")])
def test_the_strip_has_a_round_number_at_its_top(most: int, top: str) -> None:
    minutes = [StripMinute(BASE + n * MINUTE, most if n == 7 else 0, n == 8) for n in range(60)]
    for frame, bars in ((strip.WIDE, 60), (strip.PHONE, 20)):
        found = strip.drawn(minutes, Reader("kk"), frame)
        assert (len(found.bars), " ".join(found.top.split())) == (bars, top)
        assert all(one.x + frame.bar <= frame.width for one in found.bars)
        assert sum(bool(one.refused) for one in found.bars) == 1
