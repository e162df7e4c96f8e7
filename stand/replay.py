"""`aimaq replay`: flow files played against a stand and judged; without `--stand`, on a stand of its own.

Exit codes: 0 every flow conforms, 1 one does not, 2 bad usage or a bad file, 3 nothing can be told of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import typer
import uvloop

from aimaq.calendar import Calendar, load_overrides
from aimaq.clock import StandClock, SystemClock
from aimaq.errors import AimaqError, InvalidInput, Unavailable, Unconfigured
from aimaq.regulation import Catalogue
from stand import report as reports
from stand.address import StandAddress, find
from stand.embedded import embedded
from stand.flowfile import FLOWS, FlowFile, Mistakes, files, read
from stand.law import Language, Output, OutputOption
from stand.player import PATIENCE, play
from stand.run import COULD_NOT_TELL, Replay, Run, Untold
from stand.tables import show_run, show_summary, show_untold

BAD_USAGE = 2

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
    law: Annotated[
        list[Path] | None, typer.Option(help="Regulation files or folders, in place of those of the same id.")
    ] = None,
    calendar: Annotated[
        Path | None, typer.Option(help="YAML with days that are worked or off against the rule.")
    ] = None,
    patience: Annotated[
        float, typer.Option(help="Seconds to wait for what a stand does by itself.", min=0.1)
    ] = PATIENCE,
    brief: Annotated[bool, typer.Option("--brief", help="Only what is wrong, and the summary.")] = False,
    language: Annotated[Language, typer.Option(help="The language of the findings.")] = Language.EN,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Play flows as the people in them, and judge every step and table row against the regulation."""
    try:
        kinds = reports.chosen(report)
        catalogue = laws(law or [])
        days = Calendar(load_overrides(calendar)) if calendar else Calendar()
        wanted = chosen(flows or [], everything, catalogue)
        pretty = output is Output.PRETTY
        teller = (lambda one: _tell(one, language, brief)) if pretty else (lambda one: None)
        address = find(stand, home) if stand else None
        done = uvloop.run(_replay(wanted, address, catalogue, days, seed, patience, teller))
        written = reports.write(done, kinds, report_dir) if kinds else []
    except AimaqError as error:
        raise refused("replay", error) from None
    if pretty:
        show_summary(done, language)
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


def laws(paths: Sequence[Path]) -> Catalogue:
    """The regulations that come with Aimaq, with those in these files in place of the ones of the same id."""
    for path in paths:
        if not path.exists():
            raise Unconfigured(f"{path}: no such regulation file or folder")
    if not paths:
        return Catalogue.bundled()
    own = Catalogue.load(paths)
    return Catalogue([*own, *(regulation for regulation in Catalogue.bundled() if regulation.id not in own)])


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
    flows: Sequence[FlowFile], stand: StandAddress | None, catalogue: Catalogue, calendar: Calendar,
    seed: str | None, patience: float, tell: Told,
) -> Replay:  # fmt: skip
    if stand is None:
        with TemporaryDirectory(prefix="aimaq-") as temporary:
            async with own_stand(Path(temporary), catalogue) as own:
                return await play_all(flows, own, seed or "1", catalogue, calendar, patience, tell)
    # The same people cannot register twice: a stand that lives on gets others each time, unless a seed is given.
    fresh = f"{SystemClock().now():%Y%m%dT%H%M%S%f}"
    return await play_all(flows, stand, seed or fresh, catalogue, calendar, patience, tell)


@asynccontextmanager
async def own_stand(home: Path, catalogue: Catalogue) -> AsyncIterator[StandAddress]:
    """A stand in this process whose clock can be moved, until the block ends."""
    async with embedded(home, catalogue=catalogue, clock=StandClock()) as stand:
        yield StandAddress("embedded", stand.urls, stand.admin_token, stand.clock)


async def play_all(
    flows: Sequence[FlowFile], stand: StandAddress, seed: str, catalogue: Catalogue,
    calendar: Calendar | None = None, patience: float = PATIENCE, tell: Told = lambda one: None,
) -> Replay:  # fmt: skip
    """Play the flows one after another and tell each as it is done; a flow that cannot be told of is not the end."""
    loop, at = asyncio.get_running_loop(), (stand.clock or SystemClock()).now()
    began = loop.time()
    runs: list[Run] = []
    untold: list[Untold] = []
    for flow in flows:
        try:
            run = await play(flow, stand, seed, catalogue=catalogue, calendar=calendar, patience=patience)
            runs.append(run)
            tell(run)
        except Unavailable as error:
            untold.append(Untold(flow.name, flow.path, error.detail))
            tell(untold[-1])
    return Replay(
        runs=tuple(runs), untold=tuple(untold), seed=seed, stand=stand.name, at=at, seconds=loop.time() - began
    )  # fmt: skip


def _tell(one: Run | Untold, language: str, brief: bool) -> None:
    if isinstance(one, Untold):
        show_untold(one)
    elif not brief or not one.conforms:
        show_run(one, language, brief)
