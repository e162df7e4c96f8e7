"""Sessions of people at one service: short tokens, each renewed by one that is good once, until it is over.

A token is a JWT that the service sealed for itself. It says whose session it is; what its holder may do is read from
the account each time, so that a role given or taken, an account disabled and a session ended hold at once. What was
ended or used is kept in a table until its time would have come.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from aimaq.access.systems.keystore import write
from aimaq.access.users import SESSION_OVER, User, Users
from aimaq.language.clock import Clock
from aimaq.language.errors import NotAuthenticated, Unconfigured
from aimaq.language.ids import Ids
from aimaq.language.texts import Texts
from aimaq.settings import Settings
from aimaq.store.database import Database, Instant
from aimaq.store.lru import Recent

NO_SESSION = Texts(
    kk="бұл сессия белгісін осы қызмет бермеген: жүйеге кіріңіз",
    ru="этот маркер сеанса выдан не этой службой: войдите в систему",
    en="the session token is not one of this service",
)
ANOTHERS_SESSION = Texts(
    kk="бұл сессия белгісі басқа қызметтікі: осы қызметке кіріңіз",
    ru="этот маркер сеанса от другой службы: войдите в эту",
    en="the session token is one of another service",
)
_ACCESS, _REFRESH = "access", "refresh"
_SECRET = 32
"""Bytes of the secret behind tokens and challenges (RFC 7518, 3.2: as many as the hash has)."""


def ended_table(metadata: sa.MetaData) -> sa.Table:
    """The table of sessions that were ended early, and of refresh tokens that were used: each until its time."""
    return sa.Table(
        "ended",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("until", Instant, nullable=False, index=True),
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a session token was made out to: who they are, and what they are at this service."""

    iin: str
    roles: frozenset[str]
    session: str = ""
    generation: int = 0
    """The id of the session, which can be ended, and the generation of the account that it is of."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a session is used with: a token and until when it is good, and what renews it until when."""

    token: str
    until: datetime
    refresh: str
    refresh_until: datetime


@dataclass(frozen=True, slots=True)
class _Claims:
    iin: str
    session: str
    generation: int
    until: float
    id: str = ""


class Sessions:
    """The sessions of the users of one service."""

    def __init__(self, database: Database, table: sa.Table, users: Users, settings: Settings, clock: Clock) -> None:
        self._database, self._table, self._users = database, table, users
        self._settings, self._clock, self._ids = settings, clock, Ids(clock)
        self._read: Recent[_Claims] = Recent(1024)
        """The claims of tokens that were made or read here lately, and whose sessions go on."""
        self._endings = 0
        """How often a session was ended: a token that was looked up before is not remembered."""

    @cached_property
    def _secret(self) -> OctKey:
        return OctKey.import_key(session_secret(self._settings))

    def open(self, user: User) -> Tokens:
        """A new session of this user."""
        return self._tokens(user, self._ids.token(16))

    async def holder(self, token: str) -> Holder:
        """Whom a token was made out to, as their account is now.

        NotAuthenticated if it is not ours, or no longer good.
        """
        claims = self._read.get(token)
        if claims is None:
            endings, claims = self._endings, self._claims(token, _ACCESS)
            if await self._ended(claims.session):
                raise NotAuthenticated(SESSION_OVER)
            if endings == self._endings:
                self._read.put(token, claims)
        user = await self._user(claims)
        return Holder(user.iin, user.roles, claims.session, claims.generation)

    async def renew(self, refresh: str) -> Tokens:
        """New tokens for those that this one renews, which it does once.

        NotAuthenticated if it is not ours or no longer good. If it was used before, somebody else has it too, and the
        session is over.
        """
        endings, claims = self._endings, self._claims(refresh, _REFRESH)
        user = await self._user(claims)
        if await self._ended(claims.session):
            raise NotAuthenticated(SESSION_OVER)
        if not await self._put(claims.id):
            await self.end(claims.session)
            raise NotAuthenticated(SESSION_OVER)
        tokens = self._tokens(user, claims.session)
        if endings != self._endings:  # this one, perhaps: each of them is looked up as it is used
            self._read.clear()
        return tokens

    async def end(self, session: str) -> None:
        """End a session before its time."""
        await self._put(session)
        self._endings += 1
        self._read.clear()

    def _tokens(self, user: User, session: str) -> Tokens:
        now = self._clock.now()
        until = now + timedelta(minutes=self._settings.session_minutes)
        last = now + timedelta(hours=self._settings.session_hours)
        common = {"sub": user.iin, "aud": self._settings.party, "sid": session, "gen": user.generation}
        access: dict[str, Any] = common | {"exp": int(until.timestamp()), "use": _ACCESS}
        renewal: dict[str, Any] = common | {"exp": int(last.timestamp()), "use": _REFRESH, "jti": self._ids.token(16)}
        token, refresh = (jwt.encode({"alg": "HS256"}, claims, self._secret) for claims in (access, renewal))
        self._read.put(token, _Claims(user.iin, session, user.generation, access["exp"]))
        return Tokens(token, until, refresh, last)

    def _claims(self, token: str, use: str) -> _Claims:
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            raise NotAuthenticated(NO_SESSION) from None
        if claims.get("aud") != self._settings.party:
            raise NotAuthenticated(ANOTHERS_SESSION)
        if claims.get("use") != use:
            raise NotAuthenticated(NO_SESSION)
        return _Claims(claims["sub"], claims["sid"], claims["gen"], claims["exp"], claims.get("jti", ""))

    async def _user(self, claims: _Claims) -> User:
        if claims.until <= self._clock.now().timestamp():
            raise NotAuthenticated(SESSION_OVER)
        user = await self._users.find(claims.iin)
        if user is None or user.disabled or user.generation != claims.generation:
            raise NotAuthenticated(SESSION_OVER)
        return user

    async def _ended(self, session: str) -> bool:
        query = sa.select(self._table.c.id).where(self._table.c.id == session)
        async with self._database.read() as conn:
            return (await conn.execute(query)).first() is not None

    async def _put(self, id: str) -> bool:
        """Keep this id until every token of today is over; False if it is kept already."""
        now = self._clock.now()
        until = now + timedelta(hours=self._settings.session_hours)
        try:
            async with self._database.begin() as conn:
                await conn.execute(sa.delete(self._table).where(self._table.c.until <= now))
                await conn.execute(sa.insert(self._table).values(id=id, until=until.astimezone(UTC)))
        except sa.exc.IntegrityError:
            return False
        return True


def session_secret(settings: Settings) -> bytes:
    """The secret behind a service's session tokens and challenges, made when it is first asked for.

    Unconfigured if it can be neither read nor made, or is too short to be one.
    """
    path = settings.home / "keys" / settings.party / "session.secret"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write(path, secrets.token_bytes(_SECRET), 0o600)
        secret = path.read_bytes()
    except OSError as error:
        raise Unconfigured(f"the session secret {path} cannot be used: {error.strerror}") from None
    if len(secret) < _SECRET:
        short = f"the session secret {path} has {len(secret)} bytes, and {_SECRET} are needed"
        raise Unconfigured(f"{short}: delete it, and a new one is made")
    return secret
