"""The parameters in the address of a request: one that the endpoint does not have is refused, and one given twice.

A parameter that is silently passed over answers another question than the one that was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Iterator
from typing import Any, Final, get_origin
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from aimaq.language.errors import AimaqError
from aimaq.language.texts import Texts
from aimaq.language.visible import visible
from aimaq.web.callers import callers
from aimaq.web.request.validation import fault

LONGEST_NAME: Final = 64
"""Characters of a name that are repeated to whoever sent it."""

UNKNOWN = Texts(
    kk="мұнда «{name}» деген параметр жоқ; мыналар бар: {known}",
    ru="параметра «{name}» здесь нет; есть: {known}",
    en="there is no parameter {name} here; there are: {known}",
)
TAKES_NONE = Texts(
    kk="бұл мекенжайдың параметрлері жоқ: «{name}» дегенді алып тастаңыз",
    ru="у этого адреса нет параметров: уберите «{name}»",
    en="this address takes no parameters: leave {name} out",
)
DOUBLED = Texts(
    kk="«{name}» параметрі бір реттен көп берілген: біреуін ғана қалдырыңыз",
    ru="параметр «{name}» указан больше одного раза: оставьте один",
    en="the parameter {name} is given more than once: keep one",
)


class LenientRoute(APIRoute):
    """A route that passes over parameters that it does not have, as the system does in whose place it answers."""


class OwnAnswers(APIRoute):
    """A route that shows by itself what goes wrong, also before its endpoint is reached."""

    async def failed(self, request: Request, error: Exception) -> Response:
        """What shows this error."""
        raise NotImplementedError


def keep_to_declared(route: APIRoute) -> None:
    """Have a route refuse parameters that it does not have, unless it is a lenient one."""
    if not isinstance(route, LenientRoute):
        route.app = _Declared(route)


class _Declared:
    """The application of a route, behind a look at the parameters. A request without any pays for one comparison."""

    def __init__(self, route: APIRoute) -> None:
        self._route, self._app = route, route.app
        self._single = dict(_parameters(route.dependant))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on, or refuse it."""
        return self._looked_at(scope, receive, send) if scope["query_string"] else self._app(scope, receive, send)

    async def _looked_at(self, scope: Scope, receive: Receive, send: Send) -> None:
        # as starlette reads it
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        wrong = [*self._faults(Counter(name for name, _ in pairs))]
        if not wrong:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            for caller in callers(self._route):  # who may not come in is told that first
                await caller(request)
            raise RequestValidationError(wrong)
        except (AimaqError, RequestValidationError) as error:
            if not isinstance(self._route, OwnAnswers):
                raise
            response = await self._route.failed(request, error)
        await response(scope, receive, send)

    def _faults(self, times: Counter[str]) -> Iterator[dict[str, Any]]:
        for name, count in times.items():
            shown = visible(name[:LONGEST_NAME])
            if name not in self._single:
                wording = UNKNOWN if self._single else TAKES_NONE
                known = ", ".join(sorted(self._single))
                yield fault("unknown", ("query", shown), wording.format(name=shown, known=known))
            elif count > 1 and self._single[name]:
                yield fault("doubled", ("query", shown), DOUBLED.format(name=shown))


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """The parameters that an endpoint or something that it depends on takes, and whether each is a single value."""
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, one in annotation.model_fields.items():
                yield one.alias or name, not _several(one.annotation)
        else:
            yield field.alias, not _several(annotation)
    for dependency in dependant.dependencies:
        yield from _parameters(dependency)


def _several(annotation: Any) -> bool:
    return (get_origin(annotation) or annotation) in (list, tuple, set, frozenset)
