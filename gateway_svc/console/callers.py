"""Who may open a page of the console, and send its forms: whoever is signed in there and has the page's permission.

A browser shows its session's cookie; a client without a browser may show a token as it does elsewhere. A cookie is sent
whoever has the browser send it, so what changes something needs the form's token besides, and must come from here.
"""

from __future__ import annotations

from fastapi import Request

from aimaq.access.administration import Administration, Principal
from aimaq.access.permissions import Permission
from aimaq.language.errors import NotAllowed, NotAuthenticated
from aimaq.web.callers import Administrator, allowed
from gateway_svc.console import labels
from gateway_svc.console.access.visits import READING, Visits
from gateway_svc.console.route import parts_of
from gateway_svc.console.session import Session, Sessions

FIELD = "form_token"
"""The field of a form that has its token."""
HEADER = "x-form-token"
"""The header that has it where a script sends no form."""


class PageCaller(Administrator):
    """Whoever is signed in at the console and has the permission that the page asks for."""

    def __init__(self, administration: Administration, permission: Permission, visits: Visits) -> None:
        super().__init__(administration, permission)
        self._visits = visits

    async def __call__(self, request: Request) -> Principal:
        """Who it is.

        NotAuthenticated without a session, NotAllowed with one that does not permit it, and for a form that is stale or
        another site's. Unavailable if something is to be changed and the registry, which is to say who may, is away.
        """
        session = await self._visits.current(request)
        if session is None:
            if "authorization" in request.headers:
                return await super().__call__(request)
            raise NotAuthenticated(labels.NOT_SIGNED_IN)
        if request.method not in READING:
            await own_form(request, self._visits.sessions, session)
        return allowed(self._administration, session.principal, self.permission, request)


async def own_form(request: Request, sessions: Sessions, session: Session) -> None:
    """See that a form is this session's own; NotAllowed for a stale one, and for one that another site sends."""
    from_here(request)
    token = request.headers.get(HEADER)
    if token is None:
        token = str((await request.form()).get(FIELD, ""))
    if not sessions.is_form_token(session, token):
        raise NotAllowed(labels.STALE_FORM, field=FIELD, rule="the token of this session")


def from_here(request: Request) -> None:
    """See that no other site has the browser send this; NotAllowed if one does.

    A browser says where a request comes from (Fetch Metadata, or else Origin); another client says nothing.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and parts_of(origin).netloc != request.headers.get("host", "")
    if foreign:
        raise NotAllowed(labels.FOREIGN_FORM, rule="same origin")
