"""`aimaq status` and `aimaq doctor`: whether a stand is well, how much waits where, and what ails which service.

Exit codes: 0 all five are ready, 1 one is not, 3 the gateway is out of reach.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import aiohttp
import typer

from aimaq.language.messages import PARTIES
from aimaq.settings import PORTS
from stand.show.lawbook import table_of
from stand.show.tables import console

Output = Literal["pretty", "json"]
StandOption = Annotated[str, typer.Option("--stand", help="Address of the stand's gateway.")]
OutputOption = Annotated[Output, typer.Option("-o", "--output")]
HERE = f"http://127.0.0.1:{PORTS['gateway']}"

COUNTS = ("queued", "held", "retry", "dead", "unsent")
"""What may wait at a service: to be handled, for an earlier message, to be tried again, for an operator, to be sent."""


def status(stand: StandOption = HERE, output: OutputOption = "pretty") -> None:
    """Say of each service whether it lives and is ready, and if not why; its version, how much waits there; the clock.

    Exit 0 if all are ready, 1 if one is not, 3 if the gateway is out of reach.
    """
    found = asyncio.run(_look(stand))
    if found is None:
        typer.echo(f"aimaq: no stand answers at {stand}", err=True)
        raise typer.Exit(3)
    services = found["services"]
    if output == "json":
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        table = table_of("service", "address", "version", "state", *COUNTS, "reasons")
        for entry in services:
            counts = ["?" if entry[name] is None else str(entry[name]) for name in COUNTS]
            said = "\n".join((*entry["reasons"], *entry["warnings"]))
            table.add_row(entry["party"], entry["url"], entry["version"] or "?", entry["status"], *counts, said)
        console().print(table)
        clock = found["clock"]
        typer.echo(f"clock: {clock['local']}, {clock['mode']}" if clock else "clock: not known")
    raise typer.Exit(0 if all(entry["status"] == "ready" for entry in services) else 1)


def doctor(stand: StandOption = HERE, output: OutputOption = "pretty") -> None:
    """The advice that goes with each reason of `status`; what is only a warning is told too, and is no failure."""
    found = asyncio.run(_look(stand))
    if found is None:
        typer.echo(f"aimaq: no stand answers at {stand}; start one with `aimaq up`", err=True)
        raise typer.Exit(3)
    advice = [
        {"party": entry["party"], "reason": reason, "advice": _advice(reason), "warning": warning}
        for entry in found["services"]
        for warning, reasons in ((False, (*entry["reasons"], *_stuck(entry))), (True, entry["warnings"]))
        for reason in reasons
    ]
    serious = [entry for entry in advice if not entry["warning"]]
    if output == "json":
        typer.echo(json.dumps(advice, ensure_ascii=False, indent=2))
    elif not serious:
        typer.echo("all five services are ready")
    for entry in advice if output == "pretty" else []:
        kind = "warning: " if entry["warning"] else ""
        typer.echo(f"{entry['party']}: {kind}{entry['reason']}\n    {entry['advice']}")
    raise typer.Exit(1 if serious else 0)


async def _look(gateway: str) -> dict[str, Any] | None:
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.get(f"{gateway}/stand") as response:
                urls = (await response.json())["urls"]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
            return None
        services = await asyncio.gather(*(_ask(session, party, urls.get(party, "")) for party in PARTIES))
        clock = await _get(session, f"{gateway}/clock")
        return {"services": services, "clock": clock if "mode" in clock else None}


async def _ask(session: aiohttp.ClientSession, party: str, url: str) -> dict[str, Any]:
    """What a service says of itself; where it says nothing, None, and that it does not answer."""
    live, ready, backlog = await asyncio.gather(
        *(_get(session, f"{url}/health/{what}") for what in ("live", "ready", "backlog"))
    )
    return {
        "party": party, "url": url,
        "live": live.get("status") == "live",
        "status": ready.get("status") if "reasons" in ready else "out of reach",
        "reasons": ready.get("reasons", [f"it does not answer ({ready.get('silent', 'not as a service does')})"]),
        "warnings": ready.get("warnings", []),
        **{name: backlog.get(name) for name in ("version", "now", *COUNTS)},
    }  # fmt: skip


async def _get(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    try:
        async with session.get(url) as response:
            body = await response.json()
            return body if isinstance(body, dict) else {}
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return {"silent": str(error) or type(error).__name__}


def _stuck(entry: dict[str, Any]) -> Iterable[str]:
    """What waits at a service that is for an operator to see to."""
    if entry["dead"]:
        yield f"dead letters: {entry['dead']}"


def _advice(reason: str) -> str:
    for mark, said in (
        ("dead letters", "see them with `aimaq dead ls`; each is put back with `requeue` or given up with `drop`"),
        ("database", "start PostgreSQL, or see whether its disk is full; the service goes on by itself"),
        ("broker", "start RabbitMQ; the service connects again by itself and nothing is lost meanwhile"),
        ("systems' certificates", "see whether the registry is up; the service asks again by itself"),
        ("is suspended", "resume it with `aimaq ca resume`, or give it a new key with `aimaq keys rotate`"),
        ("certificate", "give it a new key with `aimaq keys rotate`; it goes on working meanwhile"),
        ("answer", "the process is gone: `aimaq up` starts it again, a container platform does so too"),
    ):
        if mark in reason:
            return said
    return "see the service's log"
