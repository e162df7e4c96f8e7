"""RabbitMQ made ready for a stand and cleaned up again.

Passwords are files, `<party>.password`, made where they are missing; the definitions on disk hold none.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from yarl import URL

from aimaq.bus.rabbit.connection import Address
from aimaq.language.clock import SystemClock
from aimaq.language.errors import InvalidInput, Technical, Unavailable, Unconfigured
from aimaq.language.ids import Ids
from aimaq.language.messages import PARTIES
from stand.client.defaults import PREFIX, VHOST
from stand.provision import old_queues
from stand.provision.rabbit_admin import Admin, Ctl, Management
from stand.provision.topology import DIFFERENT, Definitions, differences, topology, user

APPLIED_WITHIN = 20.0
"""How long the broker may take until everything is there, in seconds; it imports in the background."""

LOOK_EVERY = 0.2

_FIXED = frozenset({"exchanges", "queues"})
"""What the broker leaves as it is once it is there; users and permissions are overwritten."""

_SALT = 4
"""Bytes of salt before the SHA-256 in RabbitMQ's `password_hash`."""

HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def passwords(directory: Path, parties: Iterable[str] = PARTIES, ids: Ids | None = None) -> dict[str, str]:
    """The broker password of each party, from `<party>.password`; one that is missing is made, mode 0600."""
    draw = ids or Ids(SystemClock())
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return {party: _password(directory / f"{party}.password", draw) for party in parties}
    except OSError as error:
        raise Unconfigured(f"the broker's passwords: {error.strerror}: {error.filename}", field="secrets") from error


def forget(directory: Path, parties: Iterable[str] = PARTIES) -> None:
    """Delete the parties' passwords; Unconfigured if one cannot be deleted."""
    try:
        for party in parties:
            (directory / f"{party}.password").unlink(missing_ok=True)
    except OSError as error:
        raise Unconfigured(f"the broker's passwords: {error.strerror}: {error.filename}", field="secrets") from error


def with_passwords(
    definitions: Definitions, prefix: str, supplied: Mapping[str, str], ids: Ids | None = None
) -> Definitions:
    """The definitions with each party's password as the salted SHA-256 that RabbitMQ keeps."""
    draw = ids or Ids(SystemClock())
    hashes = {
        user(prefix, party): _hash(password, bytes.fromhex(draw.token(_SALT))) for party, password in supplied.items()
    }
    users = [
        {**one, "password_hash": hashes[one["name"]], "hashing_algorithm": "rabbit_password_hashing_sha256"}
        if one["name"] in hashes
        else one
        for one in definitions["users"]
    ]
    return {**definitions, "users": users}


async def prepare(prefix: str, vhost: str, supplied: Mapping[str, str], admin: Admin) -> None:
    """Give a stand its virtual host, its users with these passwords, its exchanges and its queues.

    Unavailable as in `apply`, and if a user that would get another password is connected: another stand runs with it.
    """
    definitions, found = topology(prefix, vhost), await admin.export()
    hashes = {one["name"]: one.get("password_hash", "") for one in found.get("users", ())}
    names = {user(prefix, party): password for party, password in supplied.items()}
    changed = {name for name, password in names.items() if name in hashes and not _matches(password, hashes[name])}
    if not changed and not differences(definitions, found):
        return
    if changed and (running := changed & await admin.connected()):
        raise Unavailable(
            Technical(
                f"another stand runs with the broker's user {min(running)} and another password: stop that stand, or"
                " give this one a --prefix and a --vhost of its own"
            )
        )
    await apply(with_passwords(definitions, prefix, supplied), admin)


async def apply(definitions: Definitions, admin: Admin) -> None:
    """Bring these definitions to the broker and return once all of them are there; twice is as good as once.

    Queues that an older version made otherwise are made anew if they are empty. Unavailable if the broker is out of
    reach, or holds something of the same name that is otherwise and cannot be made anew. Unconfigured if a
    user has no password: loaded so, it would lose the one it had.
    """
    if open_users := [one["name"] for one in definitions["users"] if "password_hash" not in one]:
        raise Unconfigured(f"no password for the broker's user {open_users[0]}", field="secrets")
    await old_queues.clear(definitions, await admin.export(), admin)
    await admin.load(definitions)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + APPLIED_WITHIN
    while left := differences(definitions, await admin.export()):
        if loop.time() > deadline or all(state == DIFFERENT and kind in _FIXED for kind, _, state in left):
            kind, name, state = left[0]
            raise Unavailable(Technical(f"the broker took the definitions, and still of its {kind} {name} is {state}"))
        await asyncio.sleep(LOOK_EVERY)


async def remove(prefix: str, vhost: str, admin: Admin, parties: Iterable[str] = PARTIES) -> None:
    """Delete a stand's virtual host, with all that waits in it, and its users."""
    await admin.delete_vhost(vhost)
    await asyncio.gather(*(admin.delete_user(user(prefix, party)) for party in parties))


async def removable(prefix: str, vhost: str, admin: Admin) -> bool:
    """Whether there is this virtual host; Unavailable, with the reason, if it and its users must not be deleted now.

    That is while one of its users is connected, and where the virtual host has queues that are not the stand's.
    """
    names = {user(prefix, party) for party in PARTIES}
    if running := names & await admin.connected():
        raise Unavailable(Technical(f"the broker's user {min(running)} is connected: stop its stand first"))
    there = await admin.export()
    queues = {one["name"] for one in there.get("queues", ()) if one["vhost"] == vhost}
    if strange := queues - {one["name"] for one in topology(prefix, vhost)["queues"]}:
        raise Unavailable(Technical(f"the virtual host {vhost} has queues that are not this stand's: {min(strange)}"))
    return any(one["name"] == vhost for one in there["vhosts"])


def party_url(url: str, party: str, password: str, *, prefix: str = PREFIX, vhost: str = VHOST) -> str:
    """The address at which one party reaches the broker that `url` names, with its own user and virtual host."""
    path = "/" + quote(vhost, safe="")
    own = URL(url).with_user(user(prefix, party)).with_password(password)
    return str(own.with_path(path, encoded=True, keep_query=True))


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


def _hash(password: str, salt: bytes) -> str:
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _matches(password: str, stored: str) -> bool:
    try:
        salt = base64.b64decode(stored, validate=True)[:_SALT]
    except ValueError:
        return False
    return _hash(password, salt) == stored


def admin_of(url: str, management: str | None) -> Admin:
    """Who administers the broker at `url`; InvalidInput if it is elsewhere and no management API was named."""
    Address(url)
    if management is not None:
        return Management(management)
    if URL(url).host not in HERE:
        raise InvalidInput(
            Technical(f"rabbitmqctl reaches the broker of this machine only; for {URL(url).host} give --management")
        )
    return Ctl()
