"""`aimaq replay`: flow files played against a stand and judged; without `--stand`, on a stand of its own.

Exit codes: 0 every flow conforms, 1 one does not, 2 bad usage or a bad file, 3 nothing can be told of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import aiohttp
import msgspec
import typer
import uvloop

from aimaq.regulation.calendar import Calendar, load_overrides
from aimaq.language.clock import SystemClock
from aimaq.language.errors import AimaqError, InvalidInput, Unavailable
from aimaq.regulation import Catalogue
from stand.show import report as reports
from stand.client.address import GATEWAY_ANSWERS, StandAddress, find
from stand.verdict.coverage import Coverage, Item, count, exercised
from stand.runtime.embedded import embedded
from stand.flowfile import FLOWS, FlowFile, Mistakes, Wait, files, read
from stand.provision.key_kinds import Kind
from stand.commands.tester.law import Language, Output, OutputOption
from stand.runtime.catalogue import LawOption, laws
from stand.replay.player import PATIENCE, play
from stand.replay.run import COULD_NOT_TELL, Replay, Run, Untold
from stand.show.tables import show_line, show_run, show_summary, show_untold
from stand.client.clock import stand_time, working_morning

BAD_USAGE = 2

AT_ONCE = 4
"""How many flows a stand in this process plays at a time: more only wait for one another."""

CHEAP_PASSWORDS: dict[str, Any] = {"password_memory": 8, "password_rounds": 1}
"""The settings by which a password costs next to nothing to check: of the people of one replay."""

Told = Callable[[Run | Untold], None]


def replay(
    flows: Annotated[
        list[str] | None, typer.Argument(help="Flow files, folders of them, or their names.", metavar="FLOW…")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every flow file that comes with Aimaq.")] = False,
    stand: Annotated[
        str | None, typer.Option(help="Address of a stand's gateway, or a JSON file with its addresses.")
    ] = None,
    home: Annotated[Path, typer.Option(envvar="AIMAQ_HOME", help="Home of that stand, for its token.")] = Path(
        "var/stand"
    ),
    seed: Annotated[str | None, typer.Option(help="Makes the people; the same people for the same seed.")] = None,
    report: Annotated[str, typer.Option(help=f"Also write reports: {','.join(reports.FORMATS)}.")] = "",
    report_dir: Annotated[Path, typer.Option(help="Where the reports go.")] = Path("reports"),
    law: LawOption = None,
    calendar: Annotated[
        Path | None, typer.Option(help="YAML with days that are worked or off against the rule.")
    ] = None,
    patience: Annotated[
        float, typer.Option(help="Seconds to wait for what a stand does by itself.", min=0.1)
    ] = PATIENCE,
    keys: Annotated[
        Kind,
        typer.Option(help="The people's keys: p-256, or rsa-2048 as most have, each of which takes 0.1 s to make."),
    ] = Kind.CURVE,
    at_once: Annotated[
        int | None,
        typer.Option(help=f"Flows played at a time; {AT_ONCE} on a stand of its own, 1 on another.", min=1),
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Only what is wrong, and the summary.")] = False,
    language: Annotated[Language, typer.Option(help="The language of the findings.")] = Language.EN,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Play flows as the people in them, and judge every step and table row against the regulation."""
    try:
        kinds = reports.chosen(report)
        catalogue = laws(law)
        days = Calendar(load_overrides(calendar)) if calendar else Calendar()
        wanted = chosen(flows or [], everything, catalogue)
        pretty = output is Output.PRETTY
        tell = teller(language, brief, everything) if pretty else (lambda one: None)
        address = find(stand, home) if stand else None
        how = {"calendar": days, "patience": patience, "tell": tell, "everything": everything, "keys": keys}
        done = uvloop.run(_replay(wanted, address, catalogue, seed, at_once, how))
        written = reports.write(done, kinds, report_dir) if kinds else []
    except AimaqError as error:
        raise refused("replay", error) from None
    if pretty:
        show_summary(done, language, everything=everything)
        for path in written:
            typer.echo(f"report: {path}")
    else:
        typer.echo(msgspec.json.format(msgspec.json.encode({"conforms": done.conforms, "replay": done})).decode())
    raise typer.Exit(done.exit_code)


