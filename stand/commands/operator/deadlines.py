"""`aimaq deadlines`: the limits that have run out and those that are about to, by whose move it is.

Exit codes: 0 done, 2 it cannot be done as asked, 3 the stand is out of reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from stand.commands.operator.case import asked, done, json
from stand.commands.options import HERE, HOME, HomeOption, Language, Output, OutputOption, StandOption

if TYPE_CHECKING:
    import httpx

    from stand.client.address import StandAddress


def deadlines(
    next_party: Annotated[str, typer.Option(help="Whose move it is: a party, or a body of one.")] = "",
    next_unit: Annotated[str, typer.Option(help="Whose move it is: a performer, as lea.executor.")] = "",
    state: Annotated[str, typer.Option(help="late, near, pressing (both), or all.")] = "pressing",
    cursor: Annotated[str, typer.Option(help="The next page, as the page before names it.")] = "",
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=500)] = 100,
    language: Annotated[Language, typer.Option(help="Language of the texts.")] = Language.EN,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """List the limits of cases that have run out or are about to, what is due first before."""
    from stand.show.cases import show_deadlines

    words = {"next_party": next_party, "next_unit": next_unit, "state": state, "cursor": cursor, "limit": str(limit)}
    query = urlencode({name: value for name, value in words.items() if value})

    async def work(session: httpx.AsyncClient, there: StandAddress) -> Any:
        return await asked(session, there, "gateway", f"/deadlines?{query}")

    page = done(work, stand, home, "deadlines")
    if output is Output.JSON:
        json(page)
        return
    show_deadlines(page, language.value)
