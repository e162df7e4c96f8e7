"""The accounts of people at one service: their passwords (Argon2id), roles, and by what it is proved who they are.

Anybody can register an IIN at an open desk. Such an account is not *proved*: it gives way to its owner, who comes
with a certificate, and to the administrator, who knows whom they register. What changes about an account holds at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from pwdlib.hashers.argon2 import Argon2Hasher

from aimaq.access.worker_pool import STRANGER, Asker, WorkerPool
from aimaq.language.clock import Clock
from aimaq.language.errors import AlreadyThere, InvalidInput, NotAuthenticated, NotFound
from aimaq.language.texts import Texts
from aimaq.settings import Settings
from aimaq.store.database import Database, Instant, Row
from aimaq.store.lru import Recent

R = TypeVar("R")

SHORTEST = 6
"""Characters that a password has at least."""

NO_PASSWORD = "!"  # noqa: S105 - it is no password, and the hash of none
"""What stands in the place of a password's hash where there is no password."""

Proof = Literal["", "certificate", "administrator"]
"""By what it is proved who the owner of an account is; empty if it is not."""

SHORT_PASSWORD = Texts(
    kk="құпиясөз кемінде {least} таңбадан тұруға тиіс",
    ru="в пароле должно быть не меньше {least} знаков",
    en="a password has at least {least} characters",
)
REGISTERED = Texts(
    kk="бұл ЖСН бұрын тіркелген: өз құпиясөзіңізбен кіріңіз",
    ru="этот ИИН уже зарегистрирован: войдите со своим паролем",
    en="this IIN is registered already",
)
SESSION_OVER = Texts(
    kk="сессияның мерзімі өтті: жүйеге қайта кіріңіз",
    ru="сеанс истёк: войдите снова",
    en="the session is over: sign in again",
)
NO_ACCOUNT = Texts(
    kk="мұнда бұл ЖСН-мен ешкім тіркелмеген",
    ru="с этим ИИН здесь никто не зарегистрирован",
    en="nobody is registered here with this IIN",
)


