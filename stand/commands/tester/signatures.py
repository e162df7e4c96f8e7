"""The command `aimaq signatures`: makes the pack of bad signatures, and tells whether what is found in it is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aimaq.language.clock import SystemClock
from aimaq.language.errors import AimaqError
from stand.client.defaults import FLOWS
from stand.show.terminal import echo

app = typer.Typer(help="The pack of bad signatures for testers of verifiers.", no_args_is_help=True)

OTHERWISE, BAD_USAGE = 1, 2
PACK = FLOWS / "signatures"


@app.command()
def make(folder: Annotated[Path, typer.Argument(help="Where the pack is to be.")]) -> None:
    """Make a pack with keys of its own, to be judged as of now. The keys are not kept."""
    from stand.signatures import pack

    made = pack.make(folder, SystemClock().now())
    echo(f"{len(made.entries)} signatures, to be judged as of {made.at:%F %T} UTC: {folder / pack.MANIFEST}")


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="Where the pack is.")] = PACK) -> None:
    """Judge every signature of a pack, and say where another finding comes out than is expected."""
    from rich.table import Table

    from stand.show.console import console
    from stand.signatures import pack

    try:
        found = pack.judged(folder)
    except AimaqError as error:
        echo(f"aimaq: {error.detail}", err=True)
        raise typer.Exit(BAD_USAGE) from None
    table = Table(show_edge=False)
    for heading in ("signature", "expected", "found"):
        table.add_column(heading)
    wrong = 0
    for entry, verdict in found:
        wrong += verdict.codes != entry.findings
        table.add_row(entry.name, *(", ".join(codes) or "good" for codes in (entry.findings, verdict.codes)))
    console().print(table)
    if wrong:
        echo(f"{wrong} of {len(found)} are judged otherwise than expected")
        raise typer.Exit(OTHERWISE)
