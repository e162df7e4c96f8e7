"""`aimaq case`: the cases that a stand's gateway knows, listed, shown, traced, and exported with all that proves them.

Exit codes: 0 done, 2 it cannot be done as asked (there is no such case), 3 the stand is out of reach.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, NotFound, Technical, Unavailable
from stand.commands.options import COULD_NOT_TELL, HERE, HOME, USAGE, HomeOption, Output, OutputOption, StandOption
from stand.show.terminal import echo

if TYPE_CHECKING:
    import httpx

    from stand.client.address import StandAddress

    UnitOfWork = Callable[[httpx.AsyncClient, StandAddress], Awaitable[Any]]


CaseArgument = Annotated[str, typer.Argument(help="The id of a case.", metavar="CASE")]

app = typer.Typer(
    name="case", help="The cases of a stand: ls, show, trace, export.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("ls")
def list_(
    what: Annotated[
        str, typer.Argument(help="A number, a case id or its beginning, an IIN or a BIN.", metavar="[WHAT]")
    ] = "",
    number: Annotated[str, typer.Option(help="The registration number.")] = "",
    iin: Annotated[str, typer.Option(help="The applicant's IIN.")] = "",
    bin_: Annotated[str, typer.Option("--bin", help="The BIN of the organisation that applies.")] = "",
    party: Annotated[str, typer.Option(help="The body that handles it: lea:mamlyut-employment.")] = "",
    regulation: Annotated[str, typer.Option(help="The id of its regulation.")] = "",
    channel: Annotated[str, typer.Option(help="The channel that it came through.")] = "",
    status: Annotated[str, typer.Option(help="received, in_progress, completed or refused.")] = "",
    next_party: Annotated[str, typer.Option(help="Whose move it is: a party, or a body of one.")] = "",
    next_unit: Annotated[str, typer.Option(help="Whose move it is: a performer, as lea.executor.")] = "",
    since: Annotated[str, typer.Option(help="Opened on this day or at this instant, or later.")] = "",
    until: Annotated[str, typer.Option(help="Opened on this day or before this instant.")] = "",
    open_: Annotated[bool | None, typer.Option("--open/--ended", help="Whether it is under way.")] = None,
    late: Annotated[bool | None, typer.Option(help="Whether the limit of what is due has run out.")] = None,
    near: Annotated[bool | None, typer.Option(help="Whether it is about to; with --late, either.")] = None,
    order: Annotated[str, typer.Option(help="newest, or due: what is due first.")] = "newest",
    cursor: Annotated[str, typer.Option(help="The next page, as the page before names it.")] = "",
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=500)] = 100,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Find cases that the gateway's journal knows. Without a filter, all of them, newest first."""
    from stand.show.cases import show_cases

    flags = {"open": open_, "late": late, "near": near}
    words = {"q": what, "number": number, "iin": iin, "bin": bin_, "party": party, "regulation": regulation}
    words |= {"channel": channel, "status": status, "next_party": next_party, "next_unit": next_unit}
    words |= {"since": since, "until": until, "order": order, "cursor": cursor, "limit": str(limit)}
    words |= {name: str(value).lower() for name, value in flags.items() if value is not None}
    query = urlencode({name: value for name, value in words.items() if value})

    async def work(session: httpx.AsyncClient, there: StandAddress) -> Any:
        return await asked(session, there, "gateway", f"/cases?{query}")

    page = done(work, stand, home)
    if output is Output.JSON:
        json(page)
        return
    show_cases(page)


