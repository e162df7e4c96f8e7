"""What every page of the console needs: a page's module asks it for a router, for who may come, and for the page."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from aimaq.access.permissions import Permission
from aimaq.language.errors import AimaqError
from aimaq.language.visible import visible
from aimaq.service import Service
from aimaq.web.front_desk.rate_limit import Limiter
from aimaq.web.problems import language
from gateway_svc.attention.attended import Attended
from gateway_svc.cases.reader import CaseReader
from gateway_svc.console import assets, labels, navigation
from gateway_svc.console.access.registry import RegistrySessions
from gateway_svc.console.access.visits import Visits
from gateway_svc.console.callers import FIELD, PageCaller
from gateway_svc.console.language import Reader, chosen
from gateway_svc.console.route import START, local, page_route, shown_at
from gateway_svc.console.session import Session, Sessions
from gateway_svc.journal.block_closer import BlockCloser
from gateway_svc.parties.suspension import Suspensions
from gateway_svc.traffic.board import Board

log = logging.getLogger(__name__)

THEME = "aimaq_theme"
"""The cookie with `light` or `dark`, if the reader chose one."""
THEMES = ("light", "dark")

_FAILURES = 20
"""Failed attempts to sign in that an address has."""

Count = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A section in the navigation, as its reader sees it: how many things there need them, None if nobody counts."""

    name: str
    label: str
    count: int | None


class Console:
    """What the pages have in common: the service, the sessions, the templates, the navigation and its counts."""

    def __init__(
        self,
        service: Service,
        block_closer: BlockCloser,
        cases: CaseReader,
        suspensions: Suspensions,
        attended: Attended,
    ) -> None:
        self.service, self.block_closer, self.cases = service, block_closer, cases
        self.suspensions, self.attended = suspensions, attended
        self.board = Board(service, attended.listing)
        self.sessions = Sessions(service.settings, service.administration, service.clock)
        self.registry = RegistrySessions(service.settings.url("registry"), service.settings.party)
        service.closers.append(self.registry.close)
        proxies = service.settings.networks_of_proxies
        self.visits = Visits(self.sessions, self.registry, service.administration, service.clock, proxies)
        window = timedelta(seconds=service.settings.password_lock)
        self.failures = Limiter(service.clock, most=_FAILURES, window=window)
        """Who fails to sign in, by address: to the registry all of them are the gateway's."""
        self.counts: dict[str, Count] = {}
        """How many things of a section need somebody, by its name: shown beside it. A page puts its own here."""
        self.sections: tuple[navigation.Section, ...] = ()
        """The sections that have a page."""
        self._templates = _environment()

    def router(self, *, lenient: bool = False) -> APIRouter:
        """A router for pages, whose paths begin with `/console`: they answer with HTML, also where they fail.

        They refuse parameters of the address that they do not have, unless they are `lenient`.
        """
        return APIRouter(
            prefix=START,
            route_class=page_route(self.problem, self.visits.keep, lenient=lenient),
            default_response_class=HTMLResponse,
            include_in_schema=False,
        )

    def caller(self, permission: Permission) -> Any:
        """Who may open a page, or send its form: the dependency of its endpoint. Its value is the principal."""
        return Depends(PageCaller(self.service.administration, permission, self.visits))

    def reader(self, request: Request) -> Reader:
        """Whoever reads a page."""
        return Reader(chosen(request.cookies, language(request)))

    async def page(
        self, request: Request, template: str, *, active: str = "", status: int = 200, **context: object
    ) -> HTMLResponse:
        """A page: `template` with what it shows. `active` is the name of its section.

        Every template has besides: `say`, the reader; `L`, the frame's labels; `now`, the stand's time; `form_token`;
        `m`, the macros; and `session`, None where nobody is signed in.
        """
        reader, session = self.reader(request), self.visits.known(request)
        shown = {
            "active": active,
            "session": session,
            "form_token": self.sessions.form_token(session) if session is not None else "",
            "sections": await self._entries(reader, session),
            "here": local(shown_at(request)),
            "theme": theme if (theme := request.cookies.get(THEME)) in THEMES else "",
        }
        text = self.part(template, reader, **shown | context)
        return HTMLResponse(text, status, headers={"Content-Language": reader.language})

    def part(self, template: str, reader: Reader, **context: object) -> str:
        """A part of a page, as a page that is live is sent it again: it knows nothing of who asks but the language."""
        shown = {"say": reader, "language": reader.language, "now": self.service.clock.now()} | context
        shown["m"] = self._templates.get_template("_macros.html").make_module(shown)
        return self._templates.get_template(template).render(shown)

    async def problem(self, request: Request, error: AimaqError) -> HTMLResponse:
        """What went wrong, as a page: what happened, what it means, what to do."""
        response = await self.page(
            request, "problem.html", status=error.status, error=error, what_now=labels.WHAT_NOW.get(error.status)
        )
        if (seconds := error.more.get("retry_after")) is not None:
            response.headers["Retry-After"] = str(seconds)
        return response

    def done(self, request: Request, where: str = "") -> RedirectResponse:
        """The answer to a form that was carried out: the browser goes on to a page of the console, by default its own.

        The page's own address is that which its form names in the field `next`.
        """
        return RedirectResponse(local(where or request.url.path), status_code=303)

    async def _entries(self, reader: Reader, session: Session | None) -> list[Entry]:
        if session is None:
            return []
        may = [one for one in self.sections if one.permission in session.principal.permissions]
        return [Entry(one.name, reader(one.label), await self._count(one.name)) for one in may]

    async def _count(self, name: str) -> int | None:
        if name not in self.counts:
            return None
        try:
            return await self.counts[name]()
        except AimaqError as error:  # the page itself may be well
            log.warning("the count of %s cannot be read: %s", name, error.detail)
            return None


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("gateway_svc.console"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalised,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"L": labels, "asset": assets.address, "FIELD": FIELD}
    return made


def _finalised(value: object) -> object:
    """What is put into a page: of text that strangers sent, each character that would turn or hide others is shown."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
