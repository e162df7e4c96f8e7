"""The way in: with the name and password of an account, or with the gateway's own token; and the way out."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from aimaq.access import trail
from aimaq.access.administration import Principal
from aimaq.language.errors import AimaqError, InvalidInput, NotAuthenticated, Unavailable
from aimaq.language.texts import Texts
from aimaq.web.callers import ANYONE
from aimaq.web.front_desk.rate_limit import Limiter
from aimaq.web.request.client import by_https, client_of
from gateway_svc.console import labels
from gateway_svc.console.callers import from_here, own_form
from gateway_svc.console.console import Console
from gateway_svc.console.route import SIGN_IN, START, local

TITLE = Texts(kk="Консольге кіру", ru="Вход в консоль", en="Sign in to the console")
LEAD = Texts(
    kk="Есептік жазбаңызды тіркелім тексереді. Жасағаныңыздың бәрі журналға түседі.",
    ru="Учётную запись проверяет регистр. Всё, что вы сделаете, попадёт в журнал.",
    en="The registry checks your account. Whatever you do becomes an entry of the journal.",
)
BY_PASSWORD = Texts(kk="Құпиясөзбен", ru="По паролю", en="With a password")
NAME = Texts(kk="Есептік жазба", ru="Учётная запись", en="Account")
PASSWORD = Texts(kk="Құпиясөз", ru="Пароль", en="Password")
BY_TOKEN = Texts(kk="Шлюздің токенімен", ru="По токену шлюза", en="With the gateway's token")
TOKEN = Texts(kk="Токен", ru="Токен", en="Token")
TOKEN_HINT = Texts(
    kk="Есептік жазбалар ашылғанға дейін: стендтің үйіндегі keys/gateway/admin.token файлының мазмұны.",
    ru="Пока нет учётных записей: содержимое файла keys/gateway/admin.token в доме стенда.",
    en="While there are no accounts: what is in the file keys/gateway/admin.token of the stand's home.",
)
NOT_TOKEN = Texts(
    kk="бұл токен шлюзді ашпайды: файлдағысын толық көшіріңіз",
    ru="этот токен не открывает шлюз: скопируйте его из файла целиком",
    en="this token does not open the gateway: copy all of it from its file",
)
LACKING = Texts(
    kk="есептік жазба мен құпиясөзді немесе токенді жазыңыз",
    ru="введите учётную запись и пароль или токен",
    en="write an account and its password, or a token",
)

_LONGEST = 4096
_PER_CLIENT = 20
"""Failed attempts that an address has at the console: all addresses together are one to the registry."""

Line = Annotated[str, Form(max_length=_LONGEST)]


def router(console: Console) -> APIRouter:
    """The sign-in and the sign-out."""
    pages, service = console.router(), console.service
    settings, administration = service.settings, service.administration
    window = timedelta(seconds=settings.password_lock)
    failures = Limiter(service.clock, most=_PER_CLIENT, window=window)
    proxies = settings.networks_of_proxies

    async def proved(name: str, password: str, token: str, client: str) -> tuple[Principal, bool]:
        """Who it is, and whether they are by the gateway's own token.

        InvalidInput if they have not said it, NotAuthenticated if they have not shown it.
        """
        if not token and not (name and password):
            raise InvalidInput(LACKING, rule="required")
        own = bool(token) and hmac.compare_digest(token.encode(), administration.token.encode())
        word = token or await console.registry.by_password(name, password, client)
        principal = administration.principal(word)
        if principal is None:
            raise NotAuthenticated(NOT_TOKEN)
        return principal, own

    def record(principal: Principal, action: str, call: str, client: str) -> None:
        """Have the trail tell of it as soon as it can: while the database cannot be written, one may still look."""
        if administration.trail is not None:
            administration.trail.later(trail.Deed(principal, client, action, call, service.clock.now()))

    @pages.get("/sign-in", dependencies=[ANYONE])
    async def sign_in(request: Request, next: str = START) -> Response:
        """The page at which one signs in; whoever is signed in goes on to where they were going."""
        if console.sessions.read(request.cookies) is not None:
            return RedirectResponse(local(next), status_code=303)
        return await console.page(request, "sign_in.html", next=local(next), name="", error=None, W=_WORDS)

    @pages.post("/sign-in", dependencies=[ANYONE])
    async def signed_in(
        request: Request, name: Line = "", password: Line = "", token: Line = "", next: Line = START
    ) -> Response:
        """Sign in, and go on to where one was going; the page again, with the reason, for whoever cannot."""
        from_here(request)
        client = client_of(request, proxies)
        failures.attempt(client)
        try:
            principal, own = await proved(name.strip(), password, token.strip(), client)
        except AimaqError as error:
            if isinstance(error, Unavailable | InvalidInput):  # nobody has looked at it
                failures.passed(client)
            where = local(next)
            return await console.page(
                request, "sign_in.html", status=error.status, next=where, name=name, error=error, W=_WORDS
            )
        failures.passed(client)
        administration.record(principal, f"POST {SIGN_IN}")
        record(principal, trail.SIGN_IN, f"POST {SIGN_IN}", client)
        response = RedirectResponse(local(next), status_code=303)
        console.sessions.put(response, console.sessions.open(principal, own=own), secure=by_https(request, proxies))
        return response

    @pages.post("/sign-out", dependencies=[ANYONE])
    async def signed_out(request: Request) -> Response:
        """End the session, also for whoever has a copy of its cookie."""
        session = console.sessions.read(request.cookies)
        if session is not None:
            await own_form(request, console.sessions, session)
            record(session.principal, trail.SIGN_OUT, "POST /console/sign-out", client_of(request, proxies))
            console.sessions.end(session)
        response = RedirectResponse(SIGN_IN, status_code=303)
        console.sessions.forget(response)
        return response

    return pages


_WORDS = labels.words(globals())