@app.command()
def show(
    case: CaseArgument, stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY
) -> None:
    """Show a case as the systems know it."""
    from aimaq.regulation.model.vocabulary import SYSTEMS

    async def work(session: httpx.AsyncClient, there: StandAddress) -> Any:
        trace = await asked(session, there, "gateway", f"/cases/{quote(case)}/trace")
        found: dict[str, Any] = {name: value for name, value in trace.items() if name != "messages"}
        found["messages"] = len(trace["messages"])
        (known,) = (await asked(session, there, "gateway", f"/cases?{urlencode({'case_id': case})}"))["items"]
        found |= {name: value for name, value in known.items() if name not in found}
        found["systems"] = {}
        for party in SYSTEMS:
            try:
                found["systems"][party] = await asked(session, there, party, f"/cases/{quote(case)}")
            except NotFound:
                continue  # not every system has a part in every case
        return found

    shown = done(work, stand, home)
    if output is Output.JSON:
        json(shown)
        return
    for name in ("case_id", "regulation", "channel", "status", "at", "number", "opened_at", "messages"):
        echo(f"{name:<11} {shown[name] if shown[name] is not None else ''}")
    echo(f"{'next':<11} {shown['next_unit'] or 'nobody'}{' at ' + shown['next_party'] if shown['next_party'] else ''}")
    if (running := shown["limit"]) is not None:
        echo(f"{'due':<11} {running['due_at']}, {running['summary']['en']}")
        if running["explanation"]:
            echo(f"{'':<11} {running['explanation']['en']}")
    for party, known in shown["systems"].items():
        echo(f"{party:<11} {known['status'] or 'no status'}, at {known['at']}")


@app.command()
def trace(
    case: CaseArgument, stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY
) -> None:
    """Show every message of a case, in the order of the journal, with the steps that its sender reports."""
    from stand.show.console import console
    from stand.show.lawbook import table_of

    async def work(session: httpx.AsyncClient, there: StandAddress) -> Any:
        return await asked(session, there, "gateway", f"/cases/{quote(case)}/trace")

    described = done(work, stand, home)
    if output is Output.JSON:
        json(described)
        return
    table = table_of("journalled", "message", "from", "to", "status", "steps")
    for message in described["messages"]:
        steps = "\n".join(f"{step['ref']} {step['operation']}: {step['outcome']}" for step in message["steps"])
        rejected = f" (rejected: {message['reason']})" if message["verdict"] == "rejected" else ""
        table.add_row(
            message["journalled_at"],
            f"{message['type'] or '?'}{rejected}",
            message["sender"] or "?",
            message["recipient"] or "?",
            message["status"] or "",
            steps,
        )
    console().print(table)


@app.command()
def export(
    case: CaseArgument,
    file: Annotated[Path, typer.Option("--output", "-o", help="The ZIP file to write.", dir_okay=False)],
    stand: StandOption = HERE,
    home: HomeOption = HOME,
) -> None:
    """Write everything that proves a case into one file, which `aimaq verify` checks without the stand."""
    from stand.bundle.export import CaseFile

    async def work(session: httpx.AsyncClient, there: StandAddress) -> Any:
        found = CaseFile(session, there, case)
        return await found.collected(), len(found.files)

    data, count = done(work, stand, home)
    try:
        file.write_bytes(data)
    except OSError as error:
        echo(f"aimaq case: {file} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(USAGE) from None
    echo(f"{file}: {count} files, {len(data)} bytes")


def done(work: UnitOfWork, stand: str, home: Path, command: str = "case") -> Any:
    """What a piece of work at a stand has found; what goes wrong is one line of the command and an exit code."""
    from aimaq.http.client import http_client
    from stand.client.address import GATEWAY_ANSWERS, find

    async def inside(there: StandAddress) -> Any:
        async with http_client(timeout=GATEWAY_ANSWERS) as session:
            return await work(session, there)

    try:
        return asyncio.run(inside(find(stand, home)))
    except AimaqError as error:
        echo(f"aimaq {command}: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None


async def asked(session: httpx.AsyncClient, stand: StandAddress, party: str, path: str) -> dict[str, Any]:
    """What a service answers; NotFound or InvalidInput where it refuses, Unavailable if it is out of reach."""
    from stand.client.http import ServiceClient

    reply = await ServiceClient(session, stand.urls[party]).call("GET", path, token=stand.tokens[party])
    if reply.status == NotFound.status:
        raise NotFound(Technical(reply.detail))
    if reply.refused:
        raise InvalidInput(Technical(reply.detail))
    return reply.body


def json(value: Any) -> None:
    """Write a value as JSON, in lines."""
    echo(msgspec.json.format(msgspec.json.encode(value)).decode())
