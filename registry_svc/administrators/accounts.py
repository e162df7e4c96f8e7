"""The accounts of those who administer: each has a name, a password (Argon2id) and roles, and may be bound to a party.

An account may have a person's IIN: then their certificate opens it too. What a role permits is in one table
(`aimaq.access.permissions`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import sqlalchemy as sa
from pwdlib.hashers.argon2 import Argon2Hasher

from aimaq.access.worker_pool import Asker, WorkerPool
from aimaq.language.errors import AlreadyThere, InvalidInput, NotAllowed, NotAuthenticated, NotFound
from aimaq.settings import Settings
from aimaq.store.database import Database, Row
from registry_svc import texts
from registry_svc.models import administrators as table

_NEW: Row = {"party": None, "body": None, "disabled": False, "iin": None}
"""What an account is that was not told otherwise."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """An account of somebody who administers.

    `party` is whose service alone, if they are bound to one; `body` is the body (`lea:NAME`) of which alone they see
    what the gateway has, if they are of its staff. Nobody is bound to both. `iin` is whose certificate opens it, if one
    does; `mark` tells its password from any other that it had.
    """

    name: str
    roles: tuple[str, ...]
    party: str | None
    body: str | None
    disabled: bool
    iin: str | None
    mark: str


class Administrators:
    """The accounts of those who administer, in the registry's database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._hasher = Argon2Hasher(
            time_cost=settings.password_rounds, memory_cost=settings.password_memory, parallelism=1
        )
        self._pool = WorkerPool.of(settings)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody")

    async def put(self, name: str, members: Mapping[str, Any], *, within: str | None = None) -> Administrator:
        """Make an account, or change these members of the one of this name: roles, password, party, disabled, iin.

        A member that is not among them stays as it was, and so does the password if it is None. InvalidInput if there
        is no such account, and a new one lacks its roles or its password, and if it were bound to a party and a body.
        `within` is the party that the caller is bound to: NotAllowed if the account is another's before or after.
        AlreadyThere if the IIN is another account's.
        """
        row: Row = {member: members[member] for member in ("party", "body", "disabled", "iin") if member in members}
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
            if (iin := row.get("iin")) is not None:
                owner = conn.execute(sa.select(table.c.name).where(table.c.iin == iin, table.c.name != name)).first()
                if owner is not None:
                    raise AlreadyThere(texts.TAKEN_IIN, field="iin", rule="unique")
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

    async def find(self, name: str) -> Administrator | None:
        """The account of this name, if there is one."""
        return await self._found(table.c.name == name)

    async def of_person(self, iin: str) -> Administrator | None:
        """The account that the certificate of this person opens, if there is one."""
        return await self._found(table.c.iin == iin)

    async def _found(self, condition: sa.ColumnElement[bool]) -> Administrator | None:
        async with self._database.read() as conn:
            row = (await conn.execute(sa.select(table).where(condition))).first()
        return _account(row) if row is not None else None


def _see_that_it_is(within: str | None, party: str | None) -> None:
    """NotAllowed if an account of this party is none that somebody may change who is bound to `within`."""
    if within not in (None, party):
        raise NotAllowed(texts.BOUND.format(party=within), field="party", rule="own party")


def _account(row: Any) -> Administrator:
    mark = hashlib.sha256(row.password.encode()).hexdigest()[:16]
    return Administrator(row.name, tuple(row.roles.split()), row.party, row.body, bool(row.disabled), row.iin, mark)
