"""`aimaq broker`: RabbitMQ made ready for a stand, looked at, and cleaned up again.

Passwords are files, `<party>.password`, made where they are missing; the definitions on disk hold none.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table
from yarl import URL

from aimaq.bus.rabbit.connection import Address
from aimaq.language.clock import SystemClock
from aimaq.language.errors import AimaqError, InvalidInput, Unavailable, Unconfigured
from aimaq.language.ids import Ids
from aimaq.language.messages import PARTIES
from stand.provision.rabbit_admin import Admin, Ctl, Management
from stand.provision.topology import DIFFERENT, PREFIX, VHOST, Definitions, differences, label, topology, user

T = TypeVar("T")
Output = Literal["pretty", "json"]

SECRETS = Path("var/stand/secrets")
APPLIED_WITHIN = 20.0
"""How long the broker may take until everything is there, in seconds; it imports in the background."""

LOOK_EVERY = 0.2
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
AMISS, BAD_USAGE, COULD_NOT_TELL = 1, 2, 3


def passwords(directory: Path, parties: Iterable[str] = PARTIES, ids: Ids | None = None) -> dict[str, str]:
    """The broker password of each party, from `<party>.password`; one that is missing is made, mode 0600."""
    draw = ids or Ids(SystemClock())
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return {party: _password(directory / f"{party}.password", draw) for party in parties}
    except OSError as error:
        raise Unconfigured(f"the broker's passwords: {error.strerror}: {error.filename}", field="secrets") from error


def with_passwords(
    definitions: Definitions, prefix: str, given: Mapping[str, str], ids: Ids | None = None
) -> Definitions:
    """The definitions with each party's password as the salted SHA-256 that RabbitMQ keeps."""
    draw = ids or Ids(SystemClock())
    hashes = {user(prefix, party): _hash(password, draw) for party, password in given.items()}
    users = [
        {**one, "password_hash": hashes[one["name"]], "hashing_algorithm": "rabbit_password_hashing_sha256"}
        if one["name"] in hashes
        else one
        for one in definitions["users"]
    ]
    return {**definitions, "users": users}


async def apply(definitions: Definitions, admin: Admin) -> None:
    """Bring these definitions to the broker and return once all of them are there; twice is as good as once.

    Unavailable if the broker is out of reach, or holds something of the same name that is otherwise. Unconfigured if a
    user has no password: loaded so, it would lose the one it had.
    """
    if open_users := [one["name"] for one in definitions["users"] if "password_hash" not in one]:
        raise Unconfigured(f"no password for the broker's user {open_users[0]}", field="secrets")
    await admin.load(definitions)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + APPLIED_WITHIN
    while left := differences(definitions, await admin.export()):
        if loop.time() > deadline or all(state == DIFFERENT for _, _, state in left):
            kind, name, state = left[0]
            raise Unavailable(f"the broker took the definitions, and still of its {kind} {name} is {state}")
        await asyncio.sleep(LOOK_EVERY)


async def remove(prefix: str, vhost: str, admin: Admin, parties: Iterable[str] = PARTIES) -> None:
    """Delete a stand's virtual host, with all that waits in it, and its users."""
    await admin.delete_vhost(vhost)
    await asyncio.gather(*(admin.delete_user(user(prefix, party)) for party in parties))


def party_url(url: str, party: str, password: str, *, prefix: str = PREFIX, vhost: str = VHOST) -> str:
    """The address at which one party reaches the broker that `url` names, with its own user and virtual host."""
    path = "/" + quote(vhost, safe="")
    return str(URL(url).with_user(user(prefix, party)).with_password(password).with_path(path, encoded=True))


def _password(path: Path, ids: Ids) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        draft = path.with_suffix(f".{ids.token(4)}")
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(ids.token(24) + "\n", encoding="utf-8")
        try:
            path.hardlink_to(draft)  # of several who make it at once, one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise Unconfigured(f"the broker's passwords: {path} is empty", field="secrets")
    return text


def _hash(password: str, ids: Ids) -> str:
    salt = bytes.fromhex(ids.token(4))
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


app = typer.Typer(no_args_is_help=True, help="RabbitMQ for a stand: make it ready, look at it.")

Url = Annotated[
    str, typer.Option(help="The broker as its administrator reaches it: amqp://ADMIN:PASSWORD@HOST[:PORT].")
]
Vhost = Annotated[str, typer.Option(help="The virtual host of the stand.")]
Prefix = Annotated[str, typer.Option(help="How the names of exchanges, queues and users begin.")]
Secrets = Annotated[Path, typer.Option(help="Where the passwords are: PARTY.password. Missing ones are made.")]
Api = Annotated[
    str | None,
    typer.Option("--management", help="The management API: http://ADMIN:PASSWORD@HOST:15672. Without it, rabbitmqctl."),
]
Form = Annotated[Output, typer.Option("-o", "--output", help="How to print the answer.")]

DEFAULT_URL = "amqp://127.0.0.1:5672"


@app.command("apply")
def apply_command(
    url: Url = DEFAULT_URL,
    vhost: Vhost = VHOST,
    prefix: Prefix = PREFIX,
    secrets: Secrets = SECRETS,
    management: Api = None,
    output: Form = "pretty",
) -> None:
    """Create the virtual host, the users, their permissions, the exchanges and the queues; safe to repeat."""

    async def work() -> None:
        definitions = topology(prefix, vhost)
        admin = admin_of(url, management)
        await apply(with_passwords(definitions, prefix, passwords(secrets)), admin)

    _run(work())
    addresses = {party: party_url(url, party, "", prefix=prefix, vhost=vhost).replace(":@", "@") for party in PARTIES}
    if output == "json":
        typer.echo(json.dumps({"vhost": vhost, "prefix": prefix, "secrets": str(secrets), "addresses": addresses}))
        return
    table = Table("party", "address", "password")
    for party, address in addresses.items():
        table.add_row(party, address, str(secrets / f"{party}.password"))
    Console().print(table)


@app.command("show")
def show_command(
    url: Url = DEFAULT_URL,
    vhost: Vhost = VHOST,
    prefix: Prefix = PREFIX,
    management: Api = None,
    output: Form = "pretty",
) -> None:
    """Compare what the broker has with what the stand needs, and count what waits; exit code 1 if they differ."""

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
        typer.echo(json.dumps({"vhost": vhost, "definitions": rows, "queues": waiting}))
    else:
        table = Table("kind", "name", "state", "messages", "consumers")
        for (kind, name), state in states.items():
            table.add_row(kind, name, state, *(map(str, queues[name]) if kind == "queues" and name in queues else ()))
        Console().print(table)
    if any(state != "ok" for state in states.values()):
        raise typer.Exit(AMISS)


def admin_of(url: str, management: str | None) -> Admin:
    """Who administers the broker at `url`; InvalidInput if it is elsewhere and no management API was named."""
    Address(url)
    if management is not None:
        return Management(management)
    if URL(url).host not in HERE:
        raise InvalidInput(
            f"rabbitmqctl reaches the broker of this machine only; for {URL(url).host} give --management"
        )
    return Ctl()


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except AimaqError as error:
        typer.echo(f"aimaq broker: {error.detail}", err=True)
        raise typer.Exit(BAD_USAGE if isinstance(error, InvalidInput | Unconfigured) else COULD_NOT_TELL) from None
