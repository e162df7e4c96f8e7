"""Who may administer one service: whoever has its own token, and people for whom the registry has opened a session.

A service's token is in its home and opens that service alone. A session is a short JWT that the registry signed for one
service (`aud`): each service checks it by itself with the registry's certificate, and asks nobody. Beside these there
may be a token for scrapers (`AIMAQ_METRICS_TOKEN`), with which its figures are read, and nothing else.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aimaq.access.permissions import PERMISSIONS, ROLES, SCRAPER, Permission, named
from aimaq.language.clock import Clock
from aimaq.language.errors import AimaqError, Unconfigured
from aimaq.language.signing import jwt
from aimaq.language.signing.jws import Directory, KeySigner

if TYPE_CHECKING:
    from aimaq.access.trail import Trail

audit = logging.getLogger("aimaq.audit")
"""Who changed what: its own logger, whose lines are written at every level."""

ISSUER = "registry"
"""The party that opens sessions of those who administer."""

SESSION = "aimaq-session+jwt"
ASSERTION = "aimaq-party+jwt"
PERMIT = "aimaq-permit+jwt"
"""The kinds of tokens: a session of whoever administers; a system's word that it is the one who asks; the registry's
permit, for which an administrator asks, that a system is certified though its own key counts no more."""

ASSERTION_LIFE = timedelta(minutes=5)
"""How long a system's word counts: long enough for clocks that differ, short enough to be worth nothing later."""

SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever administers: their name, what they may do, and what they are bound to, if they are to anything.

    Who is bound to a `party` administers its service alone. Who is bound to a `body` of it (`lea:NAME`) sees at the
    gateway what is that body's, and nothing else. The service's own token has no roles.
    """

    name: str
    permissions: frozenset[Permission]
    party: str = ""
    roles: tuple[str, ...] = ()
    body: str = ""


class Administration:
    """The administration of one service, `party`, whose home has its token."""

    def __init__(self, home: Path, party: str, directory: Directory, clock: Clock, scraper: str = "") -> None:
        self.party, self._directory, self._clock = party, directory, clock
        self.token = read_token(home, party)
        self.trail: Trail | None = None
        """Where it is recorded who did what, beside the log; None if the service has no journal for it."""
        if scraper and len(scraper) < SHORTEST_TOKEN:
            raise Unconfigured(
                f"AIMAQ_METRICS_TOKEN is shorter than {SHORTEST_TOKEN} characters", field="metrics_token"
            )
        self._scraper = scraper.encode()

    def principal(self, token: str) -> Principal | None:
        """Whose token this is; None if it opens nothing here."""
        if hmac.compare_digest(token.encode(), self.token.encode()):
            return Principal(f"the token of {self.party}", PERMISSIONS)  # no account can be called so
        if self._scraper and hmac.compare_digest(token.encode(), self._scraper):
            return Principal("the token for scrapers", SCRAPER)
        try:
            issuer, claims = jwt.read(token, SESSION, self._directory, self.party, self._clock.now())
        except AimaqError:
            return None
        if issuer != ISSUER or claims.get("party", self.party) != self.party:
            return None
        roles = tuple(one for one in ROLES if one in listed) if isinstance(listed := claims.get("roles"), list) else ()
        party, body = str(claims.get("party", "")), str(claims.get("body", ""))
        return Principal(str(claims.get("sub", "")), named(claims.get("permissions")), party, roles, body)

    def system(self, token: str, *, withdrawn: bool = False) -> str | None:
        """The party whose system signed this word, for this service, that it is the one who asks; None if none did.

        With `withdrawn` the word of a system counts whose certificate is good no more: enough to say what it has read.
        """
        now = self._clock.now()
        try:
            party, claims = jwt.read(token, ASSERTION, self._directory, self.party, now, withdrawn=withdrawn)
        except AimaqError:
            return None
        return party if claims.get("sub") == party else None

    def permit(self, token: str) -> str | None:
        """The party whose system this permit lets be certified, at the registry; None if it is no permit."""
        try:
            issuer, claims = jwt.read(token, PERMIT, self._directory, self.party, self._clock.now())
        except AimaqError:
            return None
        return str(claims.get("sub", "")) if issuer == self.party == ISSUER else None

    def record(self, principal: Principal, action: str) -> None:
        """Have the log name whoever changed something, and what: the path as it is declared, with no number in it."""
        audit.info("%s: %s by %s", self.party, action, principal.name)


def assertion(signer: KeySigner, party: str, audience: str, clock: Clock) -> str:
    """A system's word, signed with its key, that it is the one who asks `audience`."""
    until = clock.now() + ASSERTION_LIFE
    claims: dict[str, Any] = {"sub": party, "aud": audience, "exp": int(until.timestamp())}
    return jwt.issue(signer, ASSERTION, claims)


def permit(signer: KeySigner, party: str, clock: Clock) -> str:
    """The registry's permit that this party's system is certified."""
    until = clock.now() + ASSERTION_LIFE
    return jwt.issue(signer, PERMIT, {"sub": party, "aud": ISSUER, "exp": int(until.timestamp())})


def token_file(home: Path, party: str) -> Path:
    """Where the token of a party's service is, in its home and in the stand's."""
    return home / "keys" / party / "admin.token"


def read_token(home: Path, party: str) -> str:
    """The token that opens this party's service, and no other; Unconfigured if it cannot be used."""
    path = token_file(home, party)
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not ASCII"
        raise Unconfigured(f"the token of {party} in {path} cannot be read: {why}") from None
    if len(token) < SHORTEST_TOKEN:
        raise Unconfigured(f"the token of {party} in {path} is shorter than {SHORTEST_TOKEN} characters")
    return token
