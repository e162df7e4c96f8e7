"""The command `aimaq`. Exit codes: 0 pass, 1 the flow did not conform, 2 bad usage or file, 3 could not tell."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from aimaq import __version__
from aimaq.language.errors import AimaqError, Unavailable
from aimaq.language.messages import PARTIES
from aimaq.settings import Settings
from stand.runtime.catalogue import LawOption
from stand.runtime.logs.discreet import logs

app = typer.Typer(help="Aimaq: a stand of Kazakhstan's e-government gateway topology.", no_args_is_help=True,
                  pretty_exceptions_enable=False, add_completion=False)  # fmt: skip
ELSEWHERE = {
    "law": "stand.law:app",
    "flow": "stand.flows:app",
    "broker": "stand.broker:app",
    "replay": "stand.replay:replay",
    "clock": "stand.clock:app",
    "dead": "stand.dead:app",
    "case": "stand.case:app",
    "verify": "stand.verify:verify",
    "demo": "stand.demo:demo",
    "people": "stand.people:app",
    "signatures": "stand.signatures.command:app",
    "ca": "stand.ca:app",
    "keys": "stand.keyring:app",
    "bench": "stand.bench.command:bench",
    "status": "stand.doctor:status",
    "doctor": "stand.doctor:doctor",
}
"""The commands that live in rooms of their own. Each is loaded when it is called for: a service starts without them."""

BAD_USAGE, COULD_NOT_TELL = 2, 3
Home = Annotated[Path, typer.Option(envvar="AIMAQ_HOME", help="Where the stand keeps keys and data.")]


@app.command()
def up(
    home: Home = Path("var/stand"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    first_port: Annotated[int | None, typer.Option(help="The first of five ports in a row.", min=1, max=65531)] = None,
    broker_url: Annotated[str | None, typer.Option("--broker", help="RabbitMQ, as its administrator.")] = None,
    database: Annotated[str | None, typer.Option("--database", help="PostgreSQL server.")] = None,
    management: Annotated[str | None, typer.Option(help="RabbitMQ's management API, if it is on another host.")] = None,
    vhost: Annotated[str, typer.Option(help="The virtual host of this stand.")] = "aimaq",
    prefix: Annotated[str, typer.Option(help="What the stand's queues, users and databases begin with.")] = "aimaq",
    autopilot: Annotated[bool, typer.Option("--autopilot", help="Officials decide by themselves.")] = False,
    law: LawOption = None,
    log_level: Annotated[str, typer.Option(envvar="AIMAQ_LOG_LEVEL")] = "warning",
) -> None:
    """Run the stand: all in this process, or with --broker and --database in five processes."""
    from stand.up import up as bring_up

    logs(log_level)
    run(bring_up(home, host, first_port, broker_url, database, management, vhost, prefix, autopilot, law or []))


@app.command()
def serve(party: Annotated[str, typer.Argument(help=f"One of {', '.join(PARTIES)}.")]) -> None:
    """Run one service with the settings in AIMAQ_*; what a container or the supervisor runs."""
    from stand.runtime.serve import serve as serve_one

    async def work() -> None:
        settings = Settings.from_environment(party=party)
        logs(settings.log_level)
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
        typer.echo(f"keys of the stand: {home / 'keys'}")

    run(work())


@app.command()
def version() -> None:
    """Say which version this is."""
    typer.echo(__version__)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; an error it foresees is one line and an exit code, never a traceback."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    except AimaqError as error:
        typer.echo(f"aimaq: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else BAD_USAGE) from None
    except BaseExceptionGroup as group:
        told = [error for error in group.exceptions if isinstance(error, AimaqError)]
        if not told:
            raise
        typer.echo(f"aimaq: {told[0].detail}", err=True)
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
    """The console script."""
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    own = {"up", "serve", "provision", "version"}
    load([first] if first in ELSEWHERE else [] if first in own else ELSEWHERE)()
