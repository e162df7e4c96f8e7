"""`aimaq demo`: every flow that comes with Aimaq, on a stand of its own, and a report to look at."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvloop

from aimaq.errors import AimaqError
from aimaq.regulation import Catalogue
from stand import report as reports
from stand.flowfile import FlowFile
from stand.law import Language
from stand.replay import chosen, own_stand, play_all, refused
from stand.run import Replay, Run, Untold
from stand.tables import show_run, show_summary, show_untold


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
    show_summary(done, language)
    for path in written:
        typer.echo(f"report: {path}")
    raise typer.Exit(done.exit_code)


async def _demo(flows: list[FlowFile], language: str) -> Replay:
    catalogue = Catalogue.bundled()

    def tell(one: Run | Untold) -> None:
        if isinstance(one, Untold):
            show_untold(one)
        elif not one.conforms:
            show_run(one, language, brief=True)
        else:
            typer.echo(f"✓ {one.title.say(language)}")

    with TemporaryDirectory(prefix="aimaq-") as home:
        async with own_stand(Path(home), catalogue) as stand:
            return await play_all(flows, stand, "1", catalogue, tell=tell)
