"""`aimaq dead`: what waits at a stand's services: listed, grouped, shown, put back, returned, dropped.

Exit codes: 0 done, 1 a message that was put back is dead again, or nothing could be done about one of many, 2 it cannot
be done as asked (no such message), 3 the stand, or one of its services, is out of reach or silent.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

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
KINDS = ("dead", "held", "retry", "unsent", "refused", "rejected")

T = TypeVar("T")
MessageArgument = Annotated[str, typer.Argument(help="The id of a dead letter, as `ls` gives it.", metavar="MESSAGE")]
SomeArgument = Annotated[str, typer.Argument(help="The id of a dead letter; none with --cause.", metavar="[MESSAGE]")]
AtOption = Annotated[
    str | None, typer.Option("--at", help=f"Only this service: {', '.join(PARTIES)}.", metavar="PARTY")
]
CauseOption = Annotated[
    str, typer.Option("--cause", help="All that waits for this cause, by its short name.", metavar="CAUSE")
]
WhyOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the messages.")]

app = typer.Typer(
    name="dead",
    help="What waits for an operator: ls, show, requeue, return, drop.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("ls")
def list_(
    at: AtOption = None,
    case: Annotated[str | None, typer.Option(help="Only those on the case with this id.")] = None,
    cause: Annotated[str | None, typer.Option(help="Only those of this cause, by its short name.")] = None,
    reason: Annotated[str, typer.Option(help="Only causes that have these words.")] = "",
    kind: Annotated[str, typer.Option(help=f"Which: {', '.join(KINDS)}, or all.")] = "dead",
    parked: Annotated[bool, typer.Option("--parked", help="The same as --kind held.")] = False,
    by_cause: Annotated[bool, typer.Option("--by-cause", help="Groups by cause, and not each message.")] = False,
    after: Annotated[str | None, typer.Option(help="The page after this place, as the page before names it.")] = None,
    limit: Annotated[int, typer.Option(help="Messages of a page.", min=1, max=499)] = 100,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """List what waits at all services, or at one, oldest first: a page of messages, or all groups by cause."""
    from stand.show import waiting

    kind = "held" if parked else kind
    wanted = {"kind": None if kind == "all" else kind, "party": at, "case_id": case, "cause": cause}
    wanted |= {"after": after}

    async def work(client: DeadLetterClient) -> dict[str, Any]:
        if kind not in (*KINDS, "all"):
            raise InvalidInput(Technical(f"there is no kind {kind!r}, only {', '.join(KINDS)} and all"))
        page = await client.attention(wanted | {"limit": limit})
        page["causes"] = [one for one in page["causes"] if reason.lower() in str(one["cause"]).lower()]
        if reason:  # a page of each group, since there is none of several
            some = [await client.attention(wanted | _group(one) | {"limit": limit}) for one in page["causes"]]
            page["messages"] = [message for one in some for message in one["messages"]][:limit]
            page["next"] = None
        return page

    page = _done(work, at, stand, home)
    found = page["causes"] if by_cause else page["messages"]
    silent = [one for one in page["parties"] if one["state"] == "silent" and at in (None, one["party"])]
    if output is Output.JSON:
        _json(found)
    elif found:
        (waiting.causes if by_cause else waiting.messages)(found)
        if page["next"] is not None and not by_cause:
            more = sum(one["count"] for one in page["causes"])
            echo(f"{len(found)} of {more:,} on this page; the next: --after {page['next']}; in groups: --by-cause")
    elif not silent:
        echo("there are no dead letters" if kind == "dead" else "nothing waits")
    for one in silent:
        heard = f"for {one['heard']:.0f} s" if one["heard"] is not None else "since the gateway started"
        line(f"aimaq dead: {one['party']} has told nothing {heard}", err=True)
    if silent or page["incomplete"]:
        raise typer.Exit(COULD_NOT_TELL)


@app.command()
def show(
    message: MessageArgument,
    at: AtOption = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Show one dead letter, also one that was dropped: where it is, why, and the message as it came.

    Of a message that the gateway rejected, named by its id or as the rejection names it, the message alone.
    """
    from stand.client.dead_letters import GATEWAY

    async def work(client: DeadLetterClient) -> dict[str, Any]:
        try:
            party = await client.where(message, at, dropped=True)
        except NotFound:
            if at not in (None, GATEWAY) or not (body := await client.journalled(message)):
                raise
            return {"at": GATEWAY, "state": "rejected", "body": base64.b64encode(body).decode()}
        return {"at": party, **await client.call(party, "GET", f"/dead/{quote(message, safe='')}")}

    dead_letter = _done(work, at, stand, home)
    if output is Output.JSON:
        _json(dead_letter)
        return
    if dead_letter["state"] == "rejected":
        line("rejected by the gateway; it came as:")
        echo(_readable(base64.b64decode(dead_letter["body"])))
        return
    named = ["at", "message_id", "state", "type", "sender", "case_id", "number", "attempts", "received_at", "reason"]
    if dead_letter.get("dropped_by") is not None:
        named += ["dropped_by", "dropped_at", "why"]
    for name in named:
        line(f"{name:<12} {dead_letter[name] if dead_letter[name] is not None else ''}")
    line(f"signature    {dead_letter['signature']}")
    echo(f"{_readable(base64.b64decode(dead_letter['body']))}")


