"""The command `aimaq`. Exit codes: 0 pass, 1 the flow did not conform, 2 bad usage or file, 3 could not tell."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from aimaq import __version__
from aimaq.language.errors import AimaqError
from aimaq.language.messages import PARTIES
from aimaq.language.undefined import undefined
from stand.commands.options import COULD_NOT_TELL, USAGE
from stand.commands.servers import BrokerOption, DatabaseOption, ManagementOption
from stand.runtime.catalogue import LawOption
from stand.show.output import robust
from stand.show.terminal import echo

app = typer.Typer(
    help="Aimaq: a stand of Kazakhstan's e-government gateway topology.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
ELSEWHERE = {
    "law": "stand.commands.tester.law:app",
    "flow": "stand.commands.tester.flow:app",
    "broker": "stand.commands.administrator.broker:app",
    "replay": "stand.commands.tester.replay:replay",
    "clock": "stand.commands.operator.clock:app",
    "dead": "stand.commands.operator.dead:app",
    "case": "stand.commands.operator.case:app",
    "audit": "stand.commands.operator.audit:audit",
    "deadlines": "stand.commands.operator.deadlines:deadlines",
    "verify": "stand.commands.tester.verify:verify",
    "demo": "stand.commands.tester.demo:demo",
    "people": "stand.commands.administrator.people:app",
    "signatures": "stand.commands.tester.signatures:app",
    "ca": "stand.commands.administrator.ca:app",
    "keys": "stand.commands.administrator.keys:app",
    "bench": "stand.commands.tester.bench:bench",
    "status": "stand.commands.operator.doctor:status",
    "doctor": "stand.commands.operator.doctor:doctor",
    "traffic": "stand.commands.operator.traffic:traffic",
}
"""The commands that live in rooms of their own. They declare options; what they run is loaded when they run it."""

Home = Annotated[Path, typer.Option(envvar="AIMAQ_HOME", help="Where the stand keeps keys and data.")]

VhostOption = Annotated[str, typer.Option(help="The virtual host of this stand.")]
PrefixOption = Annotated[str, typer.Option(help="What the stand's queues, users and databases begin with.")]


@app.command()
def up(
    home: Home = Path("var/stand"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    first_port: Annotated[int | None, typer.Option(help="The first of five ports in a row.", min=1, max=65531)] = None,
    broker_url: BrokerOption = None,
    database: DatabaseOption = None,
    management: ManagementOption = None,
    vhost: VhostOption = "aimaq",
    prefix: PrefixOption = "aimaq",
    autopilot: Annotated[bool, typer.Option("--autopilot", help="Officials decide by themselves.")] = False,
    law: LawOption = None,
    log_level: Annotated[str, typer.Option(envvar="AIMAQ_LOG_LEVEL")] = "warning",
    log_format: Annotated[str, typer.Option(envvar="AIMAQ_LOG_FORMAT", help="text, or json.")] = "text",
) -> None:
    """Run the stand: all in this process, or with --broker and --database in five processes."""
    from stand.commands.variables import warn
    from stand.runtime.logs import logs
    from stand.runtime.up import up as bring_up

    logs(log_level, log_format)
    warn(os.environ)
    where = home, host, first_port, broker_url, database, management, vhost, prefix
    run(bring_up(*where, law or [], autopilot=autopilot, log_level=log_level, log_format=log_format))


@app.command()
def down(
    home: Home = Path("var/stand"),
    remove: Annotated[bool, typer.Option("--remove", help="Delete all that the stand made, its data too.")] = False,
    broker_url: BrokerOption = None,
    database: DatabaseOption = None,
    management: ManagementOption = None,
    vhost: VhostOption = "aimaq",
    prefix: PrefixOption = "aimaq",
) -> None:
    """Stop the stand of this home; with --remove, and the options that `up` was given, delete what it made."""
    from stand.runtime.down import remove as take_away
    from stand.runtime.down import stop

    async def work() -> None:
        pid = await stop(home)
        echo(f"no stand runs in {home}" if pid is None else f"stopped the stand in {home} (process {pid})")
        if remove:
            removed, missing = await take_away(home, broker_url, database, management, vhost, prefix)
            echo(f"removed {', '.join(removed)}")
            if missing:
                echo(f"not there: {', '.join(missing)}; name the --vhost and the --prefix that `up` was given")

    run(work())


@app.command()
def serve(party: Annotated[str, typer.Argument(help=f"One of {', '.join(PARTIES)}.")]) -> None:
    """Run one service with the settings in AIMAQ_*; what a container or the supervisor runs."""
    from aimaq.settings import Settings
    from stand.commands.variables import warn
    from stand.runtime.logs import logs
    from stand.runtime.serve import serve as serve_one

    async def work() -> None:
        settings = Settings.from_environment(party=party)
        logs(settings.log_level, settings.log_format)
        warn(os.environ)
        await serve_one(settings)

    run(work())


@app.command()
def provision(
    home: Home = Path("var/stand"),
    clock_folder: Annotated[
        str, typer.Option(envvar="AIMAQ_CLOCK_FOLDER", help="Where the stand's clock is kept, if not in the home.")
    ] = "",
    registry_url: Annotated[
        str, typer.Option(envvar="AIMAQ_REGISTRY_URL", help="Where certificates say that their status is told.")
    ] = "",
    authority_keys: Annotated[
        str, typer.Option(envvar="AIMAQ_AUTHORITY_KEYS", help="The keys of a new authority: rsa, or p-256 for speed.")
    ] = "rsa",
) -> None:
    """Make the keys, certificates and tokens of a stand; those that are there, and in date, stay as they are."""

    async def work() -> None:
        from aimaq.language.clock import StandClock
        from aimaq.settings import clock_file
        from stand.provision import keys

        clock = StandClock(file=clock_file(home, clock_folder))
        keys.provision(home, clock, registry_url=registry_url, authority_keys=authority_keys)
        echo(f"keys of the stand: {home / 'keys'}")

    run(work())


@app.command()
def version() -> None:
    """Say which version this is."""
    echo(__version__)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; an error it foresees is one line and an exit code, never a traceback."""
    import uvloop

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    except AimaqError as error:
        echo(f"aimaq: {error.detail}", err=True)
        raise typer.Exit(error.exit_code) from None
    except BaseExceptionGroup as group:
        described = [error for error in group.exceptions if isinstance(error, AimaqError)]
        if not described:
            raise
        echo(f"aimaq: {described[0].detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def load(names: Iterable[str] = ELSEWHERE) -> typer.Typer:
    """The application with these of the commands that live elsewhere; all of them unless told otherwise."""
    for name in names:
        module, _, attribute = ELSEWHERE[name].partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def main() -> None:
    """The console script. A name that a module of Aimaq does not define is one line, and a mistake in the code."""
    robust()
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    own = {"up", "down", "serve", "provision", "version"}
    try:
        load([first] if first in ELSEWHERE else [] if first in own else ELSEWHERE)()
    except (ImportError, AttributeError) as error:
        if (lack := undefined(error)) is None:
            raise
        echo(f"aimaq: {lack}", err=True)
        raise SystemExit(USAGE) from None
