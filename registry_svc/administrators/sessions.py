"""The sessions of those who administer: a short token for one service, and what renews it for a working day.

The token is checked by its service alone. What renews it comes back here, so an account that is disabled, or has
another password, has no new token, and neither has a session that was ended. How long it may be renewed is time that
really passed (`Clock.lasted`): moving the stand's clock ends no session.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec
import sqlalchemy as sa
from joserfc import jwt as tokens
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from aimaq.access.administration import SESSION
from aimaq.access.permissions import permissions_of
from aimaq.access.sessions import session_secret
from aimaq.access.users import SESSION_OVER
from aimaq.language.clock import Clock
from aimaq.language.errors import NotAuthenticated
from aimaq.language.ids import Ids
from aimaq.language.signing import jwt
from aimaq.language.signing.jws import KeySigner
from aimaq.settings import Settings
from aimaq.store.database import Database
from registry_svc.administrators.accounts import Administrator, Administrators
from registry_svc.models import ended

GATEWAY = "gateway"
"""Where accounts of a body have sessions."""

LIFE = timedelta(minutes=10)
"""How long a token is good."""

_USE = "administrator"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session at one service: its token and until when it is good, and what renews it."""

    token: str
    until: datetime
    refresh: str


class _Renewal(msgspec.Struct, frozen=True):
    """What renews a session: whose it is, at which service, with which password it was begun, and when."""

    sub: str
    at: str
    mark: str
    sid: str
    begun: float
    use: str


class AdministratorSessions:
    """The sessions that the registry opens for its accounts."""

    def __init__(
        self, database: Database, settings: Settings, signer: KeySigner, clock: Clock, accounts: Administrators
    ) -> None:
        self._database, self._settings, self._signer, self._clock = database, settings, signer, clock
        self._accounts, self._ids = accounts, Ids(clock)

    def open(self, account: Administrator, audience: str) -> Opened:
        """A new session of an account at one service."""
        begun = self._clock.now().timestamp()
        return self._opened(account, _Renewal(account.name, audience, account.mark, self._ids.token(16), begun, _USE))

    async def renew(self, refresh: str) -> Opened:
        """The same session with a new token, as its account is now.

        NotAuthenticated if this renews none, the session is over, or the account is not what it was.
        """
        renewal = self._read(refresh)
        account = await self._accounts.find(renewal.sub)
        if account is None or account.disabled or account.mark != renewal.mark or await self._is_ended(renewal.sid):
            raise NotAuthenticated(SESSION_OVER)
        if account.party not in (None, renewal.at) or (account.body is not None and renewal.at != GATEWAY):
            raise NotAuthenticated(SESSION_OVER)
        return self._opened(account, renewal)

    async def end(self, refresh: str) -> None:
        """Have a session renewed no more; NotAuthenticated if this renews none."""
        session, now = self._read(refresh).sid, self._clock.now()

        def write(conn: sa.Connection) -> None:
            over = [row.id for row in conn.execute(sa.select(ended)) if self._is_past(row.until, now)]
            conn.execute(sa.delete(ended).where(ended.c.id.in_([*over, session])))
            conn.execute(sa.insert(ended).values(id=session, until=now.astimezone(UTC)))

        await self._database.transact(write)

    def _opened(self, account: Administrator, renewal: _Renewal) -> Opened:
        until = self._clock.now() + LIFE
        claims: dict[str, Any] = {
            "sub": account.name,
            "aud": renewal.at,
            "exp": int(until.timestamp()),
            "permissions": sorted(permissions_of(account.roles)),
            "roles": list(account.roles),
        }
        claims |= {name: value for name in ("party", "body") if (value := getattr(account, name)) is not None}
        refresh = tokens.encode({"alg": "HS256"}, msgspec.to_builtins(renewal), self._seal)
        return Opened(jwt.issue(self._signer, SESSION, claims), until, refresh)

    def _read(self, refresh: str) -> _Renewal:
        renewal = self._unsealed(refresh)
        if renewal is None or self._is_past(datetime.fromtimestamp(renewal.begun, UTC), self._clock.now()):
            raise NotAuthenticated(SESSION_OVER)
        return renewal

    def _unsealed(self, refresh: str) -> _Renewal | None:
        try:
            renewal = msgspec.convert(tokens.decode(refresh, self._seal, algorithms=["HS256"]).claims, _Renewal)
        except (JoseError, ValueError):
            return None
        return renewal if renewal.use == _USE else None

    def _is_past(self, since: datetime, now: datetime) -> bool:
        """Whether a session that was begun, or ended, at a time can be renewed no more."""
        return self._clock.lasted(since, now) >= timedelta(hours=self._settings.session_hours)

    async def _is_ended(self, session: str) -> bool:
        async with self._database.read() as conn:
            return (await conn.execute(sa.select(ended.c.id).where(ended.c.id == session))).first() is not None

    @cached_property
    def _seal(self) -> OctKey:
        # Not the secret itself: what renews these sessions must be good for nothing else.
        return OctKey.import_key(hmac.digest(session_secret(self._settings), b"administrators' sessions", "sha256"))
