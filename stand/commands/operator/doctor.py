"""`aimaq status` and `aimaq doctor`: whether a stand is well, how much waits where, and what ails which service.

Exit codes: 0 all five are ready, 1 one is not, 3 the gateway is out of reach.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from aimaq.language.messages import PARTIES
from stand.commands.options import HERE
from stand.show.terminal import echo

if TYPE_CHECKING:
    import httpx

Output = Literal["pretty", "json"]
StandOption = Annotated[str, typer.Option("--stand", help="Address of the stand's gateway.")]
OutputOption = Annotated[Output, typer.Option("-o", "--output")]

ANSWER_WITHIN = 5.0
"""Seconds that a service has for an answer."""
COUNTS = ("queued", "held", "retry", "dead", "unsent")
"""What may wait at a service: to be handled, for an earlier message, to be tried again, for an operator, to be sent."""
WAITING = {
    "queued": ("messages that wait to be handled", 30.0),
    "held": ("messages that wait for an earlier message", 120.0),
    "retry": ("messages that wait to be tried again", 600.0),
    "unsent": ("messages that wait to be sent", 30.0),
    "dead": ("dead letters", 0.0),
}
"""What the doctor says of each, and for how many seconds the oldest may wait before that."""


def status(stand: StandOption = HERE, output: OutputOption = "pretty") -> None:
    """Say of each service whether it lives and is ready, and if not why; its version, how much waits there; the clock.

    Exit 0 if all are ready, 1 if one is not, 3 if the gateway is out of reach.
    """
    from stand.client.address import no_stand
    from stand.show.console import console
    from stand.show.lawbook import table_of

    found = asyncio.run(_look(stand))
    if found is None:
        echo(f"aimaq: {no_stand(stand)}", err=True)
        raise typer.Exit(3)
    services = found["services"]
    if output == "json":
        echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        table = table_of("service", "address", "version", "state", *COUNTS, "reasons")
        for entry in services:
            counts = [_counted(entry, name) for name in COUNTS]
            text = "\n".join((*entry["reasons"], *entry["warnings"]))
            table.add_row(entry["party"], entry["url"], entry["version"] or "?", entry["status"], *counts, text)
        console().print(table)
        clock = found["clock"]
        echo(f"clock: {clock['local']}, {clock['mode']}" if clock else "clock: not known")
    raise typer.Exit(0 if all(entry["status"] == "ready" for entry in services) else 1)


def doctor(stand: StandOption = HERE, output: OutputOption = "pretty") -> None:
    """The advice that goes with each reason of `status`; what is only a warning is told too, and is no failure."""
    from stand.client.address import no_stand

    found = asyncio.run(_look(stand))
    if found is None:
        echo(f"aimaq: {no_stand(stand)}", err=True)
        raise typer.Exit(3)
    advice = [
        {"party": entry["party"], "reason": reason, "advice": _advice(reason), "warning": warning}
        for entry in found["services"]
        for warning, reasons in ((False, (*entry["reasons"], *_stuck(entry))), (True, entry["warnings"]))
        for reason in reasons
    ]
    serious = [entry for entry in advice if not entry["warning"]]
    if output == "json":
        echo(json.dumps(advice, ensure_ascii=False, indent=2))
    elif not serious:
        echo("all five services are ready")
    for entry in advice if output == "pretty" else []:
        kind = "warning: " if entry["warning"] else ""
        echo(f"{entry['party']}: {kind}{entry['reason']}\n    {entry['advice']}")
    raise typer.Exit(1 if serious else 0)


async def _look(gateway: str) -> dict[str, Any] | None:
    from aimaq.http.client import http_client

    async with http_client(timeout=ANSWER_WITHIN) as session:
        urls = (await _get(session, f"{gateway}/stand")).get("urls")
        if not isinstance(urls, dict):
            return None
        services = await asyncio.gather(*(_ask(session, party, urls.get(party, "")) for party in PARTIES))
        clock = await _get(session, f"{gateway}/clock")
        return {"services": services, "clock": clock if "mode" in clock else None}


async def _ask(session: httpx.AsyncClient, party: str, url: str) -> dict[str, Any]:
    """What a service says of itself; where it says nothing, None, and that it does not answer."""
    live, ready, backlog = await asyncio.gather(
        *(_get(session, f"{url}/health/{what}") for what in ("live", "ready", "backlog"))
    )
    return {
        "party": party,
        "url": url,
        "live": live.get("status") == "live",
        "status": ready.get("status") if "reasons" in ready else "out of reach",
        "reasons": ready.get("reasons", [f"it does not answer ({ready.get('silent', 'not as a service does')})"]),
        "warnings": ready.get("warnings", []),
        **{name: backlog.get(name) for name in ("version", "now", "oldest", *COUNTS)},
    }


async def _get(session: httpx.AsyncClient, url: str) -> dict[str, Any]:
    import httpx

    from aimaq.http.client import cause

    try:
        body = (await session.get(url)).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return {"silent": cause(error)}
    return body if isinstance(body, dict) else {}


def _age(entry: dict[str, Any], name: str) -> float | None:
    """For how many seconds the oldest of a kind has waited at a service; None if that is not known."""
    age = (entry["oldest"] or {}).get(name)
    return age if isinstance(age, int | float) else None


def _counted(entry: dict[str, Any], name: str) -> str:
    """How much of a kind waits, with the age of the oldest in brackets."""
    count, age = entry[name], _age(entry, name)
    if count is None:
        return "?"
    return f"{count} ({_span(age)})" if count and age is not None else str(count)


def _span(seconds: float) -> str:
    """A time as people say it: 5 s, 12 min, 3 h, 2 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _stuck(entry: dict[str, Any]) -> Iterable[str]:
    """What waits at a service that is for an operator to see to: dead letters, and whatever has waited too long."""
    for name, (what, patience) in WAITING.items():
        age = _age(entry, name)
        if entry[name] and (age or 0.0) >= patience:
            yield f"{what}: {entry[name]}" + (f", the oldest for {_span(age)}" if age else "")


def _advice(reason: str) -> str:
    for mark, text in (
        ("wait to be handled", "see what `aimaq status` says of this service: it handles them once it is ready"),
        (
            "for an earlier message",
            "see `aimaq dead ls`: these go on once what is before them is handled",
        ),
        ("to be tried again", "see the service's log for why it failed; after its last attempt it is a dead letter"),
        ("wait to be sent", "see whether the broker takes what is for the recipient: its queue, its disk, its memory"),
        ("autopilot", "see the service's log; it tries again by itself"),
        (
            "the bus has not taken",
            "see whether the broker takes it: its queue, its disk, its memory",
        ),
        (
            "another process",
            "stop the other process that has the same database, or give this one its own",
        ),
        ("locked", "see in `pg_locks` who holds the lock; the service goes on by itself once it is free"),
        ("has ended", "nothing is to be done: the process ends, and its supervisor starts it again"),
        ("dead letters", "see them with `aimaq dead ls`; each is put back with `requeue` or given up with `drop`"),
        ("database", "start PostgreSQL, or see whether it is full, read-only or locked; the service goes on by itself"),
        ("broker", "start RabbitMQ; the service connects again by itself and nothing is lost meanwhile"),
        ("systems' certificates", "see whether the registry is up; the service asks again by itself"),
        ("is suspended", "resume it with `aimaq ca resume`, or give it a new key with `aimaq keys rotate`"),
        ("certificate", "give it a new key with `aimaq keys rotate`; it goes on working meanwhile"),
        ("answer", "the process is gone: `aimaq up` starts it again, a container platform does so too"),
    ):
        if mark in reason:
            return text
    return "see the service's log"
