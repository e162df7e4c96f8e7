"""The console's session: who is signed in at a browser, in a cookie that no script and nobody but the gateway can read.

A session lasts by what really passed (`Clock.lasted`): moving the stand's clock ends none. Each form carries a token
that is bound to its session, so that no other site can have a browser send it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey
from starlette.responses import Response

from aimaq.access.administration import Administration, Principal
from aimaq.access.permissions import PERMISSIONS
from aimaq.access.sessions import session_secret
from aimaq.language.clock import Clock
from aimaq.language.ids import Ids
from aimaq.settings import Settings
from aimaq.store.lru import Recent

COOKIE = "aimaq_console"
PATH = "/console"

LIFE = timedelta(minutes=10)
"""How long, of real time, it is believed what an account may do; then the registry is asked again."""

_USE = "console"

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ENCRYPTION = JWERegistry(algorithms=["dir", "A256GCM"])
"""The cookie is encrypted (RFC 7518, 4.5 and 5.3): what renews a session is in it, and opens REST calls too."""


class _Claims(msgspec.Struct, frozen=True):
    """What the cookie says: whose session it is, what they may do, since when, and what renews it."""

    sub: str
    party: str
    body: str
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    sid: str
    opened: float
    checked: float
    refresh: str
    own: str
    use: str


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in since `opened`; what they may do was `checked` last at that time.

    `refresh` renews the session at the registry; it is empty where they are signed in by the gateway's token.
    """

    principal: Principal
    id: str
    opened: datetime
    checked: datetime
    refresh: str = ""

    @property
    def own(self) -> bool:
        """Whether they are signed in by the gateway's token, and not by an account."""
        return not self.refresh


class Sessions:
    """The sessions of the console. What is read of a cookie is believed for its seal; nothing is kept of one."""

    def __init__(self, settings: Settings, administration: Administration, clock: Clock) -> None:
        self._settings, self._administration, self._clock = settings, administration, clock
        self._ids = Ids(clock)
        self._ended: Recent[bool] = Recent(4096)

    def open(self, principal: Principal, refresh: str = "") -> Session:
        """A new session of somebody who has shown who they are."""
        now = self._clock.now()
        return Session(principal, self._ids.token(16), now, now, refresh)

    def renewed(self, session: Session, principal: Principal, refresh: str) -> Session:
        """The same session with what its account may do now."""
        return Session(principal, session.id, session.opened, self._clock.now(), refresh)

    def end(self, session: Session) -> None:
        """End a session before its time."""
        self._ended.put(session.id, True)

    def unchecked(self, session: Session) -> timedelta | None:
        """For how long, beyond what is believed, the registry was not asked about a session; None if it need not be."""
        beyond = self._clock.lasted(session.checked, self._clock.now()) - LIFE
        return beyond if not session.own and beyond >= timedelta(0) else None

    def read(self, cookies: Mapping[str, str]) -> Session | None:
        """The session of a browser with these cookies; None if it has none, or it is over."""
        text = cookies.get(COOKIE, "")
        if not text:
            return None
        try:
            claims = msgspec.convert(jwt.decode(text, self._seal, registry=_ENCRYPTION).claims, _Claims)
        except (JoseError, ValueError):
            return None
        opened, checked = (datetime.fromtimestamp(one, UTC) for one in (claims.opened, claims.checked))
        lasted = self._clock.lasted(opened, self._clock.now())
        if claims.use != _USE or lasted >= timedelta(hours=self._settings.session_hours):
            return None
        if self._ended.get(claims.sid) or not (claims.refresh or hmac.compare_digest(claims.own, self._own)):
            return None
        permissions = frozenset(one for one in PERMISSIONS if one in claims.permissions)
        principal = Principal(claims.sub, permissions, claims.party, claims.roles, claims.body)
        return Session(principal, claims.sid, opened, checked, claims.refresh)

    def put(self, response: Response, session: Session, *, secure: bool) -> None:
        """Have the browser keep a session; `secure` tells that it came by HTTPS, and then only sends it so."""
        principal = session.principal
        claims = _Claims(
            sub=principal.name,
            party=principal.party,
            body=principal.body,
            roles=principal.roles,
            permissions=tuple(sorted(principal.permissions)),
            sid=session.id,
            opened=session.opened.timestamp(),
            checked=session.checked.timestamp(),
            refresh=session.refresh,
            own=self._own if session.own else "",
            use=_USE,
        )
        text = jwt.encode(_HEADER, msgspec.to_builtins(claims), self._seal, registry=_ENCRYPTION)
        response.set_cookie(COOKIE, text, path=PATH, secure=secure, httponly=True, samesite="strict")

    def forget(self, response: Response) -> None:
        """Have the browser forget its session."""
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")

    def form_token(self, session: Session) -> str:
        """What the forms of a session carry."""
        return hmac.new(self._form_key, session.id.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, session: Session, text: str) -> bool:
        """Whether a form carries the token of this session."""
        return hmac.compare_digest(self.form_token(session).encode(), text.encode())

    @cached_property
    def _seal(self) -> OctKey:
        return OctKey.import_key(self._derived(b"console session"))

    @cached_property
    def _form_key(self) -> bytes:
        return self._derived(b"console form")

    @cached_property
    def _own(self) -> str:
        """Names the gateway's token of now, so that another token ends what this one opened."""
        token = self._administration.token.encode()
        return hmac.new(self._derived(b"own token"), token, hashlib.sha256).hexdigest()[:32]

    def _derived(self, purpose: bytes) -> bytes:
        # Not the secret itself: what seals a session here must be good for nothing else.
        return hmac.digest(session_secret(self._settings), purpose, "sha256")
