"""`aimaq dead`: the dead letters of a stand's services: listed, shown, put back to be handled again, given up for good.

Exit codes: 0 done, 1 a letter that was put back is dead again, 2 it cannot be done as asked (there is no such letter),
3 the stand, or one of its services, is out of reach.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, NotFound, Unavailable
from aimaq.language.messages import PARTIES
from stand.client.address import GATEWAY_ANSWERS, StandAddress, find
from stand.commands.operator.clock import HERE, HOME, HomeOption, StandOption
from stand.client.http import Door
from stand.commands.tester.law import Output, OutputOption
from stand.show.lawbook import table_of
from stand.show.tables import console

DEAD_AGAIN, USAGE, COULD_NOT_TELL = 1, 2, 3
ID_WIDTH = 36
"""Characters of a message id, which is never folded: it is there to be copied."""

T = TypeVar("T")
LetterArgument = Annotated[str, typer.Argument(help="The id of a dead letter, as `ls` gives it.", metavar="MESSAGE")]
AtOption = Annotated[
    str | None, typer.Option("--at", help=f"Only this service: {', '.join(PARTIES)}.", metavar="PARTY")
]

app = typer.Typer(
    name="dead", help="The dead letters: ls, show, requeue, drop.", no_args_is_help=True, rich_markup_mode=None
)


@dataclass(frozen=True, slots=True)
class Desk:
    """The dead letters of a stand, as its services tell them over REST."""

    session: aiohttp.ClientSession
    stand: StandAddress

    async def call(self, party: str, method: str, path: str) -> dict[str, Any]:
        """One call at a service, with the administrator's token; NotFound and InvalidInput as it says."""
        reply = await Door(self.session, self.stand.urls[party]).call(method, path, token=self.stand.admin_token)
        if reply.status == NotFound.status:
            raise NotFound(reply.detail)
        if reply.refused:
            raise InvalidInput(f"{party}: {reply.detail}")
        return reply.body

    async def letters(self, at: str | None) -> tuple[list[dict[str, Any]], list[str]]:
        """Every dead letter, each with the service that has it, and what was said of services out of reach."""
        parties = PARTIES if at is None else (at,)
        told = await asyncio.gather(*(self.call(party, "GET", "/dead") for party in parties), return_exceptions=True)
        found: list[dict[str, Any]] = []
        silent = []
        for party, answer in zip(parties, told, strict=True):
            if isinstance(answer, Unavailable):
                silent.append(answer.detail)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found += [{"at": party, **letter} for letter in answer["items"]]
        return sorted(found, key=lambda letter: str(letter["received_at"])), silent

    async def where(self, message_id: str, at: str | None) -> str:
        """The one service at which this letter is dead; NotFound if none has it, InvalidInput if several have."""
        letters, silent = await self.letters(at)
        parties = [letter["at"] for letter in letters if letter["message_id"] == message_id]
        if len(parties) > 1:
            raise InvalidInput(f"{message_id} is dead at {' and '.join(parties)}: say which with --at")
        if not parties and silent:
            raise Unavailable(f"no dead letter {message_id} is known, but {silent[0]}")
        if not parties:
            raise NotFound(f"no dead letter {message_id} at {at or 'any service'}")
        return str(parties[0])


@app.command("ls")
def list_(
    at: AtOption = None,
    case: Annotated[str | None, typer.Option(help="Only those on the case with this id.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only those whose reason has these words.")] = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """List the dead letters of all services, or of one, oldest first."""
    letters, silent = _done(lambda desk: desk.letters(at), at, stand, home)
    found = [
        letter
        for letter in letters
        if case in (None, letter["case_id"]) and (reason or "").lower() in str(letter["reason"]).lower()
    ]
    if output is Output.JSON:
        _json(found)
    elif found:
        table = table_of("at", "message", "type", "from", "case", "attempts", "received", "reason")
        table.columns[1].min_width = table.columns[4].min_width = ID_WIDTH
        for letter in found:
            table.add_row(
                letter["at"], letter["message_id"], letter["type"] or "?", letter["sender"] or "?",
                letter["case_id"] or "", str(letter["attempts"]), letter["received_at"], letter["reason"] or "",
            )  # fmt: skip
        console().print(table)
    elif not silent:
        typer.echo("there are no dead letters")
    for line in silent:
        typer.echo(f"aimaq dead: {line}", err=True)
    if silent:
        raise typer.Exit(COULD_NOT_TELL)


@app.command()
def show(
    message: LetterArgument,
    at: AtOption = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Show one dead letter: where it is, why, and the message as it came."""

    async def work(desk: Desk) -> dict[str, Any]:
        party = await desk.where(message, at)
        return {"at": party, **await desk.call(party, "GET", f"/dead/{quote(message, safe='')}")}

    letter = _done(work, at, stand, home)
    if output is Output.JSON:
        _json(letter)
        return
    for name in ("at", "message_id", "type", "sender", "case_id", "number", "attempts", "received_at", "reason"):
        typer.echo(f"{name:<12} {letter[name] if letter[name] is not None else ''}")
    typer.echo(f"signature    {letter['signature']}\n{_readable(base64.b64decode(letter['body']))}")


@app.command()
def requeue(message: LetterArgument, at: AtOption = None, stand: StandOption = HERE, home: HomeOption = HOME) -> None:
    """Have a dead letter handled again, now, in its place among the messages of its case."""

    async def work(desk: Desk) -> tuple[str, str | None]:
        party = await desk.where(message, at)
        place = f"/dead/{quote(message, safe='')}"
        await desk.call(party, "POST", f"{place}/requeue")
        try:
            return party, str((await desk.call(party, "GET", place))["reason"])
        except NotFound:
            return party, None

    party, why = _done(work, at, stand, home)
    if why is not None:
        typer.echo(f"aimaq dead: {message} is dead at {party} again: {why}", err=True)
        raise typer.Exit(DEAD_AGAIN)
    typer.echo(f"{message} was put back at {party}")


@app.command()
def drop(message: LetterArgument, at: AtOption = None, stand: StandOption = HERE, home: HomeOption = HOME) -> None:
    """Give a dead letter up for good; what waited behind it goes on."""

    async def work(desk: Desk) -> str:
        party = await desk.where(message, at)
        await desk.call(party, "DELETE", f"/dead/{quote(message, safe='')}")
        return party

    typer.echo(f"{message} was given up at {_done(work, at, stand, home)}")


def _done(work: Callable[[Desk], Awaitable[T]], at: str | None, stand: str, home: Path) -> T:
    """What a piece of work at a stand has found; what goes wrong is one line and an exit code."""

    async def inside(there: StandAddress) -> T:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=GATEWAY_ANSWERS)) as session:
            return await work(Desk(session, there))

    try:
        if at is not None and at not in PARTIES:
            raise InvalidInput(f"there is no service {at!r}, only {', '.join(PARTIES)}")
        return asyncio.run(inside(find(stand, home)))
    except AimaqError as error:
        typer.echo(f"aimaq dead: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None


def _readable(body: bytes) -> str:
    """The bytes of a message for people: JSON in lines, other text as it is, else in base64."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        text = body.decode("utf-8", "replace")
        return text if text.isprintable() else base64.b64encode(body).decode()


def _json(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
