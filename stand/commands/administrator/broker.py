"""`aimaq broker`: makes RabbitMQ ready for a stand, and compares what it has with what the stand needs.

Passwords are files, `<party>.password`, made where they are missing; the definitions on disk hold none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from aimaq.language.errors import AimaqError, InvalidInput, Unconfigured
from aimaq.language.messages import PARTIES
from stand.client.defaults import PREFIX, VHOST
from stand.commands.options import COULD_NOT_TELL, USAGE
from stand.commands.servers import ManagementOption, UrlOption
from stand.show.terminal import echo

T = TypeVar("T")
Output = Literal["pretty", "json"]

SECRETS = Path("var/stand/secrets")
AMISS = 1
"""The exit code where the broker has not what the stand needs."""

app = typer.Typer(no_args_is_help=True, help="RabbitMQ for a stand: make it ready, look at it.")

Vhost = Annotated[str, typer.Option(help="The virtual host of the stand.")]
Prefix = Annotated[str, typer.Option(help="How the names of exchanges, queues and users begin.")]
Secrets = Annotated[Path, typer.Option(help="Where the passwords are: PARTY.password. Missing ones are made.")]
Form = Annotated[Output, typer.Option("-o", "--output", help="How to print the answer.")]

DEFAULT_URL = "amqp://127.0.0.1:5672"


@app.command("apply")
def apply_command(
    url: UrlOption = DEFAULT_URL,
    vhost: Vhost = VHOST,
    prefix: Prefix = PREFIX,
    secrets: Secrets = SECRETS,
    management: ManagementOption = None,
    output: Form = "pretty",
) -> None:
    """Create the virtual host, the users, their permissions, the exchanges and the queues; safe to repeat."""
    from rich.table import Table

    from stand.provision.broker import admin_of, party_url, passwords, prepare
    from stand.provision.topology import topology
    from stand.show.console import console

    async def work() -> None:
        topology(prefix, vhost)  # names that are none are told before passwords are made for them
        await prepare(prefix, vhost, passwords(secrets), admin_of(url, management))

    _run(work())
    addresses = {party: party_url(url, party, "", prefix=prefix, vhost=vhost).replace(":@", "@") for party in PARTIES}
    if output == "json":
        echo(json.dumps({"vhost": vhost, "prefix": prefix, "secrets": str(secrets), "addresses": addresses}))
        return
    table = Table("party", "address", "password")
    for party, address in addresses.items():
        table.add_row(party, address, str(secrets / f"{party}.password"))
    console().print(table)


@app.command("remove")
def remove_command(
    url: UrlOption = DEFAULT_URL,
    vhost: Vhost = VHOST,
    prefix: Prefix = PREFIX,
    secrets: Secrets = SECRETS,
    management: ManagementOption = None,
) -> None:
    """Delete what `apply` made: the virtual host with all that waits in it, the users, the passwords."""
    from stand.provision.broker import admin_of, forget, removable, remove

    async def work() -> None:
        admin = admin_of(url, management)
        await removable(prefix, vhost, admin)
        await remove(prefix, vhost, admin)
        forget(secrets)

    _run(work())


@app.command("show")
def show_command(
    url: UrlOption = DEFAULT_URL,
    vhost: Vhost = VHOST,
    prefix: Prefix = PREFIX,
    management: ManagementOption = None,
    output: Form = "pretty",
) -> None:
    """Compare what the broker has with what the stand needs, and count what waits; exit code 1 if they differ."""
    from rich.table import Table

    from stand.provision.broker import admin_of
    from stand.provision.topology import differences, label, topology
    from stand.show.console import console

    async def work() -> tuple[dict[tuple[str, str], str], dict[str, tuple[int, int]]]:
        admin = admin_of(url, management)
        wanted = topology(prefix, vhost)
        found = await admin.export()
        wrong = {(kind, name): state for kind, name, state in differences(wanted, found)}
        states = {
            (kind, name := label(kind, one)): wrong.get((kind, name), "ok") for kind in wanted for one in wanted[kind]
        }
        there = any(one["name"] == vhost for one in found.get("vhosts", ()))
        return states, await admin.queues(vhost) if there else {}

    states, queues = _run(work())
    if output == "json":
        rows = [{"kind": kind, "name": name, "state": state} for (kind, name), state in states.items()]
        waiting = {
            name: {"messages": messages, "consumers": consumers} for name, (messages, consumers) in queues.items()
        }
        echo(json.dumps({"vhost": vhost, "definitions": rows, "queues": waiting}))
    else:
        table = Table("kind", "name", "state", "messages", "consumers")
        for (kind, name), state in states.items():
            table.add_row(kind, name, state, *(map(str, queues[name]) if kind == "queues" and name in queues else ()))
        console().print(table)
    if any(state != "ok" for state in states.values()):
        raise typer.Exit(AMISS)


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except AimaqError as error:
        echo(f"aimaq broker: {error.detail}", err=True)
        raise typer.Exit(USAGE if isinstance(error, InvalidInput | Unconfigured) else COULD_NOT_TELL) from None