def users_table(metadata: sa.MetaData) -> sa.Table:
    """The table of those who may sign in.

    `met` tells whether the person has opened a case since registering, or was registered by the administrator.
    `roles` is what a member of staff is, with spaces between: `clerk`, `head`. Sessions of an earlier `generation` are
    over. What was added later may be empty, as it is in the rows of an older database.
    """
    return sa.Table(
        "users",
        metadata,
        sa.Column("iin", sa.String(12), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("registered_at", Instant, nullable=False),
        sa.Column("met", sa.Boolean, nullable=False),
        sa.Column("roles", sa.Text, nullable=False, server_default=""),
        sa.Column("proof", sa.String(16)),
        sa.Column("disabled", sa.Boolean),
        sa.Column("generation", sa.Integer),
    )


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has registered with a service."""

    iin: str
    name: str
    met: bool
    roles: frozenset[str] = frozenset()
    proof: Proof = ""
    disabled: bool = False
    generation: int = 0


class Users:
    """The accounts of one service."""

    def __init__(self, database: Database, table: sa.Table, settings: Settings, clock: Clock) -> None:
        self._database, self.table, self._clock = database, table, clock
        self._hasher = Argon2Hasher(
            time_cost=settings.password_rounds, memory_cost=settings.password_memory, parallelism=1
        )
        self._remembered: Recent[tuple[User, str]] = Recent(2048)
        self._changes = 0
        """How often a row has changed: a row that was read before is not remembered."""
        self._pool = None if settings.password_memory < 64 else WorkerPool.of(settings)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody")

    async def register(
        self,
        iin: str,
        name: str,
        password: str,
        roles: Iterable[str] = (),
        *,
        by: Proof = "",
        asker: Asker = STRANGER,
    ) -> User:
        """Register a person; `by` tells what proves that it is they.

        An account that is not proved gives way to one that is: password, name and roles are the new ones, its sessions
        are over. The owner who proves it by a certificate sets a proved account's password anew too. The administrator,
        who knows its password, sets its name and roles. Without a proof, doing it twice with the same password changes
        nothing. AlreadyThere in every other case; Unavailable if too many passwords are to be checked now.
        """
        hashed = await self._hashed(password, asker)
        row: Row = {
            "iin": iin,
            "name": name,
            "password": hashed,
            "registered_at": self._clock.now(),
            "met": by == "administrator",
            "roles": " ".join(sorted(roles)),
            "proof": by,
            "disabled": False,
            "generation": 0,
        }
        try:
            async with self._database.begin() as conn:
                await conn.execute(sa.insert(self.table), row)
        except sa.exc.IntegrityError:
            return await self._register_again(row, password, by, asker)
        self.forget(iin)
        return User(iin, name, met=row["met"], roles=frozenset(roles), proof=by)

    async def _register_again(self, row: Row, password: str, by: Proof, asker: Asker) -> User:
        iin = str(row["iin"])
        user, right = await self.check(iin, password, asker)
        assert user is not None
        if by and not right and (by == "certificate" or not user.proof):
            taken = {name: row[name] for name in ("name", "password", "roles", "proof")}
            if not user.proof:
                taken["met"] = row["met"]
            return await self._write(iin, taken, end_sessions=True)
        if not right:
            raise AlreadyThere(REGISTERED, field="iin", rule="unique") from None
        if not by:
            return user
        return await self._write(iin, {name: row[name] for name in ("name", "roles", "proof")})

    async def change(
        self,
        iin: str,
        *,
        name: str | None = None,
        password: str | None = None,
        roles: Iterable[str] | None = None,
        disabled: bool | None = None,
        proof: Proof | None = None,
        as_of: int | None = None,
    ) -> User:
        """Change what is given of an account; a new password, and to disable it, end its sessions.

        NotFound if there is no such account, InvalidInput for a password that is too short. Whoever changes their own
        says by `as_of` of which generation their session is: NotAuthenticated if it has ended meanwhile.
        """
        changes: Row = {"name": name, "disabled": disabled, "proof": proof}
        changes["roles"] = " ".join(sorted(roles)) if roles is not None else None
        changes["password"] = await self._hashed(password, Asker(iin, known=True)) if password is not None else None
        changes = {column: value for column, value in changes.items() if value is not None}
        return await self._write(iin, changes, end_sessions=password is not None or bool(disabled), as_of=as_of)

    async def prove(self, iin: str) -> User:
        """The owner has come with a certificate to an account that was not proved: whose password it has is not known.

        The password is none from now on, and the account's sessions are over.
        """
        return await self._write(iin, {"password": NO_PASSWORD, "proof": "certificate"}, end_sessions=True)

    async def end_sessions(self, iin: str) -> User:
        """End every session of an account; NotFound if there is none."""
        return await self._write(iin, {}, end_sessions=True)

    async def check(self, iin: str, password: str, asker: Asker = STRANGER) -> tuple[User | None, bool]:
        """The user with this IIN, if there is one, and whether the password is theirs.

        It takes as long for an unknown IIN as for a wrong password. Unavailable if too many are to be checked now.
        """
        user, hashed = await self._account(iin)
        there = user is not None and hashed != NO_PASSWORD
        right = await self._costly(partial(self._hasher.verify, password, hashed if there else self._nobody), asker)
        return user, right and there

    async def find(self, iin: str) -> User | None:
        """The user with this IIN, if there is one."""
        return (await self._account(iin))[0]

    def forget(self, iin: str) -> None:
        """Read this user anew next time: the row has changed."""
        self._changes += 1
        self._remembered.drop([iin])

    async def _hashed(self, password: str, asker: Asker) -> str:
        if len(password) < SHORTEST:
            raise InvalidInput(SHORT_PASSWORD.format(least=SHORTEST), field="password", rule="length")
        return await self._costly(partial(self._hasher.hash, password), asker)

    async def _write(self, iin: str, changes: Row, *, end_sessions: bool = False, as_of: int | None = None) -> User:
        columns = self.table.c
        generation = sa.func.coalesce(columns.generation, 0)
        this = columns.iin == iin if as_of is None else sa.and_(columns.iin == iin, generation == as_of)
        if end_sessions:
            changes = changes | {"generation": generation + 1}
        if changes:
            async with self._database.begin() as conn:
                written = (await conn.execute(sa.update(self.table).where(this).values(**changes))).rowcount
            if as_of is not None and not written:
                raise NotAuthenticated(SESSION_OVER)
            self.forget(iin)
        user = await self.find(iin)
        if user is None:
            raise NotFound(NO_ACCOUNT, field="iin")
        return user

    async def _account(self, iin: str) -> tuple[User | None, str]:
        """The user with this IIN, if there is one, and the hash of their password."""
        account = self._remembered.get(iin)
        if account is None:
            changes, row = self._changes, await self._read(iin)
            if row is None:
                return None, NO_PASSWORD
            account = _user(row), row.password
            if changes == self._changes:
                self._remembered.put(iin, account)
        return account

    async def _read(self, iin: str) -> Any:
        async with self._database.read() as conn:
            return (await conn.execute(sa.select(self.table).where(self.table.c.iin == iin))).first()

    async def _costly(self, function: Callable[[], R], asker: Asker) -> R:
        return await self._pool.run(function, asker) if self._pool is not None else function()


def _user(row: Any) -> User:
    roles = frozenset(row.roles.split())
    return User(row.iin, row.name, row.met, roles, row.proof or "", bool(row.disabled), row.generation or 0)
