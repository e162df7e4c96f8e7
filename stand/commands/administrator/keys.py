"""`aimaq keys`: the keys that the systems sign their messages with: which are in use, and a new one for a system.

Exit codes: 0 done, 2 it cannot be done as asked, 3 the stand is out of reach or a party does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import aiohttp
import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, NotAllowed, Unavailable
from aimaq.language.messages import PARTIES
from stand.client.address import StandAddress, find
from stand.commands.administrator.ca import COULD_NOT_TELL, HERE, HOME, TIMEOUT, USAGE, HomeOption, StandOption
from stand.client.http import Door
from stand.commands.tester.law import Output, OutputOption

T = TypeVar("T")
Key = dict[str, Any]

app = typer.Typer(
    name="keys", help="The keys that the systems sign their messages with: ls, rotate.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip


@app.command("ls")
def list_(stand: StandOption = HERE, home: HomeOption = HOME, output: OutputOption = Output.PRETTY) -> None:
    """List every certificate of the systems: its party, serial number, until when it is good, and how it stands."""

    async def work(session: aiohttp.ClientSession, address: StandAddress) -> list[Key]:
        known = (await Door(session, address.urls["registry"]).call("GET", "/nca/systems")).body["systems"]
        used = await asyncio.gather(*(_in_use(session, address.urls, party) for party in PARTIES))
        return _listed(known, dict(zip(PARTIES, used, strict=True)))

    found = _done("ls", stand, home, work)
    if output is Output.JSON:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for one in found:
        typer.echo(f"{one['party']:<9} {one['serial']:<40} until {one['not_after'][:10]}  {one['standing']}")


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
    if party not in PARTIES:
        typer.echo(f"aimaq keys rotate: {party!r} is none of {', '.join(PARTIES)}", err=True)
        raise typer.Exit(USAGE)

    async def work(session: aiohttp.ClientSession, address: StandAddress) -> Key:
        path = "/keys/rotation?force=true" if force else "/keys/rotation"
        # Asked once: a 503 says that a party does not know the new certificate, and asking again is for the operator.
        door = Door(session, address.urls[party], patience=0)
        reply = await door.call("POST", path, token=address.admin_token)
        if reply.status in (401, 403):
            raise NotAllowed(f"{party} does not take the token: {reply.detail}")
        if reply.refused:
            raise InvalidInput(reply.detail)
        return reply.body

    found = _done("rotate", stand, home, work)
    if output is Output.JSON:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    typer.echo(f"{party} signs with {found['serial']}, good until {found['not_after'][:10]}")
    typer.echo(f"before it was {found['previous']}, which stays good: aimaq ca revoke {found['previous']}")
    if found["unconfirmed"]:
        typer.echo(f"not known to know it: {', '.join(found['unconfirmed'])}")


async def _in_use(session: aiohttp.ClientSession, urls: Mapping[str, str], party: str) -> str | None:
    """The serial number of what a party's service signs with now; None if it cannot be asked."""
    try:
        reply = await Door(session, urls[party], patience=0).call("GET", "/keys")
    except Unavailable:
        return None
    return None if reply.refused else str(reply.body["serial"])


def _listed(known: list[Key], used: Mapping[str, str | None]) -> list[Key]:
    """The certificates by party and age, each with how it stands: in use, kept for what was signed, or withdrawn."""
    found = []
    for one in sorted(known, key=lambda one: (PARTIES.index(one["party"]), one["not_before"])):
        current = used.get(one["party"])
        standing = one["status"]
        if one["serial"] == current:
            standing = "current" if standing == "good" else f"current, {standing}"
        elif standing == "good":
            standing = "good" if current is None else "previous" if _older(one, current, known) else "next"
        found.append({name: one[name] for name in ("party", "serial", "not_before", "not_after", "since")} | {
            "standing": standing
        })  # fmt: skip
    return found


def _older(one: Key, current: str, known: list[Key]) -> bool:
    since = next((other["not_before"] for other in known if other["serial"] == current), one["not_before"])
    return bool(one["not_before"] <= since)


def _done(
    command: str, stand: str, home: Path,
    work: Callable[[aiohttp.ClientSession, StandAddress], Coroutine[Any, Any, T]],
) -> T:  # fmt: skip
    async def called(address: StandAddress) -> T:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            return await work(session, address)

    try:
        return asyncio.run(called(find(stand, home)))
    except AimaqError as error:
        typer.echo(f"aimaq keys {command}: {error.detail}", err=True)
        raise typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE) from None
