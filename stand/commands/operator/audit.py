"""`aimaq audit`: who did what at a stand's gateway, when, from where and why, from the entries of its journal.

Exit codes: 0 done, 2 it cannot be asked so, 3 the stand is out of reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from stand.commands.options import HERE, HOME, HomeOption, Output, OutputOption, StandOption

if TYPE_CHECKING:
    import httpx

    from stand.client.address import StandAddress

PAGE = 500


def audit(
    who: Annotated[str | None, typer.Option(help="The name of an account.")] = None,
    what: Annotated[str | None, typer.Option(help="A permission, such as dead-letters.read, or sign-in.")] = None,
    outcome: Annotated[str | None, typer.Option(help="done, failed or refused.")] = None,
    object_: Annotated[str | None, typer.Option("--object", help="What it was done on: an id.")] = None,
    case: Annotated[str | None, typer.Option(help="The id of a case.")] = None,
    since: Annotated[str | None, typer.Option(help="A moment, such as 2026-03-02T09:00:00+05:00.")] = None,
    until: Annotated[str | None, typer.Option(help="A moment that is not in it any more.")] = None,
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=100_000)] = 100,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """List what those who administer the gateway did and tried, newest first: entries of its chained journal."""
    from stand.commands.operator.case import asked, done, json
    from stand.show.console import console
    from stand.show.lawbook import table_of

    words = {
        "who": who,
        "what": what,
        "outcome": outcome,
        "object": object_,
        "case_id": case,
        "since": since,
        "until": until,
    }
    asked_for = {name: value for name, value in words.items() if value is not None}

    async def work(session: httpx.AsyncClient, there: StandAddress) -> Any:
        found: list[dict[str, Any]] = []
        before: dict[str, str] = {}
        while len(found) < limit:
            page_of = asked_for | before | {"limit": str(min(PAGE, limit - len(found)))}
            page = await asked(session, there, "gateway", f"/audit?{urlencode(page_of)}")
            found += page["items"]
            if page["next"] is None:
                break
            before = {"before": str(page["next"])}
        return found

    acts = done(work, stand, home, "audit")
    if output is Output.JSON:
        json(acts)
        return
    table = table_of("at", "who", "from", "what", "on", "outcome", "why")
    for act in acts:
        times = f" ({act['times']} times)" if act["times"] > 1 else ""
        on = act["object"] or act["case_id"] or ""
        table.add_row(
            act["at"], act["principal"], act["address"], act["action"], on, f"{act['outcome']}{times}", act["reason"]
        )
    console().print(table)
