"""`aimaq traffic`: what moves between a stand's systems, what waits, which link is in trouble; once, or all the time.

Exit codes: 0 done, 2 it cannot be done as asked, 3 the stand is out of reach.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, Technical, Unavailable
from stand.commands.options import COULD_NOT_TELL, HERE, HOME, USAGE, HomeOption, Output, OutputOption, StandOption
from stand.show.terminal import echo, line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stand.client.address import StandAddress

EVERY = 1.0
"""Seconds from one look at the traffic to the next."""

Show = Callable[[dict[str, Any]], None]


class Window(enum.StrEnum):
    """The time that is looked at."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


def traffic(
    window: Annotated[Window, typer.Option(help="This minute and the last, an hour, or a day.")] = Window.MINUTE,
    watch: Annotated[bool, typer.Option("--watch", help="Look again each second, until Ctrl-C.")] = False,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Show each system's link with the gateway: its state, messages a second, latencies, what is refused and waits.

    A route is who sends to whom. With --watch and -o json each look is a line.
    """
    from rich.live import Live

    from stand.show.console import console

    try:
        if output is Output.JSON:
            _look(stand, home, window, lambda found: echo(_json(found, indent=0 if watch else 2)), watch=watch)
        elif watch:
            with Live(console=console(), auto_refresh=False) as live:
                _look(stand, home, window, lambda found: live.update(_page(found), refresh=True), watch=True)
        else:
            _look(stand, home, window, lambda found: console().print(_page(found)), watch=False)
    except KeyboardInterrupt:
        return
    except AimaqError as error:
        line(f"aimaq traffic: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None


def _look(stand: str, home: Path, window: Window, show: Show, *, watch: bool) -> None:
    from stand.client.address import find

    asyncio.run(_shown(find(stand, home), window, show, watch=watch))


async def _shown(there: StandAddress, window: Window, show: Show, *, watch: bool) -> None:
    from aimaq.http.client import http_client
    from stand.client.address import GATEWAY_ANSWERS
    from stand.client.http import ServiceClient

    async with http_client(timeout=GATEWAY_ANSWERS) as session:
        gateway = ServiceClient(session, there.urls["gateway"])
        while True:
            reply = await gateway.call("GET", f"/traffic?window={window}", token=there.tokens["gateway"])
            if reply.refused:
                raise InvalidInput(Technical(reply.detail))
            show(reply.body)
            if not watch:
                return
            await asyncio.sleep(EVERY)


def _json(value: Any, *, indent: int) -> str:
    data = msgspec.json.encode(value)
    return (msgspec.json.format(data, indent=indent) if indent else data).decode()


def _page(found: dict[str, Any]) -> RenderableType:
    """The links, the routes on which something moved, and the totals in a line."""
    from rich.console import Group
    from rich.text import Text

    from stand.show.lawbook import table_of

    links = table_of(
        "system", "state", "in/s", "out/s", "p50 ms", "p99 ms", "refused", "retried", "held", "dead", "unsent", "oldest"
    )
    for link in found["links"]:
        here, there = link["here"], link["there"]
        links.add_row(
            link["system"] + ("" if link["kind"] == "party" else f" ({link['kind']})"),
            link["state"],
            _number(link["sent"]["rate"]),
            _number(link["received"]["rate"]),
            _number(link["p50"]),
            _number(link["p99"]),
            *(str(count) for count in (link["sent"]["refused"], link["retried"])),
            str(here["held"]),
            str(here["dead"] + (there["dead"] if there is not None else 0)),
            str(here["unsent"]),
            _age(here["oldest"]),
        )
    routes = table_of("from", "to", "messages", "a second", "p50 ms", "p99 ms", "refused", "last, UTC")
    for route in found["routes"]:
        counted = route["traffic"]
        if counted["accepted"] or counted["refused"]:
            figures = str(counted["accepted"]), *(map(_number, (counted["rate"], route["p50"], route["p99"])))
            refused, last = str(counted["refused"]), route["last_at"][11:19]
            routes.add_row(route["sender"], route["recipient"], *figures, refused, last)
    total, waiting = found["total"], found["waiting"]
    sums = (
        f"{found['window']} from {found['since']}: {total['accepted']} messages, {_number(total['rate'])} a second,"
        f" {total['refused']} refused; waiting {waiting['held'] + waiting['retry'] + waiting['unsent']},"
        f" dead {waiting['dead']}"
    )
    return Group(links, *([routes] if routes.row_count else []), Text(sums))


def _number(value: float | None) -> str:
    """Three digits of it; a dash where it is not known."""
    return "-" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _age(seconds: float | None) -> str:
    """A time as people say it; nothing where nothing waits."""
    if seconds is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"
