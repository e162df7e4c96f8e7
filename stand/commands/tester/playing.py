"""Flow files played against a stand, several at a time; and the stand of its own on which a command plays them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from aimaq.http.client import http_client
from aimaq.language.clock import SystemClock
from aimaq.language.errors import InvalidInput, Technical, Unavailable
from aimaq.regulation import Catalogue
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.validation.completeness import refuse
from stand.client.address import GATEWAY_ANSWERS, StandAddress
from stand.client.clock import stand_time, working_morning
from stand.client.defaults import FLOWS, PATIENCE
from stand.flowfile import FlowFile, Mistakes, Wait, files, read
from stand.flowfile.coverage import Coverage, Item, count, exercised
from stand.provision.key_kinds import Kind
from stand.replay.played import played
from stand.replay.player import play
from stand.replay.run import Replay, Run, Untold
from stand.runtime.embedded import embedded
from stand.show.tables import show_line, show_run, show_untold

CHEAP_PASSWORDS: dict[str, Any] = {"password_memory": 8, "password_rounds": 1}
"""The settings by which a password costs next to nothing to check: of the people of one replay."""

Report = Callable[[Run | Untold], None]


def chosen(words: Sequence[str], catalogue: Catalogue, *, everything: bool) -> list[FlowFile]:
    """The flows asked for, read and checked; Mistakes with those of all files if any file has one."""
    if not words and not everything:
        raise InvalidInput(Technical("name a flow file, or ask for --all"))
    paths = [FLOWS] if everything else [_path(word) for word in words]
    found, mistakes = [], []
    for path in files(paths):
        flow, wrong = read(path, catalogue)
        mistakes += wrong
        if flow is not None:
            found.append(flow)
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _path(word: str) -> Path:
    """A path as given, or the flow file or folder of that name among those that come with Aimaq."""
    supplied = Path(word)
    named = (FLOWS / word, FLOWS / f"{word}.yaml")
    return supplied if supplied.exists() else next((path for path in named if path.exists()), supplied)


@asynccontextmanager
async def own_stand(home: Path, catalogue: Catalogue) -> AsyncIterator[StandAddress]:
    """A stand in this process whose clock can be moved, until the block ends. Its people's passwords are worth little.

    They are made up, known from the seed, and gone with the stand: to hash them at length would be most of the work.
    Its day begins at ten in the morning of a working day, so that no office closes while a flow is played.
    """
    async with embedded(home, catalogue=catalogue, clock=working_morning(), **CHEAP_PASSWORDS) as stand:
        yield StandAddress("embedded", stand.urls, stand.tokens, stand.clock)


async def play_all(
    flows: Sequence[FlowFile],
    stand: StandAddress,
    seed: str,
    catalogue: Catalogue,
    calendar: Calendar | None = None,
    patience: float = PATIENCE,
    tell: Report = lambda one: None,
    *,
    at_once: int = 1,
    everything: bool = False,
    keys: Kind = Kind.CURVE,
) -> Replay:
    """Play the flows, `at_once` at a time, and tell each as it is done; one that cannot be judged stops no other.

    Those that wait move the clock for everyone: they are played alone, after the others. With `everything` what no
    flow of a channel was played for counts as not exercised. Unconfigured if the player lacks an operation.
    """
    refuse(played())
    loop = asyncio.get_running_loop()
    began, at = loop.time(), await _time_of(stand)
    found: dict[int, Run | Untold] = {}
    gate = asyncio.Semaphore(at_once)

    async def play_one(number: int) -> None:
        flow = flows[number]
        async with gate:
            try:
                found[number] = await play(
                    flow, stand, seed, catalogue=catalogue, calendar=calendar, patience=patience, keys=keys
                )
            except Unavailable as error:
                found[number] = Untold(flow.name, flow.path, error.detail)
            tell(found[number])

    waits = [any(isinstance(happening, Wait) for happening in flow.do) for flow in flows]
    async with asyncio.TaskGroup() as group:
        for number, moves in enumerate(waits):
            if not moves:
                group.create_task(play_one(number))
    for number, moves in enumerate(waits):
        if moves:
            await play_one(number)
    done = [found[number] for number in range(len(flows))]
    runs = tuple(one for one in done if isinstance(one, Run))
    return Replay(
        runs=runs,
        untold=tuple(one for one in done if isinstance(one, Untold)),
        seed=seed,
        stand=stand.name,
        at=at,
        seconds=loop.time() - began,
        coverage=_coverage(runs, catalogue, everything=everything),
    )


def _coverage(runs: Sequence[Run], catalogue: Catalogue, *, everything: bool) -> Coverage:
    """What the runs that conform have exercised, of the flows played or of all there are."""
    done: dict[tuple[str, str], list[frozenset[Item]]] = {}
    for run in runs:
        ran = done.setdefault((run.regulation, run.channel), [])
        if run.conforms:
            ran.append(exercised(catalogue.flow(run.regulation, run.channel), run.verdict))
    return count(catalogue, done, only_played=not everything)


async def _time_of(stand: StandAddress) -> datetime:
    """The stand's time; the machine's, if the stand cannot be asked: then no flow can be judged."""
    async with http_client(timeout=GATEWAY_ANSWERS) as session:
        try:
            return await stand_time(session, stand)
        except Unavailable:
            return SystemClock().now()


def teller(language: str, *, brief: bool, everything: bool) -> Report:
    """How each flow is told as it is done: its tables, or with all of them a line."""

    def tell(one: Run | Untold) -> None:
        if isinstance(one, Untold):
            show_untold(one)
        elif everything and one.conforms:
            show_line(one, language)
        elif not brief or not one.conforms:
            show_run(one, language, brief=brief)

    return tell
