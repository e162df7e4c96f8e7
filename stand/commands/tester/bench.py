"""The command `aimaq bench`: measures the stand beside a yardstick, the limit of the machine, or another checkout.

Exit codes: 0 it was measured, 2 it cannot be done as asked, 3 a stand or what it needs is out of reach.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from aimaq.language.errors import AimaqError, Unavailable
from stand.commands.servers import BrokerOption, DatabaseOption, ManagementOption
from stand.show.terminal import echo

T = TypeVar("T")


def bench(
    what: Annotated[
        Literal["console"] | None,
        typer.Argument(help="console: only how fast cases and searches are read, with --messages in the journal."),
    ] = None,
    broker: BrokerOption = None,
    database: DatabaseOption = None,
    management: ManagementOption = None,
    cases: Annotated[int, typer.Option(help="Cases of a measurement; with --eds, OCSP answers.", min=8)] = 2000,
    seconds: Annotated[float, typer.Option(help="How long the steady load lasts.", min=1)] = 15,
    memory: Annotated[
        bool, typer.Option("--memory", help="Only the memory of the embedded stand, over many cases.")
    ] = False,
    signatures: Annotated[
        bool, typer.Option("--eds", help="Only signatures: checking them, papers signed with them, OCSP.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(help="Only this checkout beside a git revision of it, in alternation.", metavar="REV"),
    ] = None,
    windows: Annotated[int, typer.Option(help="With --against: measurements of each side.", min=1)] = 5,
    messages: Annotated[int, typer.Option(help="With console: how many are in the journal.", min=100)] = 1_000_000,
    output: Annotated[Literal["pretty", "json"], typer.Option("-o", "--output")] = "pretty",
    report: Annotated[Path | None, typer.Option(help="A file for the figures as JSON.")] = None,
) -> None:
    """Measure complete portal cases: embedded, and with --broker and --database also in five processes.

    The yardstick is the same stand with one commit, one confirm and prefetch 1 a message. The limit is this machine's.
    With --against two checkouts are compared by the processor time of the stand divided by that of the load. With
    `console` a journal is made in a database of its own on the server of --database, and dropped afterwards.
    """
    if sum((memory, signatures, against is not None, what is not None)) > 1:
        raise typer.BadParameter("console, --memory, --eds and --against are measurements of their own: choose one")
    if what is not None and database is None:
        raise typer.BadParameter("console needs a PostgreSQL server: name it with --database")
    from stand.bench.stands import Servers

    servers = Servers(broker, database, management) if broker and database else None
    found: dict[str, object]
    show: Callable[[], None]
    if what is not None and database is not None:
        from stand.bench import console

        read = run(console.measure(database, messages, partial(echo, err=True)))
        found, show = read.as_dict(), partial(console.show, read)
    elif against is not None:
        from stand.bench import against as comparison

        result = run(comparison.compare(against, servers, cases, windows, partial(echo, err=True)))
        found, show = result.as_dict(), partial(comparison.show, result)
    else:
        from stand.bench import figures

        if signatures:
            found = run(figures.signatures(cases))
        elif memory:
            found = run(figures.memory(max(cases, 2000)))
        else:
            found = run(figures.everything(servers, cases, seconds))
        show = partial(figures.show, found)
    if report is not None:
        report.write_text(json.dumps(found, indent=2), encoding="utf-8")
    if output == "json":
        echo(json.dumps(found, indent=2))
    else:
        show()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a measurement to its end; SIGTERM ends it as Ctrl-C does, with its stands and what they left."""

    async def interruptible() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    import uvloop

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(interruptible())
    except AimaqError as error:
        echo(f"aimaq: {error.detail}", err=True)
        raise typer.Exit(3 if isinstance(error, Unavailable) else 2) from None
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
