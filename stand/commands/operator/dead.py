"""`aimaq dead`: the dead letters of a stand's services: listed, shown, put back to be handled again, given up for good.

Exit codes: 0 done, 1 a message that was put back is dead again, 2 it cannot be done as asked (no such message),
3 the stand, or one of its services, is out of reach.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import quote

import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, NotFound, Technical, Unavailable
from aimaq.language.messages import PARTIES
from stand.commands.options import COULD_NOT_TELL, HERE, HOME, USAGE, HomeOption, Output, OutputOption, StandOption
from stand.show.terminal import echo, line

if TYPE_CHECKING:
    from stand.client.address import StandAddress
    from stand.client.dead_letters import DeadLetterClient

DEAD_AGAIN = 1
ID_WIDTH = 36
"""Characters of a message id, which is never folded: it is there to be copied."""

T = TypeVar("T")
MessageArgument = Annotated[str, typer.Argument(help="The id of a dead letter, as `ls` gives it.", metavar="MESSAGE")]
AtOption = Annotated[
    str | None, typer.Option("--at", help=f"Only this service: {', '.join(PARTIES)}.", metavar="PARTY")
]

app = typer.Typer(
    name="dead", help="The dead letters: ls, show, requeue, drop.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("ls")
def list_(
    at: AtOption = None,
    case: Annotated[str | None, typer.Option(help="Only those on the case with this id.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only those whose reason has these words.")] = None,
    parked: Annotated[
        bool, typer.Option("--parked", help="What waits for an earlier message of its case instead.")
    ] = False,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """List the dead letters of all services, or of one, oldest first."""
    from stand.show.console import console
    from stand.show.lawbook import table_of

    messages, silent = _done(lambda client: client.listed(at, parked=parked), at, stand, home)
    found = [
        dead_letter
        for dead_letter in messages
        if case in (None, dead_letter["case_id"]) and (reason or "").lower() in str(dead_letter["reason"]).lower()
    ]
    if output is Output.JSON:
        _json(found)
    elif found:
        table = table_of("at", "message", "type", "from", "case", "attempts", "received", "reason")
        table.columns[1].min_width = table.columns[4].min_width = ID_WIDTH
        for dead_letter in found:
            table.add_row(
                dead_letter["at"],
                dead_letter["message_id"],
                dead_letter["type"] or "?",
                dead_letter["sender"] or "?",
                dead_letter["case_id"] or "",
                str(dead_letter["attempts"]),
                dead_letter["received_at"],
                dead_letter["reason"] or "",
            )
        console().print(table)
    elif not silent:
        echo("nothing waits for an earlier message" if parked else "there are no dead letters")
    for reason in silent:
        line(f"aimaq dead: {reason}", err=True)
    if silent:
        raise typer.Exit(COULD_NOT_TELL)


@app.command()
def show(
    message: MessageArgument,
    at: AtOption = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Show one dead letter: where it is, why, and the message as it came."""

    async def work(client: DeadLetterClient) -> dict[str, Any]:
        party = await client.where(message, at)
        return {"at": party, **await client.call(party, "GET", f"/dead/{quote(message, safe='')}")}

    dead_letter = _done(work, at, stand, home)
    if output is Output.JSON:
        _json(dead_letter)
        return
    for name in ("at", "message_id", "type", "sender", "case_id", "number", "attempts", "received_at", "reason"):
        line(f"{name:<12} {dead_letter[name] if dead_letter[name] is not None else ''}")
    line(f"signature    {dead_letter['signature']}")
    echo(f"{_readable(base64.b64decode(dead_letter['body']))}")


@app.command()
def requeue(message: MessageArgument, at: AtOption = None, stand: StandOption = HERE, home: HomeOption = HOME) -> None:
    """Have a dead letter handled again, now, in its place among the messages of its case."""

    async def work(client: DeadLetterClient) -> tuple[str, str | None]:
        party = await client.where(message, at)
        place = f"/dead/{quote(message, safe='')}"
        await client.call(party, "POST", f"{place}/requeue")
        try:
            return party, str((await client.call(party, "GET", place))["reason"])
        except NotFound:
            return party, None

    party, why = _done(work, at, stand, home)
    if why is not None:
        echo(f"aimaq dead: {message} is dead at {party} again: {why}", err=True)
        raise typer.Exit(DEAD_AGAIN)
    echo(f"{message} was put back at {party}")


@app.command()
def drop(message: MessageArgument, at: AtOption = None, stand: StandOption = HERE, home: HomeOption = HOME) -> None:
    """Give a dead letter up for good; what waited behind it goes on."""

    async def work(client: DeadLetterClient) -> str:
        party = await client.where(message, at)
        await client.call(party, "DELETE", f"/dead/{quote(message, safe='')}")
        return party

    echo(f"{message} was given up at {_done(work, at, stand, home)}")


def _done(work: Callable[[DeadLetterClient], Awaitable[T]], at: str | None, stand: str, home: Path) -> T:
    """What a piece of work at a stand has found; what goes wrong is one line and an exit code."""
    from aimaq.http.client import http_client
    from stand.client.address import GATEWAY_ANSWERS, find
    from stand.client.dead_letters import DeadLetterClient

    async def inside(there: StandAddress) -> T:
        async with http_client(timeout=GATEWAY_ANSWERS) as session:
            return await work(DeadLetterClient(session, there))

    try:
        if at is not None and at not in PARTIES:
            raise InvalidInput(Technical(f"there is no service {at!r}, only {', '.join(PARTIES)}"))
        return asyncio.run(inside(find(stand, home)))
    except AimaqError as error:
        echo(f"aimaq dead: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None


def _readable(body: bytes) -> str:
    """The bytes of a message for people: JSON in lines, other text as it is, else in base64."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        text = body.decode("utf-8", "replace")
        return text if text.isprintable() else base64.b64encode(body).decode()


def _json(value: Any) -> None:
    echo(msgspec.json.format(msgspec.json.encode(value)).decode())
