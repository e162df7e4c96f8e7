"""The people who may sign in to a service: who they are, their passwords (Argon2id), their sessions' tokens."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pwdlib.hashers.argon2 import Argon2Hasher

from aimaq.language.clock import Clock
from aimaq.store.database import Database, Instant, Row
from aimaq.language.errors import AlreadyThere, InvalidInput, NotAuthenticated, Unconfigured
from aimaq.pipeline.cache import Recent
from aimaq.settings import Settings

R = TypeVar("R")


def users_table(metadata: sa.MetaData) -> sa.Table:
    """The table of those who may sign in.

    `met` tells whether the person has opened a case since registering, or was registered by the administrator.
    `roles` is what a member of staff is, with spaces between: `clerk`, `head`.
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
    )


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has registered with a service."""

    iin: str
    name: str
    met: bool
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a session token was made out to: who they are, and what they are at this service."""

    iin: str
    roles: frozenset[str]


class Users:
    """The users of one service."""

    def __init__(self, database: Database, table: sa.Table, settings: Settings, clock: Clock) -> None:
        self._database, self.table, self._clock, self._settings = database, table, clock, settings
        self._hasher = Argon2Hasher(
            time_cost=settings.password_rounds, memory_cost=settings.password_memory, parallelism=1
        )
        self._remembered: Recent[Any] = Recent(2048)
        self._sessions: Recent[tuple[Holder, float]] = Recent(1024)
        """Of tokens that were made or read here lately: whose they are, and until when (POSIX)."""
        self._quick = settings.password_memory < 64

    @cached_property
    def _secret(self) -> OctKey:
        return OctKey.import_key(session_secret(self._settings))

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody")

    async def register(
        self, iin: str, name: str, password: str, roles: Iterable[str] = (), *, met: bool = False
    ) -> User:
        """Register a person; doing it twice with the same password changes nothing, with another is AlreadyThere.

        With `met` no case of theirs tells that they registered for it.
        """
        if len(password) < 6:
            raise InvalidInput("a password has at least 6 characters", field="password", rule="length")
        row: Row = {
            "iin": iin, "name": name, "password": await self._off_loop(self._hasher.hash, password),
            "registered_at": self._clock.now(), "met": met, "roles": " ".join(sorted(roles)),
        }  # fmt: skip
        try:
            async with self._database.begin() as conn:
                await conn.execute(sa.insert(self.table), row)
        except sa.exc.IntegrityError:
            user, known = await self.check(iin, password)
            if user is None or not known:
                raise AlreadyThere("this IIN is registered already", field="iin", rule="unique") from None
            return user
        return User(iin, name, met=met, roles=frozenset(roles))

    async def check(self, iin: str, password: str) -> tuple[User | None, bool]:
        """The user with this IIN, if there is one, and whether the password is theirs.

        It takes as long for an unknown IIN as for a wrong password.
        """
        row = await self._row(iin)
        right = await self._off_loop(self._hasher.verify, password, row.password if row else self._nobody)
        return _user(row), right and row is not None

    async def find(self, iin: str) -> User | None:
        """The user with this IIN, if there is one."""
        return _user(await self._row(iin))

    def forget(self, iin: str) -> None:
        """Read this user anew next time: the row has changed."""
        self._remembered.drop([iin])

    async def _row(self, iin: str) -> Any:
        row = self._remembered.get(iin)
        if row is None:
            row = await self._read(iin)
            if row is not None:
                self._remembered.put(iin, row)
        return row

    async def _read(self, iin: str) -> Any:
        columns = self.table.c
        wanted = (columns.iin, columns.name, columns.met, columns.password, columns.roles)
        query = sa.select(*wanted).where(columns.iin == iin)
        async with self._database.read() as conn:
            return (await conn.execute(query)).first()

    async def _off_loop(self, function: Callable[..., R], *args: str) -> R:
        if self._quick:
            return function(*args)
        return await asyncio.to_thread(function, *args)

    def token(self, iin: str, roles: frozenset[str] = frozenset()) -> tuple[str, datetime]:
        """A token that signs its holder in as `iin` with these roles, and until when."""
        until = self._clock.now() + timedelta(hours=self._settings.session_hours)
        claims: dict[str, Any] = {"sub": iin, "aud": self._settings.party, "exp": int(until.timestamp())}
        if roles:
            claims["roles"] = sorted(roles)
        token = jwt.encode({"alg": "HS256"}, claims, self._secret)
        self._sessions.put(token, (Holder(iin, roles), claims["exp"]))
        return token, until

    def holder(self, token: str) -> Holder:
        """Whom a token was made out to; NotAuthenticated if it is not ours, or no longer good."""
        if (known := self._sessions.get(token)) is None:
            known = self._read_token(token)
            self._sessions.put(token, known)
        holder, until = known
        if until <= self._clock.now().timestamp():
            raise NotAuthenticated("the session is over: sign in again")
        return holder

    def _read_token(self, token: str) -> tuple[Holder, float]:
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            raise NotAuthenticated("the session token is not one of this service") from None
        if claims.get("aud") != self._settings.party:
            raise NotAuthenticated("the session token is one of another service")
        return Holder(str(claims["sub"]), frozenset(claims.get("roles", ()))), claims.get("exp", 0)


def _user(row: Any) -> User | None:
    return User(row.iin, row.name, row.met, frozenset(row.roles.split())) if row is not None else None


def session_secret(settings: Settings) -> bytes:
    """The secret behind a service's session tokens and challenges, made when it is first asked for.

    Unconfigured if it can be neither read nor made.
    """
    path = settings.home / "keys" / settings.party / "session.secret"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(secrets.token_bytes(32))
        return path.read_bytes()
    except OSError as error:
        raise Unconfigured(f"the session secret {path} cannot be used: {error.strerror}") from None