@app.command()
def requeue(
    message: SomeArgument = "",
    cause: CauseOption = "",
    everything: Annotated[bool, typer.Option("--all", help="All dead letters of the stand, or of --at.")] = False,
    at: AtOption = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
) -> None:
    """Have a dead letter handled again, now, in its place among the messages of its case; or all of a cause."""
    if cause or everything:
        _bulk("requeue", message, cause, "", at, stand, home)
        return

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


@app.command("return")
def send_back(
    reason: WhyOption,
    message: SomeArgument = "",
    cause: CauseOption = "",
    at: AtOption = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
) -> None:
    """Tell the sender of a dead letter that it was not accepted, and why; what waited behind it goes on."""
    if cause:
        _bulk("return", message, cause, reason, at, stand, home)
        return
    party = _done(_settling("POST", "/return", message, at, reason), at, stand, home)
    echo(f"{message} was returned to its sender by {party}")


@app.command()
def drop(
    reason: WhyOption,
    message: SomeArgument = "",
    cause: CauseOption = "",
    at: AtOption = None,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
) -> None:
    """Drop a dead letter: what waited behind it goes on, and its bytes stay readable with `show`."""
    if cause:
        _bulk("drop", message, cause, reason, at, stand, home)
        return
    echo(f"{message} was dropped at {_done(_settling('DELETE', '', message, at, reason), at, stand, home)}")


def _settling(
    method: str, path: str, message: str, at: str | None, reason: str
) -> Callable[[DeadLetterClient], Awaitable[str]]:
    """What drops or returns one dead letter, and says where."""

    async def work(client: DeadLetterClient) -> str:
        party = await client.where(message, at)
        await client.call(party, method, f"/dead/{quote(message, safe='')}{path}?{urlencode({'reason': reason})}")
        return party

    return work


def _bulk(action: str, message: str, cause: str, reason: str, at: str | None, stand: str, home: Path) -> None:
    """Act on all that waits for a cause, or on all dead letters, with progress; say what came of it."""

    def progress(done: int, total: int) -> None:
        line(f"{done:,} of {total:,}", err=True)

    async def work(client: DeadLetterClient) -> dict[str, Any]:
        if message:
            raise InvalidInput(Technical("give the id of a dead letter, or --cause or --all, and not both"))
        page = await client.attention({"cause": cause or None, "party": at, "kind": None if cause else "dead"})
        groups = [one for one in page["causes"] if action in one["actions"]]
        if not groups:
            raise NotFound(Technical(f"nothing waits for the cause {cause}" if cause else "there are no dead letters"))
        return await client.act(action, groups, reason, progress)

    job = _done(work, at, stand, home)
    outcomes = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(job["outcomes"].items()))
    line(f"{job['done']:,} of {job['total']:,}: {outcomes or 'nothing was done'}")
    for party, why in job["failures"].items():
        line(f"aimaq dead: {party}: {why}", err=True)
    if job["failures"]:
        raise typer.Exit(COULD_NOT_TELL)
    if job["outcomes"].keys() & {"dead", "failed", "impossible"}:
        raise typer.Exit(DEAD_AGAIN)


def _group(cause: dict[str, Any]) -> dict[str, str]:
    return {"party": cause["party"], "kind": cause["kind"], "cause": cause["cause_id"]}


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
