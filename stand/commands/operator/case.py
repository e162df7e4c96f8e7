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

ID_WIDTH = 36
"""Characters of a case id, which is never folded: it is there to be copied."""

CaseArgument = Annotated[str, typer.Argument(help="The id of a case.", metavar="CASE")]

app = typer.Typer(
    name="case", help="The cases of a stand: ls, show, trace, export.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("ls")
def list_(
    status: Annotated[str | None, typer.Option(help="received, in_progress, completed or refused.")] = None,
    after: Annotated[str, typer.Option(help="Only those after the case with this id.")] = "",
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=500)] = 100,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """List the cases that the gateway's journal knows, oldest first."""
    from stand.show.console import console
    from stand.show.lawbook import table_of

    async def work(session: httpx.AsyncClient, there: StandAddress) -> Any:
        words = {"limit": str(limit), "after": after} | ({"status": status} if status else {})
        return (await asked(session, there, "gateway", f"/cases?{urlencode(words)}"))["items"]

    cases = done(work, stand, home)
    if output is Output.JSON:
        json(cases)
        return
    table = table_of("case", "regulation", "channel", "status", "at", "opened")
    table.columns[0].min_width = ID_WIDTH
    for case in cases:
        table.add_row(
            case["case_id"], case["regulation"], case["channel"], case["status"] or "", case["at"], case["opened_at"]
        )
    console().print(table)


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
    """What a piece of work at a stand has found; what goes wrong is one line and an exit code."""
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
    """What a service answers; NotFound and InvalidInput as it says."""
    from stand.client.http import ServiceClient

    reply = await ServiceClient(session, stand.urls[party]).call("GET", path, token=stand.tokens[party])
    if reply.status == NotFound.status:
        raise NotFound(Technical(reply.detail))
    if reply.refused:
        raise InvalidInput(Technical(reply.detail))
    return reply.body


def json(value: Any) -> None:
    """Print it as JSON, a field a line."""
    echo(msgspec.json.format(msgspec.json.encode(value)).decode())
