"""The accounts of those who administer: each has a name, a password (Argon2id) and roles, and may be bound to a party.

What a role permits is in one table (`aimaq.access.permissions`). A session is for one service and short: nobody asks
the registry about it again, so an account that is disabled has it to its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

import sqlalchemy as sa
from pwdlib.hashers.argon2 import Argon2Hasher

from aimaq.access.administration import SESSION
from aimaq.access.permissions import permissions_of
from aimaq.access.worker_pool import Asker, WorkerPool
from aimaq.language.clock import Clock
from aimaq.language.errors import InvalidInput, NotAllowed, NotAuthenticated, NotFound
from aimaq.language.signing import jwt
from aimaq.language.signing.jws import KeySigner
from aimaq.settings import Settings
from aimaq.store.database import Database, Row
from registry_svc import texts
from registry_svc.models import administrators as table

LIFE = timedelta(minutes=10)
"""How long a session is good."""

_NEW: Row = {"party": None, "body": None, "disabled": False}
"""What an account is that was not told otherwise."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """An account of somebody who administers.

    `party` is whose service alone, if they are bound to one; `body` is the body (`lea:NAME`) of which alone they see
    what the gateway has, if they are of its staff. Nobody is bound to both.
    """

    name: str
    roles: tuple[str, ...]
    party: str | None
    body: str | None
    disabled: bool


class Administrators:
    """The accounts of those who administer, in the registry's database."""

    def __init__(self, database: Database, settings: Settings, signer: KeySigner, clock: Clock) -> None:
        self._database, self._signer, self._clock = database, signer, clock
        self._hasher = Argon2Hasher(
            time_cost=settings.password_rounds, memory_cost=settings.password_memory, parallelism=1
        )
        self._pool = WorkerPool.of(settings)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody")

    async def put(self, name: str, members: Mapping[str, Any], *, within: str | None = None) -> Administrator:
        """Make an account, or change these members of the one of this name: roles, password, party, disabled.

        A member that is not among them stays as it was, and so does the password if it is None. InvalidInput if there
        is no such account, and a new one lacks its roles or its password, and if it were bound to a party and a body.
        `within` is the party that the caller is bound to: NotAllowed if the account is another's before or after.
        """
        row: Row = {member: members[member] for member in ("party", "body", "disabled") if member in members}
        if "roles" in members:
            row["roles"] = " ".join(sorted(set(members["roles"])))
        if (password := members.get("password")) is not None:
            row["password"] = await self._pool.run(partial(self._hasher.hash, password), Asker(name, known=True))
        this = table.c.name == name

        def write(conn: sa.Connection) -> Any:
            before = conn.execute(sa.select(table.c.party, table.c.body).where(this)).first()
            _see_that_it_is(within, row.get("party", before.party if before is not None else None))
            if before is not None:
                _see_that_it_is(within, before.party)
            bound = [row[one] if one in row else getattr(before, one, None) for one in ("party", "body")]
            if None not in bound:
                raise InvalidInput(texts.PARTY_OR_BODY, field="body", rule="party or body")
            if before is None:
                for member in ("password", "roles"):
                    if member not in row:
                        raise InvalidInput(texts.NEW_ACCOUNT.format(member=member), field=member, rule="required")
                conn.execute(sa.insert(table).values(**_NEW | {"name": name} | row))
            elif row:
                conn.execute(sa.update(table).where(this).values(**row))
            return conn.execute(sa.select(table).where(this)).one()

        return _account(await self._database.transact(write))

    async def remove(self, name: str, *, within: str | None = None) -> None:
        """Delete an account; NotFound if there is none, NotAllowed as for `put`."""

        def write(conn: sa.Connection) -> None:
            this = table.c.name == name
            before = conn.execute(sa.select(table.c.party).where(this)).first()
            if before is None:
                raise NotFound(texts.NO_ADMINISTRATOR, field="name")
            _see_that_it_is(within, before.party)
            conn.execute(sa.delete(table).where(this))

        await self._database.transact(write)

    async def all(self) -> list[Administrator]:
        """Every account, by name."""
        async with self._database.read() as conn:
            return [_account(row) for row in await conn.execute(sa.select(table).order_by(table.c.name))]

    async def confirm(self, name: str, password: str, asker: Asker) -> Administrator:
        """The account whose password this is.

        NotAuthenticated for a wrong one, no such account, or a disabled one; Unavailable if too many are to be checked.
        """
        async with self._database.read() as conn:
            row: Any = (await conn.execute(sa.select(table).where(table.c.name == name))).first()
        stored = row.password if row is not None else self._nobody
        right = await self._pool.run(partial(self._hasher.verify, password, stored), asker)
        if row is None or not right or row.disabled:
            raise NotAuthenticated(texts.WRONG_ADMINISTRATOR)
        return _account(row)

    def session(self, account: Administrator, audience: str) -> tuple[str, datetime]:
        """A session of an account at one service, and until when it is good."""
        until = self._clock.now() + LIFE
        claims: dict[str, Any] = {
            "sub": account.name,
            "aud": audience,
            "exp": int(until.timestamp()),
            "permissions": sorted(permissions_of(account.roles)),
            "roles": list(account.roles),
        }
        claims |= {name: value for name in ("party", "body") if (value := getattr(account, name)) is not None}
        return jwt.issue(self._signer, SESSION, claims), until


def _see_that_it_is(within: str | None, party: str | None) -> None:
    """NotAllowed if an account of this party is none that somebody may change who is bound to `within`."""
    if within not in (None, party):
        raise NotAllowed(texts.BOUND.format(party=within), field="party", rule="own party")


def _account(row: Any) -> Administrator:
    return Administrator(row.name, tuple(row.roles.split()), row.party, row.body, bool(row.disabled))
