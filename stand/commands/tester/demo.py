"""`aimaq demo`: every flow that comes with Aimaq, on a stand of its own, and a report to look at.

The stand has a console while it is there; with `--console` it stays, with traffic on it, for as long as one looks.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
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
    from aimaq.regulation import Catalogue
    from stand.client.address import StandAddress
    from stand.flowfile import FlowFile
    from stand.replay.run import Replay

ACCOUNT = "demo"
"""Whose account opens the console of the demonstration."""


def demo(
    report_dir: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("reports"),
    language: Annotated[Language, typer.Option(help="The language of what is printed.")] = Language.EN,
    console: Annotated[
        bool, typer.Option("--console", help="Then keep the stand up, with traffic on it, until Ctrl-C.")
    ] = False,
) -> None:
    """Play every flow on a stand of its own; print what was done of what is prescribed, and write an HTML report.

    The address of the stand's console is printed first. With --console it stays after the flows.
    """
    import uvloop

    from aimaq.regulation import Catalogue
    from stand.commands.tester.playing import chosen

    try:
        flows = chosen([], everything=True, catalogue=Catalogue.bundled())
        done = uvloop.run(_demo(flows, language, report_dir, console=console))
    except AimaqError as error:
        raise refused("demo", error) from None
    raise typer.Exit(done.exit_code)


async def _demo(flows: list[FlowFile], language: str, report_dir: Path, *, console: bool) -> Replay:
    from aimaq.regulation import Catalogue
    from stand.commands.tester.playing import own_stand, play_all, teller
    from stand.show import report as reports
    from stand.show.tables import show_summary

    catalogue, tell = Catalogue.bundled(), teller(language, brief=True, everything=True)
    with TemporaryDirectory(prefix="aimaq-") as home:
        async with own_stand(Path(home), catalogue) as stand:
            await open_console(stand, stays=console)
            echo(f"commands: aimaq traffic --stand {stand.urls['gateway']} --home {home}    (and the others alike)")
            done = await play_all(flows, stand, "1", catalogue, tell=tell, at_once=AT_ONCE, everything=True)
            written = reports.write(done, ["html"], report_dir, "demo")
            show_summary(done, language, everything=True)
            for path in written:
                echo(f"report: {path}")
            if console:
                await keep_up(flows, stand, catalogue)
            return done


async def open_console(stand: StandAddress, *, stays: bool) -> None:
    """Make an account for the console, and say where that is and how one signs in."""
    from aimaq.http.client import http_client
    from aimaq.language.clock import SystemClock
    from aimaq.language.ids import Ids
    from stand.client.http import ServiceClient

    password = Ids(SystemClock()).token(8)
    body = {"roles": ["administrator"], "password": password}
    async with http_client() as session:
        registry = ServiceClient(session, stand.urls["registry"])
        await registry.call("PUT", f"/administrators/{ACCOUNT}", body, token=stand.tokens["registry"])
    until = "until Ctrl-C" if stays else "until the last flow is played; --console keeps it"
    echo(f"console: {stand.urls['gateway']}/console    account {ACCOUNT}, password {password}    ({until})")


async def keep_up(flows: list[FlowFile], stand: StandAddress, catalogue: Catalogue) -> None:
    """Keep traffic on the stand until Ctrl-C or SIGTERM, from the morning of a working day on."""
    from stand.client.clock import to_working_morning
    from stand.replay.traffic import keep_busy

    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    to_working_morning(stand.clock)
    echo(f"console: {stand.urls['gateway']}/console    traffic goes on until Ctrl-C")
    busy = asyncio.create_task(keep_busy(flows, stand, catalogue))
    await stopping.wait()
    busy.cancel()
    with suppress(asyncio.CancelledError):
        await busy
