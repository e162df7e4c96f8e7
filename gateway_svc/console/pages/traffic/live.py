"""The live parts of the page: drawn once a second for all who read it in one language, and sent where they changed.

A part is an element with an id, which takes the place of the one that is there. A value that has changed since the
second before is marked; nothing changes its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TypedDict

from fastapi import Request
from markupsafe import Markup, escape
from starlette.responses import Response

from aimaq.access.administration import Principal
from aimaq.language.errors import Unavailable
from aimaq.web.callers import bearer
from gateway_svc.cases.pressing import loads
from gateway_svc.cases.views import PerformerLoad
from gateway_svc.console.console import Console
from gateway_svc.console.language import Reader
from gateway_svc.console.pages.traffic import figures, first, picture, strip, words
from gateway_svc.feed.places import EventStream, Places
from gateway_svc.parties.listing import certificates
from gateway_svc.traffic.views import RouteTraffic, Traffic, Window

PARTS = ("figures", "map", "first", "strip", "links", "routes")
"""The templates of the parts, and the ids of their elements after `traffic-`."""
PACE = 1.0
"""Seconds of real time from one drawing to the next."""
BEAT = 5.0
"""Seconds after which a reader to whom nothing was sent hears that the page is still live."""
LENIENT = 60.0
"""Seconds that a stream lasts in any case while its session does. Later it ends when the registry is to be asked about
the session again, as it is when the browser comes back, by itself."""
MOST_OF_ONE = 8
"""Live pages that one reader may have at a time."""
MOST_ROUTES = 40
"""Routes that the page shows: those on which most moved."""


class Context(TypedDict):
    """What the templates of the page and of its parts show."""

    traffic: Traffic
    window: Window
    map: picture.Map
    strips: dict[str, strip.Strip]
    concerns: list[first.Concern]
    routes: list[RouteTraffic]
    more_routes: int
    waiting: int
    broken: int
    live: bool
    F: ModuleType
    W: Mapping[str, object]
    v: Marks
    messages: Callable[..., str]


@dataclass(slots=True)
class Marks:
    """What the values were at the last drawing, by name: a value that differs now is marked."""

    before: Mapping[str, str] | None = None
    now: dict[str, str] = field(default_factory=dict)
    odd: bool = False
    """Whether this is every other drawing: a mark of another name is seen anew."""

    def __call__(self, name: str, value: str) -> Markup:
        """A value as it stands in the page."""
        self.now[name] = value
        if self.before is None or self.before.get(name, value) == value:
            return escape(value)
        return Markup('<mark class="fresh-{}">{}</mark>').format(int(self.odd), value)


@dataclass(slots=True)
class Drawing:
    """The parts as they are now, each with the number of the drawing in which it changed last."""

    number: int = 0
    at: float = float("-inf")
    parts: dict[str, tuple[int, str]] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    """The parts without marks: what they are compared by."""
    marks: Marks = field(default_factory=Marks)
    traffic: Traffic | None = None


class Live:
    """The live pages of one gateway."""

    def __init__(self, console: Console) -> None:
        self._console, self._board = console, console.board
        self._places = Places(console.service.settings.connections)
        self._drawings: dict[tuple[str, Window], Drawing] = {}
        self._drawn = asyncio.Lock()
        self._closed = asyncio.Event()
        self._loads: Sequence[PerformerLoad] = ()
        self._limits_due = float("-inf")

    def close(self) -> None:
        """End all streams: the service is about to close."""
        self._closed.set()

    async def shown(self, request: Request, window: Window) -> Context:
        """What the page shows now; Unavailable without the database."""
        traffic = await self._board.traffic(window)
        return self._context(traffic, await self._limits(), self._console.reader(request), Marks(), live=False)

    def stream(self, request: Request, window: Window, principal: Principal) -> Response:
        """What changes in the page from now on; TooManyRequests if the reader has too many."""
        events = self._events(request, self._console.reader(request), window)
        return EventStream(self._places, principal.name, MOST_OF_ONE, events)

    async def _events(self, request: Request, reader: Reader, window: Window) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        number, beat = 0, float("-inf")
        lenient = loop.time() + LENIENT
        while not self._closed.is_set() and self._allowed(request, lenient=loop.time() < lenient):
            try:
                drawing = await self._drawing(reader, window)
            except Unavailable:
                drawing = None  # the page says by itself that it is not live any more
            if drawing is not None:
                changed = [text for since, text in drawing.parts.values() if since > number]
                number = drawing.number
                if changed or loop.time() >= beat:
                    beat = loop.time() + BEAT
                    changed.append(self._console.part("traffic/_beat.html", reader, W=WORDS))
                    yield event("".join(changed))
            try:
                async with asyncio.timeout(PACE):
                    await self._closed.wait()
            except TimeoutError:
                continue

    def _allowed(self, request: Request, *, lenient: bool) -> bool:
        """Whether who reads is signed in still, and the registry need not be asked about it, unless `lenient`."""
        console = self._console
        session = console.visits.known(request)
        if session is None:
            token = bearer(request) if "authorization" in request.headers else ""
            return bool(token) and console.service.administration.principal(token) is not None
        if console.sessions.read(request.cookies) is None:
            return False
        return lenient or console.sessions.unchecked(session) is None

    async def _drawing(self, reader: Reader, window: Window) -> Drawing:
        """The drawing of this second."""
        async with self._drawn:
            loop = asyncio.get_running_loop()
            drawing = self._drawings.setdefault((reader.language, window), Drawing())
            if loop.time() - drawing.at < PACE / 2:
                return drawing
            traffic = await self._board.traffic(window)
            idle = loop.time() - drawing.at > 3 * PACE
            drawing.at = loop.time()
            if traffic is not drawing.traffic:
                self._draw(drawing, traffic, await self._limits(), reader, marked=not idle)
            return drawing

    async def _limits(self) -> Sequence[PerformerLoad]:
        """How many limits are broken and near, as of some seconds ago at most."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._limits_due:
            service = self._console.service
            self._loads = await loads(service, service.clock.now())
            self._limits_due = loop.time() + BEAT
        return self._loads

    def _draw(
        self, drawing: Drawing, traffic: Traffic, limits: Sequence[PerformerLoad], reader: Reader, *, marked: bool
    ) -> None:
        drawing.number += 1
        drawing.traffic = traffic
        marks = Marks(drawing.marks.now if marked else None, odd=not drawing.marks.odd)
        context = self._context(traffic, limits, reader, marks, live=True)
        drawing.marks = marks
        for name in PARTS:
            text = self._console.part(f"traffic/_{name}.html", reader, **context)
            plain = text.replace(' class="fresh-0"', "").replace(' class="fresh-1"', "")
            if plain != drawing.plain.get(name):
                drawing.plain[name] = plain
                drawing.parts[name] = drawing.number, text

    def _context(
        self, traffic: Traffic, limits: Sequence[PerformerLoad], reader: Reader, marks: Marks, *, live: bool
    ) -> Context:
        routes = [one for one in traffic.routes if one.traffic.accepted or one.traffic.refused]
        busy = sorted(routes, key=lambda one: one.traffic.accepted + one.traffic.refused, reverse=True)
        shown = {(one.sender, one.recipient) for one in busy[:MOST_ROUTES]}
        return {
            "traffic": traffic,
            "window": traffic.window,
            "map": picture.drawn(traffic, reader),
            "strips": {
                "wide-only": strip.drawn(traffic.strip, reader, strip.WIDE),
                "phone": strip.drawn(traffic.strip, reader, strip.PHONE),
            },
            "concerns": first.concerns(
                traffic.links,
                limits,
                certificates(self._console.service),
                reader,
                traffic.now,
                attention=any(section.name == "attention" for section in self._console.sections),
            ),
            "broken": sum(one.late for one in limits),
            "routes": [one for one in routes if (one.sender, one.recipient) in shown],
            "more_routes": len(routes) - len(shown),
            "waiting": traffic.waiting.parked + traffic.waiting.retry + traffic.waiting.unsent,
            "F": figures,
            "W": WORDS,
            "v": marks,
            "messages": first.messages,
            "live": live,
        }


WORDS: Mapping[str, object] = {name: value for name, value in vars(words).items() if name.isupper()}


def event(data: str) -> str:
    """An event with these data, whose lines are told apart as the format asks for."""
    return "".join(f"data: {line}\n" for line in data.splitlines()) + "\n"
