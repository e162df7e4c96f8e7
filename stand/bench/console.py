"""How fast the console reads: with so many messages in the journal, how long until a case or a search is answered.

The journal is made here, in a database of its own on the server that is named, and dropped afterwards.
"""

from __future__ import annotations

import asyncio
import math
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from urllib.parse import urlencode

import httpx
from rich.table import Table

from aimaq.access.systems import keystore
from aimaq.bus import MemoryBroker
from aimaq.http.client import http_client
from aimaq.language.clock import StandClock, SystemClock
from aimaq.language.errors import Technical, Unavailable
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from aimaq.service import Service
from aimaq.settings import Settings
from stand.bench.history import DAYS, History
from stand.provision import databases, keys
from stand.runtime.assembly import prepare
from stand.runtime.embedded import listening, listening_socket
from stand.show.console import console

TIMES = 100
"""How often each question is asked."""
CASE, SEARCH = 100.0, 300.0
"""Milliseconds in which a case and the first page of a search are to be answered, 99 of 100 times."""


@dataclass(frozen=True, slots=True)
class ConsoleFigure:
    """One question: how many milliseconds its answer took, and how many it may take; `over` if it takes more."""

    what: str
    p50: float
    p99: float
    most: float

    @property
    def over(self) -> bool:
        """Whether it takes longer than it may."""
        return self.p99 > self.most


@dataclass(frozen=True, slots=True)
class ConsoleFigures:
    """What was measured, with how many messages and cases in the journal."""

    messages: int
    cases: int
    figures: tuple[ConsoleFigure, ...]

    def as_dict(self) -> dict[str, object]:
        """The figures as JSON has them."""
        return asdict(self) | {"figures": [asdict(one) | {"over": one.over} for one in self.figures]}


async def measure(server: str, messages: int, tell: Callable[[str], None], times: int = TIMES) -> ConsoleFigures:
    """Make a journal of so many messages, ask each question so many times; Unavailable if the server is not there."""
    prefix = f"aimaqconsole{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            await databases.make(server, prefix)
            async with _gateway(Path(folder), databases.urls(server, prefix)["gateway"], messages, tell) as (made, url):
                history, token = made
                async with http_client(timeout=60, token=token) as http:
                    figures = [await _asked(http, url, *one, times) for one in _questions(history)]
                return ConsoleFigures(messages, len(history.cases), tuple(figures))
        finally:
            await databases.drop(server, prefix)


@asynccontextmanager
async def _gateway(
    home: Path, database: str, messages: int, tell: Callable[[str], None]
) -> AsyncIterator[tuple[tuple[History, str], str]]:
    """A gateway over such a journal, what it was made of and its token, and where it listens."""
    now = SystemClock().now()
    beginning = StandClock(lambda: now - timedelta(days=DAYS + 1))
    await asyncio.to_thread(keys.provision, home, beginning)
    clock = StandClock(lambda: now)
    settings = Settings(party="gateway", home=home, database_url=database)
    service, application = prepare(settings, clock, Catalogue.bundled(), MemoryBroker().connect("gateway"))
    await service.database.open()
    signers = {party: keystore.load_signer(home, party) for party in PARTIES}
    history = History(database, signers, now, Random("console"))  # noqa: S311 - it makes up people, and guards nothing
    await history.write(messages, tell)
    async with AsyncExitStack() as stack:
        await _opened(service, stack)
        listener = stack.enter_context(listening_socket("127.0.0.1", 0))
        await stack.enter_async_context(listening(application(), listener))
        yield (history, service.administration.token), f"http://127.0.0.1:{listener.getsockname()[1]}"


async def _opened(service: Service, stack: AsyncExitStack) -> None:
    await service.open()
    stack.push_async_callback(service.close)


def _questions(history: History) -> Sequence[tuple[str, float, Sequence[str]]]:
    """What is asked: its name, how long it may take, and the paths of which each is asked in turn."""
    chance, cases = history.chance, history.cases
    some = [chance.choice(cases) for _ in range(TIMES)]
    open_ones = [case for case in cases if case.end is None]

    def searches(*every: Mapping[str, str]) -> list[str]:
        return [f"/cases?{urlencode(words)}" for words in every]

    days = [f"{case.opened_at:%Y-%m-%d}" for case in some]
    seldom = {"regulation": "semey-victims-2016", "channel": "con", "late": "true", "status": "in_progress"}
    return [
        ("a case opens: its trace", CASE, [f"/cases/{case.case_id}/trace" for case in some]),
        ("a case opens: its page", CASE, [f"/console/cases/{case.case_id}" for case in some]),
        ("search: everything, newest first", SEARCH, searches({})),
        ("search: everything, due first", SEARCH, searches({"order": "due"})),
        ("search: by IIN", SEARCH, searches(*({"iin": case.iin} for case in some))),
        ("search: by number", SEARCH, searches(*({"q": case.number} for case in some))),
        ("search: by the beginning of an id", SEARCH, searches(*({"q": case.case_id[:13]} for case in some))),
        ("search: by an IIN that nobody has", SEARCH, searches({"q": "900101300017"})),
        (
            "search: a regulation and a channel",
            SEARCH,
            searches({"regulation": "semey-victims-2016", "channel": "con"}),
        ),
        ("search: completed", SEARCH, searches({"status": "completed"})),
        ("search: late", SEARCH, searches({"late": "true", "order": "due"})),
        ("search: near", SEARCH, searches({"near": "true"})),
        ("search: late of one performer", SEARCH, searches({"late": "true", "next_unit": "lea.executor"})),
        (
            "search: whose move",
            SEARCH,
            searches(*({"next_unit": case.standing.unit} for case in open_ones[:TIMES] if case.standing)),
        ),
        ("search: one day", SEARCH, searches(*({"since": day, "until": day} for day in days))),
        ("search: what is all but never there", SEARCH, searches(seldom)),
        ("search: nothing", SEARCH, searches({"regulation": "model-full-2010", "status": "refused"})),
        ("the deadlines", SEARCH, ["/deadlines"]),
        ("the page of the cases", SEARCH, ["/console/cases"]),
        ("the page of the deadlines", SEARCH, ["/console/deadlines"]),
    ]


async def _asked(
    http: httpx.AsyncClient, url: str, what: str, most: float, paths: Sequence[str], times: int
) -> ConsoleFigure:
    """Ask each path in turn; Unavailable if one is not answered as it should be."""
    took = []
    await http.get(url + paths[0])  # the first of a kind has its statement prepared
    for number in range(times):
        path = paths[number % len(paths)]
        began = perf_counter()
        answer = await http.get(url + path)
        took.append((perf_counter() - began) * 1e3)
        if answer.status_code != 200:
            raise Unavailable(Technical(f"{path} answers {answer.status_code}: {answer.text[:200]}"))
    took.sort()
    return ConsoleFigure(what, round(took[len(took) // 2], 1), round(took[math.ceil(len(took) * 0.99) - 1], 1), most)


def show(found: ConsoleFigures) -> None:
    """Print the figures for people."""
    title = f"The console with {found.messages:,} journalled messages, {found.cases:,} cases"
    table = Table(title=title, title_justify="left", show_edge=False)
    for heading in ("question", "p50 ms", "p99 ms", "at most", ""):
        table.add_column(heading, justify="left" if heading in ("question", "") else "right")
    for one in found.figures:
        table.add_row(one.what, str(one.p50), str(one.p99), f"{one.most:g}", "over" if one.over else "")
    console().print(table)
