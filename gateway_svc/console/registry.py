"""The registry as the console's sign-in asks it: for a session at the gateway, in the name of whoever signs in."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import msgspec

from aimaq.http.client import exchange, http_client
from aimaq.language.errors import NotAllowed, NotAuthenticated, TooManyFailures, Unavailable
from aimaq.language.texts import Texts

PATIENCE = 15.0
"""Seconds that the registry has for an answer: longer than a password waits there to be checked."""

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


class _Opened(msgspec.Struct, frozen=True):
    """The registry's answer to a sign-in."""

    token: str


class RegistrySessions:
    """Opens sessions at the gateway with the accounts of the registry at `url`."""

    def __init__(self, url: str, audience: str) -> None:
        self._url, self._audience = url.rstrip("/"), audience
        self._http: httpx.AsyncClient | None = None

    async def by_password(self, name: str, password: str, client: str) -> str:
        """The token of a new session; `client` is the address of whoever signs in.

        NotAuthenticated for a wrong name or password, NotAllowed for an account of another party, TooManyFailures
        after too many, Unavailable if the registry does not answer.
        """
        body = {"name": name, "password": password, "audience": self._audience}
        return await self._opened("/administrators/sessions", body, client)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _opened(self, path: str, body: Mapping[str, object], client: str) -> str:
        if self._http is None:
            self._http = http_client(timeout=PATIENCE)
        headers = {"X-Forwarded-For": client} if client else {}
        peer = f"the registry at {self._url}"
        async with exchange(
            self._http, "POST", self._url + path, peer=peer, away=AWAY, headers=headers, json=body
        ) as answer:
            data = await answer.aread()
        match answer.status_code:
            case 201:
                return _decoded(data).token
            case 401 | 422:
                raise NotAuthenticated(WRONG)
            case 403:
                raise NotAllowed(ELSEWHERE)
            case 429:
                seconds = int(answer.headers.get("Retry-After", "60"))
                raise TooManyFailures(TOO_MANY.format(seconds=seconds), retry_after=seconds)
            case status:
                raise Unavailable(AWAY.format(peer=peer, why=status))


def _decoded(data: bytes) -> _Opened:
    try:
        return msgspec.json.decode(data, type=_Opened)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unavailable(UNREADABLE) from None
