"""`aimaq clock`: the clock of a stand that runs, told, stopped, moved forward, made to run faster. Each is a REST call.

Exit codes: 0 done, 2 it cannot be done as asked (time does not go back), 3 the stand is out of reach.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, Technical, Unavailable
from stand.commands.options import COULD_NOT_TELL, HERE, HOME, USAGE, HomeOption, Output, OutputOption, StandOption
from stand.show.terminal import echo

app = typer.Typer(
    name="clock",
    help="The stand's clock: now, pin, advance, scale, reset.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def now(stand: StandOption = HERE, output: OutputOption = Output.PRETTY) -> None:
    """Say what the stand's clock shows and how it runs."""
    _say("GET", None, stand, None, output)


@app.command()
def pin(
    at: Annotated[
        str | None, typer.Argument(help="2026-04-20T09:00, in Almaty time; now, if left out.", metavar="[INSTANT]")
    ] = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Stop the clock: it stands still until it is advanced, scaled or reset."""
    _say("PUT", {"mode": "pinned"} | ({"at": at} if at is not None else {}), stand, home, output)


@app.command()
def advance(
    by: Annotated[
        str | None, typer.Argument(help="3wd (working days), 2h, 15min, 1mo, PT15M …", metavar="[DURATION]")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="An instant, in Almaty time, instead.")] = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Move the clock forward, by a length of time or to an instant."""
    body = {name: value for name, value in (("by", by), ("to", to)) if value is not None}
    _say("POST", body, stand, home, output)


@app.command()
def scale(
    rate: Annotated[float, typer.Argument(help="60: a minute passes in a second.")],
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Let the clock run on from where it is, so many times as fast as the machine's."""
    _say("PUT", {"mode": "scaled", "rate": rate}, stand, home, output)


@app.command()
def reset(stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY) -> None:
    """Show the machine's time again, unless the clock is ahead of it: time does not go back."""
    _say("PUT", {"mode": "real"}, stand, home, output)


def _say(method: str, body: dict[str, Any] | None, stand: str, home: Path | None, output: Output) -> None:
    from stand.client.address import gateway_of, token_in

    try:
        token = token_in(home, "gateway") if home is not None else ""
        found = asyncio.run(_called(method, body, gateway_of(stand), token))
    except AimaqError as error:
        echo(f"aimaq clock: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None
    if output is Output.JSON:
        echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        echo(line(found))


async def _called(method: str, body: dict[str, Any] | None, gateway: str, token: str) -> dict[str, Any]:
    from aimaq.http.client import http_client
    from stand.client.address import GATEWAY_ANSWERS
    from stand.client.http import ServiceClient

    async with http_client(timeout=GATEWAY_ANSWERS) as session:
        reply = await ServiceClient(session, gateway).call(method, "/clock", body, token=token)
    if reply.refused:
        raise InvalidInput(Technical(reply.detail))
    if "local" not in reply.body:
        raise Unavailable(Technical(f"{gateway} does not tell a stand's time"))
    return reply.body


def line(reading: dict[str, Any]) -> str:
    """What the clock shows, in two lines for a person."""
    local = datetime.fromisoformat(reading["local"])
    kind = "a working day" if reading["working_day"] else "a day off"
    how = {
        "real": "the machine's time",
        "pinned": "it stands still",
        "advanced": "it runs as fast as the machine's",
        "scaled": f"it runs {reading['rate']:g} times as fast as the machine's",
    }[reading["mode"]]
    ahead = timedelta(seconds=round(reading["ahead"]))
    if reading["mode"] != "real":
        how += f", {abs(ahead)} {'behind' if ahead < timedelta() else 'ahead of'} the machine's"
    return f"{local:%Y-%m-%d %H:%M:%S} in Almaty, {local:%A}, {kind}\n{how}"
