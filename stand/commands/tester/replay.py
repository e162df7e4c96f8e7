"""`aimaq replay`: flow files played against a stand and judged; without `--stand`, on a stand of its own.

Exit codes: 0 every flow conforms, 1 one does not, 2 bad usage or a bad file, 3 one cannot be judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from aimaq.language.errors import AimaqError, Unavailable
from stand.client.defaults import AT_ONCE, PATIENCE, REPORTS
from stand.commands.options import COULD_NOT_TELL, USAGE, Language, Output, OutputOption
from stand.provision.key_kinds import Kind
from stand.runtime.catalogue import LawOption, laws
from stand.show.terminal import echo

if TYPE_CHECKING:
    from aimaq.regulation import Catalogue
    from stand.client.address import StandAddress
    from stand.flowfile import FlowFile
    from stand.replay.run import Replay


def replay(
    flows: Annotated[
        list[str] | None, typer.Argument(help="Flow files, folders of them, or their names.", metavar="FLOW…")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every flow file that comes with Aimaq.")] = False,
    stand: Annotated[
        str | None, typer.Option(help="Address of a stand's gateway, or a JSON file with its addresses.")
    ] = None,
    home: Annotated[
        Path, typer.Option(envvar="AIMAQ_HOME", help="Home of that stand, where its services' tokens are.")
    ] = Path("var/stand"),
    seed: Annotated[str | None, typer.Option(help="Makes the people; the same people for the same seed.")] = None,
    report: Annotated[str, typer.Option(help=f"Also write reports: {','.join(REPORTS)}.")] = "",
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
    import uvloop

    from aimaq.regulation.calendar import Calendar, load_overrides
    from stand.client.address import find
    from stand.commands.tester.playing import chosen, teller
    from stand.show import report as reports
    from stand.show.tables import show_summary

    try:
        kinds = reports.chosen(report)
        catalogue = laws(law)
        days = Calendar(load_overrides(calendar)) if calendar else Calendar()
        wanted = chosen(flows or [], catalogue, everything=everything)
        pretty = output is Output.PRETTY
        tell = teller(language, brief=brief, everything=everything) if pretty else (lambda one: None)
        address = find(stand, home) if stand else None
        if address is not None:  # a flow calls all five, and one whose token is not here is told before any is played
            address = replace(address, tokens=dict(address.tokens))
        how = {"calendar": days, "patience": patience, "tell": tell, "everything": everything, "keys": keys}
        done = uvloop.run(_replay(wanted, address, catalogue, seed, at_once, how))
        written = reports.write(done, kinds, report_dir) if kinds else []
    except AimaqError as error:
        raise refused("replay", error) from None
    if pretty:
        show_summary(done, language, everything=everything)
        for path in written:
            echo(f"report: {path}")
    else:
        echo(msgspec.json.format(msgspec.json.encode({"conforms": done.conforms, "replay": done})).decode())
    raise typer.Exit(done.exit_code)


def refused(command: str, error: AimaqError) -> typer.Exit:
    """Say an error on stderr, a line a mistake, and give the exit code that goes with it."""
    from stand.flowfile import Mistakes

    if isinstance(error, Mistakes):
        for mistake in error.mistakes:
            echo(str(mistake), err=True)
        count = len(error.mistakes)
        echo(f"aimaq {command}: {count} mistake{'s' * (count > 1)}; nothing was played", err=True)
    else:
        echo(f"aimaq {command}: {error.detail}", err=True)
    return typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE)


async def _replay(
    flows: Sequence[FlowFile],
    stand: StandAddress | None,
    catalogue: Catalogue,
    seed: str | None,
    at_once: int | None,
    how: dict[str, Any],
) -> Replay:
    from aimaq.language.clock import SystemClock
    from stand.commands.tester.playing import own_stand, play_all

    if stand is None:
        with TemporaryDirectory(prefix="aimaq-") as temporary:
            async with own_stand(Path(temporary), catalogue) as own:
                return await play_all(flows, own, seed or "1", catalogue, at_once=at_once or AT_ONCE, **how)
    # The same people cannot register twice: a stand that lives on gets others each time, unless a seed is given.
    fresh = f"{SystemClock().now():%Y%m%dT%H%M%S%f}"
    return await play_all(flows, stand, seed or fresh, catalogue, at_once=at_once or 1, **how)
