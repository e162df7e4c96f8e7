"""The way in with a certificate: a challenge of the registry's, which is signed elsewhere and comes back as a CMS.

It needs no script: NCALayer, or `openssl cms`, signs the file of the challenge, and what they make is pasted or chosen.
"""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from starlette.responses import RedirectResponse

from aimaq.language.errors import AimaqError, InvalidInput, Unavailable
from aimaq.language.texts import Texts
from aimaq.web.callers import ANYONE
from aimaq.web.request.client import client_of
from gateway_svc.console import labels
from gateway_svc.console.callers import from_here
from gateway_svc.console.console import Console
from gateway_svc.console.route import START, local

HEADING = Texts(kk="Сертификатпен кіру", ru="Вход по сертификату", en="Sign in with a certificate")
LEAD = Texts(
    kk="Тапсырмаға аутентификация кілтімен (AUTH) қол қойып, CMS-ті осында беріңіз. Ол бір рет, екі минут жарайды.",
    ru="Подпишите запрос ключом аутентификации (AUTH) и передайте сюда CMS. Запрос годится один раз и две минуты.",
    en="Sign the challenge with your key for authentication (AUTH) and hand in the CMS: once, within two minutes.",
)
CHALLENGE = Texts(kk="Тапсырма", ru="Запрос на подпись", en="Challenge")
CHALLENGE_HINT = Texts(
    kk="Дәл осы таңбаларға, соңында жаңа жол қоспай, қол қойылады; файлда да дәл солар.",
    ru="Подписываются ровно эти знаки, без конца строки; в файле они же.",
    en="Exactly these characters are signed, with no line end; the file has the same.",
)
DOWNLOAD = Texts(kk="Файл ретінде алу", ru="Скачать файлом", en="Download as a file")
CMS = Texts(kk="Қолтаңба (CMS)", ru="Подпись (CMS)", en="Signature (CMS)")
CMS_HINT = Texts(
    kk="NCALayer бергендей base64 немесе PEM.",
    ru="Base64, как его отдаёт NCALayer, или PEM.",
    en="Base64 as NCALayer gives it, or PEM.",
)
FILE = Texts(kk="немесе файлы", ru="или файл", en="or its file")
ANOTHER = Texts(kk="Жаңа тапсырма", ru="Новый запрос", en="Another challenge")
WITH_PASSWORD = Texts(kk="Құпиясөзбен кіру", ru="Войти по паролю", en="Sign in with a password")
LACKING = Texts(
    kk="қолтаңбаны қойыңыз немесе файлын таңдаңыз",
    ru="вставьте подпись или выберите её файл",
    en="paste the signature, or choose its file",
)

LARGEST = 32 * 1024
"""Bytes of a CMS: a signature with its chain has a few thousand."""

Challenge = Annotated[str, Form(max_length=200)]
Line = Annotated[str, Form(max_length=2 * LARGEST)]
Upload = Annotated[UploadFile | None, File()]


def router(console: Console) -> APIRouter:
    """The page, the challenge as a file, and the form."""
    pages, proxies = console.router(), console.service.settings.networks_of_proxies

    async def shown(request: Request, where: str, error: AimaqError | None = None) -> Response:
        """The page with a new challenge; without one, and with the reason, if the registry gives none."""
        challenge = ""
        try:
            challenge = await console.registry.challenge(client_of(request, proxies))
        except AimaqError as problem:
            error = error or problem
        status = error.status if error is not None else 200
        return await console.page(
            request, "certificate.html", status=status, next=local(where), challenge=challenge, error=error, W=_WORDS
        )

    @pages.get("/sign-in/certificate", dependencies=[ANYONE])
    async def certificate(request: Request, next: str = START) -> Response:
        """The page at which one signs in with a certificate."""
        return await shown(request, next)

    @pages.get("/sign-in/challenge.txt", dependencies=[ANYONE])
    async def challenge(text: Annotated[str, Query(max_length=200, pattern=r"^[a-z0-9:-]+$")]) -> Response:
        """A challenge as a file, to be signed byte for byte."""
        headers = {"Content-Disposition": 'attachment; filename="challenge.txt"'}
        return Response(text, media_type="text/plain", headers=headers)

    @pages.post("/sign-in/certificate", dependencies=[ANYONE])
    async def signed(
        request: Request, challenge: Challenge = "", cms: Line = "", file: Upload = None, next: Line = START
    ) -> Response:
        """Sign in with the signed challenge, and go on to where one was going; the page again for whoever cannot."""
        from_here(request)
        client = client_of(request, proxies)
        console.failures.attempt(client)
        try:
            supplied = cms.strip() or await _encoded(file)
            if not supplied:
                raise InvalidInput(LACKING, field="cms", rule="required")
            reader = console.reader(request).language
            opened = await console.registry.by_certificate(challenge, supplied, client, reader)
            session = console.visits.entered(opened)
        except AimaqError as error:
            if isinstance(error, Unavailable | InvalidInput):  # nobody has looked at it
                console.failures.passed(client)
            return await shown(request, next, error)
        console.failures.passed(client)
        response = RedirectResponse(local(next), status_code=303)
        console.visits.welcome(request, response, session)
        return response

    return pages


async def _encoded(file: UploadFile | None) -> str:
    """What is in a file, as the registry takes it: PEM as it is, other bytes in base64."""
    data = await file.read(LARGEST + 1) if file is not None else b""
    return data.decode("ascii", "replace") if data.startswith(b"-----BEGIN") else base64.b64encode(data).decode()


_WORDS = labels.words(globals())
