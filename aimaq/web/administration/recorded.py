"""What those who administer do becomes an entry of the service's trail before it is answered, if the service has one.

An act that cannot be entered is answered with 503, and so is a message that somebody wanted to read: nobody sees what
it is not known that they saw; an act that was done all the same is entered as soon as it can be. A try that came to
nothing is answered at once, and entered soon after.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from aimaq.access.trail import Deed, Outcome, Trail
from aimaq.language.errors import AimaqError, InvalidInput
from aimaq.web.callers import SAFE, TRIED, Administrator, Tried, callers
from aimaq.web.problems import answer, language
from aimaq.web.request.client import client_of
from aimaq.web.request.query import OwnAnswers

if TYPE_CHECKING:
    from aimaq.service import Service


def record_deeds(route: APIRoute, service: Service) -> None:
    """Have what is done and tried at a route entered, if it is for administrators and the service has a trail."""
    trail = service.administration.trail
    if trail is not None and any(isinstance(caller, Administrator) for caller in callers(route)):
        route.app = _Recorded(route, service, trail)


class _Recorded:
    """The application of a route, which answers what is to be entered once it is."""

    def __init__(self, route: APIRoute, service: Service, trail: Trail) -> None:
        self._route, self._app, self._trail = route, route.app, trail
        self._clock, self._proxies = service.clock, service.settings.networks_of_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""
        began, failure = self._clock.now(), list[AimaqError]()

        async def entered(message: Message) -> None:
            if message["type"] == "http.response.start" and isinstance(tried := scope.get(TRIED), Tried):
                try:
                    await self._enter(Request(scope), tried, message["status"], began)
                except AimaqError as error:
                    failure.append(error)
            if not failure:
                await send(message)

        try:
            await self._app(scope, receive, entered)
        except Exception as error:
            if isinstance(tried := scope.get(TRIED), Tried):
                await self._enter(Request(scope), tried, _status(error), began)
            raise
        if failure:
            request = Request(scope, receive)
            if isinstance(self._route, OwnAnswers):
                response = await self._route.failed(request, failure[0])
            else:
                response = answer(failure[0], language(request))
            await response(scope, receive, send)

    async def _enter(self, request: Request, tried: Tried, status: int, began: datetime) -> None:
        if not tried.permitted:
            outcome: Outcome = "refused"
        elif not tried.recorded:
            return
        else:
            outcome = "done" if status < 400 else "failed"
        deed = Deed(
            principal=tried.principal,
            address=client_of(request, self._proxies),
            action=tried.permission,
            call=f"{request.method} {self._route.path_format}",
            began_at=began,
            object=tried.object,
            case_id=tried.case_id,
            reason=tried.reason,
            outcome=outcome,
            status=status,
        )
        if outcome != "done":
            self._trail.later(deed)
            return
        try:
            await self._trail.enter(deed)
        except AimaqError:
            if request.method not in SAFE:  # it was done, though nobody is told so
                self._trail.later(deed)
            raise


def _status(error: Exception) -> int:
    """The status of the answer to a call that failed so."""
    if isinstance(error, RequestValidationError):
        return InvalidInput.status
    return error.status if isinstance(error, AimaqError) else AimaqError.status
