"""`aimaq keys`: the keys that the systems sign their messages with: which are in use, and a new one for a system.

Exit codes: 0 done, 2 it cannot be done as asked, 3 the stand is out of reach or a party does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, NotAllowed, Technical, Unavailable
from aimaq.language.messages import PARTIES
from stand.commands.administrator.ca import TIMEOUT, HomeOption
from stand.commands.options import COULD_NOT_TELL, HERE, HOME, USAGE, Output, OutputOption, StandOption
from stand.show.terminal import echo

if TYPE_CHECKING:
    import httpx

    from stand.client.address import StandAddress

T = TypeVar("T")
Key = dict[str, Any]

app = typer.Typer(
    name="keys",
    help="The keys that the systems sign their messages with: ls, rotate.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("ls")
def list_(stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY) -> None:
    """List every certificate of the systems: its party, serial number, until when it is good, and how it stands."""
    from stand.client.http import ServiceClient

    async def work(session: httpx.AsyncClient, address: StandAddress) -> list[Key]:
        known = (await ServiceClient(session, address.urls["registry"]).call("GET", "/nca/systems")).body["systems"]
        used = await asyncio.gather(*(_in_use(session, address.urls, party) for party in PARTIES))
        return _listed(known, dict(zip(PARTIES, used, strict=True)))

    found = _done("ls", stand, home, work)
    if output is Output.JSON:
        echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for one in found:
        echo(f"{one['party']:<9} {one['serial']:<40} until {one['not_after'][:10]}  {one['standing']}")


@app.command()
def rotate(
    party: Annotated[str, typer.Argument(help=f"Whose system gets a new key: one of {', '.join(PARTIES)}.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also if a party is not known to know the new certificate.")
    ] = False,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Give a running system a new key. The old certificate stays good until it is revoked with `aimaq ca revoke`."""
    from stand.client.http import ServiceClient

    if party not in PARTIES:
        echo(f"aimaq keys rotate: {party!r} is none of {', '.join(PARTIES)}", err=True)
        raise typer.Exit(USAGE)

    async def work(session: httpx.AsyncClient, address: StandAddress) -> Key:
        path = "/keys/rotation?force=true" if force else "/keys/rotation"
        registry = ServiceClient(session, address.urls["registry"])
        permit = await registry.call("POST", "/nca/systems/permits", {"party": party}, token=address.tokens["registry"])
        # Asked once: a 503 says that a party does not know the new certificate, and asking again is for the operator.
        service_client = ServiceClient(session, address.urls[party], patience=0)
        reply = await service_client.call(
            "POST", path, None if permit.refused else permit.body, token=address.tokens[party]
        )
        if reply.status in (401, 403):
            raise NotAllowed(Technical(f"{party} does not take the token: {reply.detail}"))
        if reply.refused:
            raise InvalidInput(Technical(reply.detail))
        return reply.body

    found = _done("rotate", stand, home, work)
    if output is Output.JSON:
        echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    echo(f"{party} signs with {found['serial']}, good until {found['not_after'][:10]}")
    echo(f"before it was {found['previous']}, which stays good: aimaq ca revoke {found['previous']}")
    if found["unconfirmed"]:
        echo(f"not known to know it: {', '.join(found['unconfirmed'])}")


async def _in_use(session: httpx.AsyncClient, urls: Mapping[str, str], party: str) -> str | None:
    """The serial number of what a party's service signs with now; None if it cannot be asked."""
    from stand.client.http import ServiceClient

    try:
        reply = await ServiceClient(session, urls[party], patience=0).call("GET", "/keys")
    except Unavailable:
        return None
    return None if reply.refused else str(reply.body["serial"])


def _listed(known: list[Key], used: Mapping[str, str | None]) -> list[Key]:
    """The certificates by party and age, each with how it stands: in use, kept for what was signed, or withdrawn."""
    found = []
    for one in sorted(known, key=lambda one: (PARTIES.index(one["party"]), one["not_before"])):
        current = used.get(one["party"])
        chain = one["status"]
        if one["serial"] == current:
            chain = "current" if chain == "good" else f"current, {chain}"
        elif chain == "good":
            chain = "good" if current is None else "previous" if _older(one, current, known) else "next"
        found.append(
            {name: one[name] for name in ("party", "serial", "not_before", "not_after", "since")} | {"standing": chain}
        )
    return found


def _older(one: Key, current: str, known: list[Key]) -> bool:
    since = next((other["not_before"] for other in known if other["serial"] == current), one["not_before"])
    return bool(one["not_before"] <= since)


def _done(
    command: str,
    stand: str,
    home: Path,
    work: Callable[[httpx.AsyncClient, StandAddress], Coroutine[Any, Any, T]],
) -> T:
    from aimaq.http.client import http_client
    from stand.client.address import find

    async def called(address: StandAddress) -> T:
        async with http_client(timeout=TIMEOUT) as session:
            return await work(session, address)

    try:
        return asyncio.run(called(find(stand, home)))
    except AimaqError as error:
        echo(f"aimaq keys {command}: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None
