"""`aimaq demo`: every flow that comes with Aimaq, on a stand of its own, and a report to look at."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from aimaq.language.errors import AimaqError
from stand.client.defaults import AT_ONCE
from stand.commands.options import Language
from stand.commands.tester.replay import refused
from stand.show.terminal import echo

if TYPE_CHECKING:
    from stand.flowfile import FlowFile
    from stand.replay.run import Replay


def demo(
    report_dir: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("reports"),
    language: Annotated[Language, typer.Option(help="The language of what is printed.")] = Language.EN,
) -> None:
    """Play every flow on a stand of its own; print what was done of what is prescribed, and write an HTML report."""
    import uvloop

    from aimaq.regulation import Catalogue
    from stand.commands.tester.playing import chosen
    from stand.show import report as reports
    from stand.show.tables import show_summary

    try:
        flows = chosen([], everything=True, catalogue=Catalogue.bundled())
        done = uvloop.run(_demo(flows, language))
        written = reports.write(done, ["html"], report_dir, "demo")
    except AimaqError as error:
        raise refused("demo", error) from None
    show_summary(done, language, everything=True)
    for path in written:
        echo(f"report: {path}")
    raise typer.Exit(done.exit_code)


async def _demo(flows: list[FlowFile], language: str) -> Replay:
    from aimaq.regulation import Catalogue
    from stand.commands.tester.playing import own_stand, play_all, teller

    catalogue, tell = Catalogue.bundled(), teller(language, brief=True, everything=True)
    with TemporaryDirectory(prefix="aimaq-") as home:
        async with own_stand(Path(home), catalogue) as stand:
            return await play_all(flows, stand, "1", catalogue, tell=tell, at_once=AT_ONCE, everything=True)
