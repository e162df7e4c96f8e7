"""Who comes to the console with a request: the session of its browser, renewed at the registry when it is time.

While the registry is away nobody can be asked what an account may do now. Whoever was let in goes on reading for
`GRACE`, since that is when the console is needed; nobody changes anything on an old word.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from aimaq.access.administration import Administration
from aimaq.access.trail import SIGN_IN, Deed
from aimaq.language.clock import Clock
from aimaq.language.errors import AimaqError, NotAuthenticated, Unavailable
from aimaq.web.request.client import Network, by_https, client_of
from gateway_svc.console.access.registry import OVER, UNREADABLE, Opened, RegistrySessions
from gateway_svc.console.session import Session, Sessions

log = logging.getLogger(__name__)

GRACE = timedelta(hours=1)
"""How long, of real time, an account goes on reading whose registry cannot be asked."""
PAUSE = timedelta(seconds=20)
"""For how long a registry that did not answer is not asked again: no page is to wait for it each time."""

READING = ("GET", "HEAD")


class Visits:
    """Finds the session of each request to the console."""

    def __init__(
        self,
        sessions: Sessions,
        registry: RegistrySessions,
        administration: Administration,
        clock: Clock,
        proxies: list[Network],
    ) -> None:
        self.sessions = sessions
        self._registry, self._administration, self._clock, self._proxies = registry, administration, clock, proxies
        self._away: datetime | None = None

    def known(self, request: Request) -> Session | None:
        """The session of a request as it is known here, without asking anybody."""
        found = getattr(request.state, "session", None)
        return found if isinstance(found, Session) else self.sessions.read(request.cookies)

    async def current(self, request: Request) -> Session | None:
        """The session of a request, with what its account may do now; None if there is none.

        NotAuthenticated if the registry says that it is over, Unavailable if the registry is away and something is to
        be changed, or it has been away for too long.
        """
        session = self.sessions.read(request.cookies)
        if session is not None and (beyond := self.sessions.unchecked(session)) is not None:
            session = await self._renewed(session, beyond, reading=request.method in READING)
        request.state.session = session
        return session

    def keep(self, request: Request, response: Response) -> None:
        """Have the browser keep its session as it was renewed with this request, unless it has another by now."""
        session, before = getattr(request.state, "session", None), self.sessions.read(request.cookies)
        if isinstance(session, Session) and session != before and "set-cookie" not in response.headers:
            self.sessions.put(response, session, secure=by_https(request, self._proxies))

    def entered(self, opened: Opened) -> Session:
        """The session that the registry opened, or that the gateway's own token opens; Unavailable if it opens none."""
        principal = self._administration.principal(opened.token)
        if principal is None:
            raise Unavailable(UNREADABLE)
        return self.sessions.open(principal, opened.refresh)

    def welcome(self, request: Request, response: Response, session: Session) -> None:
        """Have the browser keep the session of somebody who has just signed in, and the log name them."""
        self._administration.record(session.principal, f"POST {request.url.path}")
        self.record(request, session, SIGN_IN)
        self.sessions.put(response, session, secure=by_https(request, self._proxies))

    def record(self, request: Request, session: Session, action: str) -> None:
        """Have the trail tell of a sign-in or a sign-out as soon as it can.

        Nobody waits for it: while the database cannot be written, the console is where that is seen.
        """
        if (trail := self._administration.trail) is not None:
            client = client_of(request, self._proxies)
            trail.later(Deed(session.principal, client, action, f"POST {request.url.path}", self._clock.now()))

    async def over(self, session: Session) -> None:
        """Have the registry renew a session no more that has been ended here, if it can be told."""
        try:
            if session.refresh:
                await self._registry.end(session.refresh)
        except AimaqError as error:
            log.warning("the registry is not told that a session has ended: %s", error.detail)

    async def _renewed(self, session: Session, beyond: timedelta, *, reading: bool) -> Session:
        now = self._clock.now()
        patient = reading and beyond < GRACE
        if patient and self._away is not None and self._clock.lasted(self._away, now) < PAUSE:
            return session
        try:
            opened = await self._registry.renew(session.refresh)
        except Unavailable as error:
            self._away = now
            if not patient:
                raise
            log.warning("a session of %s is not renewed: %s", session.principal.name, error.detail)
            return session
        except NotAuthenticated:
            self.sessions.end(session)
            raise
        self._away = None
        principal = self._administration.principal(opened.token)
        if principal is None:
            raise NotAuthenticated(OVER)
        return self.sessions.renewed(session, principal, opened.refresh)
