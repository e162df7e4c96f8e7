"""`aimaq status` and `aimaq doctor`: whether a stand is well, and if not, what ails which service."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal

import aiohttp
import typer
from rich.console import Console
from rich.table import Table

from aimaq.messages import PARTIES
from aimaq.settings import PORTS

Output = Literal["pretty", "json"]
StandOption = Annotated[str, typer.Option("--stand", help="Address of the stand's gateway.")]
OutputOption = Annotated[Output, typer.Option("-o", "--output")]
HERE = f"http://127.0.0.1:{PORTS['gateway']}"


def status(stand: StandOption = HERE, output: OutputOption = "pretty") -> None:
    """Say of each service whether it is ready. Exit 0 if all are, 1 if one is not, 3 if the gateway is out of reach."""
    found = asyncio.run(_look(stand))
    if found is None:
        typer.echo(f"aimaq: no stand answers at {stand}", err=True)
        raise typer.Exit(3)
    if output == "json":
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        table = Table(show_edge=False)
        for heading in ("service", "address", "state", "reasons"):
            table.add_column(heading)
        for entry in found:
            table.add_row(entry["party"], entry["url"], entry["status"], "; ".join(entry["reasons"]))
        Console().print(table)
    raise typer.Exit(0 if all(entry["status"] == "ready" for entry in found) else 1)


def doctor(stand: StandOption = HERE, output: OutputOption = "pretty") -> None:
    """The same as `status`, with the advice that goes with each reason."""
    found = asyncio.run(_look(stand))
    if found is None:
        typer.echo(f"aimaq: no stand answers at {stand}; start one with `aimaq up`", err=True)
        raise typer.Exit(3)
    advice = [
        {"party": entry["party"], "reason": reason, "advice": _advice(reason)}
        for entry in found
        for reason in entry["reasons"]
    ]
    if output == "json":
        typer.echo(json.dumps(advice, ensure_ascii=False, indent=2))
    elif not advice:
        typer.echo("all five services are ready")
    for entry in advice if output == "pretty" else []:
        typer.echo(f"{entry['party']}: {entry['reason']}\n    {entry['advice']}")
    raise typer.Exit(1 if advice else 0)


async def _look(gateway: str) -> list[dict[str, Any]] | None:
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.get(f"{gateway}/stand") as response:
                urls = (await response.json())["urls"]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
            return None
        return list(await asyncio.gather(*(_ask(session, party, urls.get(party, "")) for party in PARTIES)))


async def _ask(session: aiohttp.ClientSession, party: str, url: str) -> dict[str, Any]:
    try:
        async with session.get(f"{url}/health/ready") as response:
            body = await response.json()
            return {"party": party, "url": url, "status": body["status"], "reasons": body["reasons"]}
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
        return {"party": party, "url": url, "status": "out of reach", "reasons": [f"it does not answer ({error})"]}


def _advice(reason: str) -> str:
    for mark, said in (
        ("database", "start PostgreSQL, or see whether its disk is full; the service goes on by itself"),
        ("broker", "start RabbitMQ; the service connects again by itself and nothing is lost meanwhile"),
        ("certificate", "make new keys with `aimaq provision` and start the service again"),
        ("answer", "the process is gone: `aimaq up` starts it again, a container platform does so too"),
    ):
        if mark in reason:
            return said
    return "see the service's log"
