"""Who may call an endpoint: each endpoint has one `Caller` among its dependencies, which lets nobody else in.

A service whose endpoint has none is not assembled (`stand.runtime.endpoints`), and the OpenAPI document shows whom it
lets in. What a regulation asks besides, a role or that the case is one's own, is looked at once the case is known.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase

from aimaq.access.administration import Administration, Principal
from aimaq.access.permissions import Permission
from aimaq.access.sessions import Holder, Sessions
from aimaq.language import texts
from aimaq.language.errors import NotAllowed, NotAuthenticated
from aimaq.language.ids import is_id

Who = Literal["anyone", "user", "party", "administrator"]
"""Nobody need say who they are; who is signed in at this service; a party's system; who administers this service."""


SAFE = ("GET", "HEAD")
"""Methods that change nothing."""

RECORDED: frozenset[Permission] = frozenset({"messages.read", "papers.read", "personal.reveal"})
"""The permissions of which each use is an entry of the trail, though it changes nothing."""

TRIED: Final = "aimaq.tried"
"""Where the scope of a request has who tried what."""


class Tried:
    """A call of somebody who administers, by their permission, and what its entry in the trail is to tell."""

    __slots__ = ("case_id", "object", "permission", "permitted", "principal", "reason", "recorded")

    def __init__(self, principal: Principal, permission: Permission, request: Request) -> None:
        self.principal, self.permission, self.permitted = principal, permission, False
        self.recorded = request.method not in SAFE or permission in RECORDED
        self.object = "/".join(str(one) for one in request.path_params.values())
        case_id = str(request.path_params.get("case_id", ""))
        self.case_id: str | None = case_id if is_id(case_id) else None
        self.reason = ""


class Caller:
    """A dependency that lets callers in: `who` says whom."""

    who: ClassVar[tuple[Who, ...]]

    async def __call__(self, request: Request) -> object:
        """Whoever calls; NotAuthenticated or NotAllowed if they are not let in."""
        raise NotImplementedError


class Bearer(Caller, SecurityBase):
    """A caller who shows a token in the header `Authorization: Bearer`."""

    model = HTTPBearer()
    scheme_name = "bearer"


class Anyone(Caller):
    """Everyone, whether signed in or not."""

    who = ("anyone",)

    async def __call__(self, request: Request) -> None:
        """Let them in."""


class Administrator(Bearer):
    """Whoever administers this service and has the permission that the endpoint asks for."""

    who: ClassVar[tuple[Who, ...]] = ("administrator",)

    def __init__(self, administration: Administration, permission: Permission, *, bodies: bool = False) -> None:
        self._administration, self.permission, self.bodies = administration, permission, bodies

    async def __call__(self, request: Request) -> Principal:
        """Who it is; NotAuthenticated without a token, NotAllowed with one that does not permit it."""
        return permitted(self._administration, self.permission, request, bodies=self.bodies)


class PartyOrAdministrator(Administrator):
    """The system of a party, which signs that it is the one who asks, or an administrator."""

    who = ("party", "administrator")

    def __init__(self, administration: Administration, permission: Permission, *, withdrawn: bool = False) -> None:
        super().__init__(administration, permission)
        self._withdrawn = withdrawn

    async def __call__(self, request: Request) -> Principal:
        """Who it is: a party's system is bound to its party, and has no permissions.

        With `withdrawn` the word of a system counts whose certificate is good no more.
        """
        if (party := self._administration.system(bearer(request), withdrawn=self._withdrawn)) is not None:
            return Principal(party, frozenset(), party)
        return await super().__call__(request)


class SignedIn(Bearer):
    """Whoever is signed in at this service."""

    who = ("user",)

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def __call__(self, request: Request) -> Holder:
        """Whose token it is: their IIN and their roles; NotAuthenticated if it is nobody's here."""
        return await self._sessions.holder(bearer(request))


class Reader(Bearer):
    """Whoever is signed in at this service, or an administrator, who may see what users see."""

    who = ("user", "administrator")

    def __init__(
        self, sessions: Sessions, administration: Administration, permission: Permission = "cases.read"
    ) -> None:
        self._sessions, self._administration, self.permission = sessions, administration, permission

    async def __call__(self, request: Request) -> Holder | Principal:
        """Who of both it is; NotAuthenticated if it is neither."""
        if self._administration.principal(bearer(request)) is None:
            return await self._sessions.holder(bearer(request))
        return permitted(self._administration, self.permission, request)


ANYONE = Depends(Anyone())


def callers(route: APIRoute) -> list[Caller]:
    """The callers that a route declares; there should be one."""
    of_parameters = (one.call for one in route.dependant.dependencies if one.name is not None)
    calls: list[object] = [*(one.dependency for one in route.dependencies), *of_parameters]
    return [call for call in calls if isinstance(call, Caller)]


def let_in(route: APIRoute) -> None:
    """Ask nothing of the callers of a route for anyone: to ask whether they may come in is the dearer part of it."""
    asked = route.dependant.dependencies
    asked[:] = [one for one in asked if not isinstance(one.call, Anyone)]


def bearer(request: Request) -> str:
    """The token in the Authorization header; NotAuthenticated if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated(texts.NEEDS_BEARER)
    return token.strip()


def permitted(
    administration: Administration, permission: Permission, request: Request, *, bodies: bool = False
) -> Principal:
    """Whoever administers and has this permission; the log names them if they change something.

    NotAuthenticated without a token, NotAllowed with one that opens nothing here or does not permit this.
    """
    principal = administration.principal(bearer(request))
    if principal is None:
        raise NotAllowed(texts.ONLY_ADMIN.format(party=administration.party))
    return allowed(administration, principal, permission, request, bodies=bodies)


def allowed(
    administration: Administration,
    principal: Principal,
    permission: Permission,
    request: Request,
    *,
    bodies: bool = False,
) -> Principal:
    """Whoever this is, with this permission; the log names them if they change something. NotAllowed without it.

    An account that is bound to a body is let in where what is shown is its body's alone (`bodies`). Where there is a
    trail, nobody acts or reads a message while it cannot be entered (Unavailable).
    """
    request.scope[TRIED] = tried = Tried(principal, permission, request)
    if permission not in principal.permissions:
        raise NotAllowed(texts.NOT_PERMITTED.format(permission=permission), rule=permission)
    if principal.body and not bodies:
        raise NotAllowed(texts.BODY_ALONE, rule="own body")
    tried.permitted = True
    if request.method not in SAFE:
        route = request.scope.get("route")
        administration.record(principal, f"{request.method} {getattr(route, 'path', '')}")
    if tried.recorded and administration.trail is not None:
        administration.trail.ready()
    return principal


def note(request: Request, *, object: str | None = None, case_id: str | None = None, reason: str | None = None) -> None:
    """Have the trail's entry of this call tell on what it was done, in which case, and why."""
    tried = request.scope.get(TRIED)
    if isinstance(tried, Tried):
        tried.object = object if object is not None else tried.object
        tried.case_id = case_id if case_id is not None else tried.case_id
        tried.reason = reason if reason is not None else tried.reason
