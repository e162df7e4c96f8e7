"""The way in: with the name and password of an account, or with the gateway's own token; and the way out."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from aimaq.access.trail import SIGN_OUT
from aimaq.language.errors import AimaqError, InvalidInput, NotAuthenticated, Unavailable
from aimaq.language.texts import Texts
from aimaq.web.callers import ANYONE
from aimaq.web.request.client import client_of
from gateway_svc.console import labels
from gateway_svc.console.access.registry import Opened
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
BY_CERTIFICATE = Texts(kk="Сертификатпен", ru="По сертификату", en="With a certificate")
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

Line = Annotated[str, Form(max_length=_LONGEST)]


def router(console: Console) -> APIRouter:
    """The sign-in and the sign-out."""
    pages, administration = console.router(), console.service.administration
    proxies = console.service.settings.networks_of_proxies

    async def proved(name: str, password: str, token: str, client: str) -> Opened:
        """The session of somebody at the registry, or the gateway's token, which opens one by itself.

        InvalidInput if they have not said who they are, NotAuthenticated if they have not shown it.
        """
        if not token and not (name and password):
            raise InvalidInput(LACKING, rule="required")
        if not token:
            return await console.registry.by_password(name, password, client)
        if not hmac.compare_digest(token.encode(), administration.token.encode()):
            raise NotAuthenticated(NOT_TOKEN)
        return Opened(token)

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
        console.failures.attempt(client)
        try:
            session = console.visits.entered(await proved(name.strip(), password, token.strip(), client))
        except AimaqError as error:
            if isinstance(error, Unavailable | InvalidInput):  # nobody has looked at it
                console.failures.passed(client)
            where = local(next)
            return await console.page(
                request, "sign_in.html", status=error.status, next=where, name=name, error=error, W=_WORDS
            )
        console.failures.passed(client)
        response = RedirectResponse(local(next), status_code=303)
        console.visits.welcome(request, response, session)
        return response

    @pages.post("/sign-out", dependencies=[ANYONE])
    async def signed_out(request: Request) -> Response:
        """End the session, also for whoever has a copy of its cookie."""
        session = console.sessions.read(request.cookies)
        if session is not None:
            await own_form(request, console.sessions, session)
            console.visits.record(request, session, SIGN_OUT)
            console.sessions.end(session)
            await console.visits.over(session)
        response = RedirectResponse(SIGN_IN, status_code=303)
        console.sessions.forget(response)
        return response

    return pages


_WORDS = labels.words(globals())