def refused(command: str, error: AimaqError) -> typer.Exit:
    """Say an error on stderr, a line a mistake, and give the exit code that goes with it."""
    if isinstance(error, Mistakes):
        for mistake in error.mistakes:
            typer.echo(str(mistake), err=True)
        count = len(error.mistakes)
        typer.echo(f"aimaq {command}: {count} mistake{'s' * (count > 1)}; nothing was played", err=True)
    else:
        typer.echo(f"aimaq {command}: {error.detail}", err=True)
    return typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else BAD_USAGE)


def chosen(words: Sequence[str], everything: bool, catalogue: Catalogue) -> list[FlowFile]:
    """The flows asked for, read and checked; Mistakes with those of all files if any file has one."""
    if not words and not everything:
        raise InvalidInput("name a flow file, or ask for --all")
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
    given = Path(word)
    named = (FLOWS / word, FLOWS / f"{word}.yaml")
    return given if given.exists() else next((path for path in named if path.exists()), given)


async def _replay(
    flows: Sequence[FlowFile], stand: StandAddress | None, catalogue: Catalogue, seed: str | None,
    at_once: int | None, how: dict[str, Any],
) -> Replay:  # fmt: skip
    if stand is None:
        with TemporaryDirectory(prefix="aimaq-") as temporary:
            async with own_stand(Path(temporary), catalogue) as own:
                return await play_all(flows, own, seed or "1", catalogue, at_once=at_once or AT_ONCE, **how)
    # The same people cannot register twice: a stand that lives on gets others each time, unless a seed is given.
    fresh = f"{SystemClock().now():%Y%m%dT%H%M%S%f}"
    return await play_all(flows, stand, seed or fresh, catalogue, at_once=at_once or 1, **how)


@asynccontextmanager
async def own_stand(home: Path, catalogue: Catalogue) -> AsyncIterator[StandAddress]:
    """A stand in this process whose clock can be moved, until the block ends. Its people's passwords are worth little.

    They are made up, known from the seed, and gone with the stand: to hash them at length would be most of the work.
    Its day begins at ten in the morning of a working day, so that no office closes while a flow is played.
    """
    async with embedded(home, catalogue=catalogue, clock=working_morning(), **CHEAP_PASSWORDS) as stand:
        yield StandAddress("embedded", stand.urls, stand.admin_token, stand.clock)


async def play_all(
    flows: Sequence[FlowFile], stand: StandAddress, seed: str, catalogue: Catalogue,
    calendar: Calendar | None = None, patience: float = PATIENCE, tell: Told = lambda one: None, *,
    at_once: int = 1, everything: bool = False, keys: Kind = Kind.CURVE,
) -> Replay:  # fmt: skip
    """Play the flows, `at_once` at a time, and tell each as it is done; one that cannot be told of is not the end.

    Those that wait move the clock for everyone: they are played alone, after the others. With `everything` what no
    flow of a channel was played for counts as not exercised.
    """
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
        runs=runs, untold=tuple(one for one in done if isinstance(one, Untold)), seed=seed, stand=stand.name, at=at,
        seconds=loop.time() - began, coverage=_coverage(runs, catalogue, everything),
    )  # fmt: skip


def _coverage(runs: Sequence[Run], catalogue: Catalogue, everything: bool) -> Coverage:
    """What the runs that conform have exercised, of the flows played or of all there are."""
    done: dict[tuple[str, str], list[frozenset[Item]]] = {}
    for run in runs:
        ran = done.setdefault((run.regulation, run.channel), [])
        if run.conforms:
            ran.append(exercised(catalogue.flow(run.regulation, run.channel), run.verdict))
    return count(catalogue, done, only_played=not everything)


async def _time_of(stand: StandAddress) -> datetime:
    """The stand's time; the machine's, if the stand cannot be asked: then nothing will be told of any flow."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=GATEWAY_ANSWERS)) as session:
        try:
            return await stand_time(session, stand)
        except Unavailable:
            return SystemClock().now()


def teller(language: str, brief: bool, everything: bool) -> Told:
    """How each flow is told as it is done: its tables, or with all of them a line."""

    def tell(one: Run | Untold) -> None:
        if isinstance(one, Untold):
            show_untold(one)
        elif everything and one.conforms:
            show_line(one, language)
        elif not brief or not one.conforms:
            show_run(one, language, brief)

    return tell
