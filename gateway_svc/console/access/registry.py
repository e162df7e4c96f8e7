"""The registry as the console asks it: to open a session for whoever signs in, to renew it, and to end it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec

from aimaq.http.client import exchange, http_client
from aimaq.language.errors import NotAllowed, NotAuthenticated, TooManyFailures, Unavailable
from aimaq.language.texts import Texts

PATIENCE = 15.0
"""Seconds that the registry has for an answer: longer than a password waits there to be checked."""
SOON = 2.0
"""Seconds that it has where somebody waits for a page."""

T = TypeVar("T")

AWAY = Texts(
    kk="тіркелім жауап бермейді, ал кіргендерді сол тексереді: кейінірек қайталаңыз",
    ru="регистр не отвечает, а входящих проверяет он: повторите позже",
    en="{peer} is out of reach, and it checks those who sign in: {why}",
)
UNREADABLE = Texts(
    kk="тіркелімнің жауабын оқу мүмкін болмады, кейінірек қайталаңыз",
    ru="ответ регистра не удалось прочесть, повторите позже",
    en="the registry's answer cannot be read, try again later",
)
WRONG = Texts(
    kk="аты немесе құпиясөз қате",
    ru="неверное имя или пароль",
    en="the name or the password is wrong",
)
NOT_SIGNED = Texts(
    kk="қолтаңба жарамайды: жаңа тапсырмаға аутентификация кілтімен қол қойыңыз",
    ru="подпись не подходит: подпишите новый запрос ключом аутентификации",
    en="the signature does not hold: sign the new challenge with the key for authentication",
)
OVER = Texts(
    kk="сеанс аяқталды: қайта кіріңіз",
    ru="сеанс завершён: войдите снова",
    en="the session is over: sign in again",
)
ELSEWHERE = Texts(
    kk="бұл есептік жазба басқа тараптың қызметіне арналған",
    ru="эта учётная запись – для службы другой стороны",
    en="this account is for the service of another party",
)
TOO_MANY = Texts(
    kk="сәтсіз әрекет тым көп, {seconds} секундтан кейін қайталаңыз",
    ru="слишком много неудачных попыток, повторите через {seconds} с",
    en="too many failures, try again in {seconds} s",
)


class Opened(msgspec.Struct, frozen=True):
    """A session at the gateway as the registry opens it: its token, and what renews it."""

    token: str
    refresh: str = ""


class _Challenge(msgspec.Struct, frozen=True):
    challenge: str


class _Problem(msgspec.Struct, frozen=True):
    detail: str


class RegistrySessions:
    """Opens sessions at the gateway with the accounts of the registry at `url`.

    Unavailable if the registry does not answer, TooManyFailures if it has somebody wait. `client` is always the address
    of whoever signs in.
    """

    def __init__(self, url: str, audience: str) -> None:
        self._url, self._audience = f"{url.rstrip('/')}/administrators", audience
        self._http: httpx.AsyncClient | None = None

    async def by_password(self, name: str, password: str, client: str) -> Opened:
        """A session by the password of an account.

        NotAuthenticated for a wrong name or password, NotAllowed for an account of another party.
        """
        body = {"name": name, "password": password, "audience": self._audience}
        return _decoded(await self._called("/sessions", body, client=client, refused=WRONG), Opened)

    async def challenge(self, client: str) -> str:
        """A challenge for whoever comes with a certificate: ASCII characters that are to be signed, once."""
        return _decoded(await self._called("/challenges", {}, client=client), _Challenge).challenge

    async def by_certificate(self, challenge: str, cms: str, client: str, reader: str) -> Opened:
        """A session by a certificate: `cms` is the signature over the challenge, in base64 or PEM.

        NotAuthenticated, with the registry's reasons in the language of its `reader`, for a signature that does not
        hold, or is nobody's who has an account; NotAllowed for an account of another party.
        """
        body = {"challenge": challenge, "cms": cms, "audience": self._audience}
        return _decoded(await self._called("/sessions", body, client=client, reader=reader), Opened)

    async def renew(self, refresh: str) -> Opened:
        """A session's new token; NotAuthenticated if the session is over."""
        body = {"refresh": refresh}
        return _decoded(await self._called("/sessions/refresh", body, timeout=SOON, refused=OVER), Opened)

    async def end(self, refresh: str) -> None:
        """Have a session renewed no more."""
        await self._called("/sessions/end", {"refresh": refresh}, timeout=SOON, refused=OVER)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _called(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        client: str = "",
        reader: str = "en",
        refused: Texts | None = None,
        timeout: float = PATIENCE,
    ) -> bytes:
        """What is answered. Without `refused` a refusal is told in the registry's own words."""
        if self._http is None:
            self._http = http_client()
        headers = {"Accept-Language": reader} | ({"X-Forwarded-For": client} if client else {})
        peer = f"the registry at {self._url}"
        async with exchange(
            self._http, "POST", self._url + path, peer=peer, away=AWAY, headers=headers, json=body, timeout=timeout
        ) as answer:
            data = await answer.aread()
        match answer.status_code:
            case 201 | 204:
                return data
            case 401 | 422:
                raise NotAuthenticated(refused or _reason(data))
            case 403:
                raise NotAllowed(ELSEWHERE)
            case 429:
                seconds = int(answer.headers.get("Retry-After", "60"))
                raise TooManyFailures(TOO_MANY.format(seconds=seconds), retry_after=seconds)
            case status:
                raise Unavailable(AWAY.format(peer=peer, why=status))


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unavailable(UNREADABLE) from None


def _reason(data: bytes) -> Texts:
    """What a problem document says, which was asked for in its reader's language."""
    try:
        detail = msgspec.json.decode(data, type=_Problem).detail
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return NOT_SIGNED
    return Texts(detail, detail, detail)
