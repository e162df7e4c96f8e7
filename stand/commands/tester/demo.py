"""`aimaq demo`: every flow that comes with Aimaq, on a stand of its own, and a report to look at."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvloop

from aimaq.language.errors import AimaqError
from aimaq.regulation import Catalogue
from stand.show import report as reports
from stand.flowfile import FlowFile
from stand.commands.tester.law import Language
from stand.commands.tester.playing import AT_ONCE, chosen, own_stand, play_all, refused, teller
from stand.replay.run import Replay
from stand.show.tables import show_summary


def demo(
    report_dir: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("reports"),
    language: Annotated[Language, typer.Option(help="The language of what is printed.")] = Language.EN,
) -> None:
    """Play every flow on a stand of its own; print what was done of what is prescribed, and write an HTML report."""
    try:
        flows = chosen([], everything=True, catalogue=Catalogue.bundled())
        done = uvloop.run(_demo(flows, language))
        written = reports.write(done, ["html"], report_dir, "demo")
    except AimaqError as error:
        raise refused("demo", error) from None
    show_summary(done, language, everything=True)
    for path in written:
        typer.echo(f"report: {path}")
    raise typer.Exit(done.exit_code)


async def _demo(flows: list[FlowFile], language: str) -> Replay:
    catalogue, tell = Catalogue.bundled(), teller(language, brief=True, everything=True)
    with TemporaryDirectory(prefix="aimaq-") as home:
        async with own_stand(Path(home), catalogue) as stand:
            return await play_all(flows, stand, "1", catalogue, tell=tell, at_once=AT_ONCE, everything=True)
