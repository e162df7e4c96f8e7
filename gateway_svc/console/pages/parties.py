"""The parties: whether each is well, when it last spoke, how long its certificate is good, what it may send."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from aimaq.language.messages import TYPES
from aimaq.language.texts import Texts
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.parties import listing

HEADING = Texts(kk="Тараптар", ru="Стороны", en="Parties")
LEAD = Texts(
    kk="Шлюздің өзі білетіні: ол ешкімнің жауабын күтпейді.",
    ru="То, что шлюз знает сам: он никого не ждёт.",
    en="What the gateway knows by itself: it waits for nobody.",
)
PARTY = Texts(kk="Тарап", ru="Сторона", en="Party")
STATE = Texts(kk="Күйі", ru="Состояние", en="State")
LAST = Texts(kk="Соңғы хабары", ru="Последнее сообщение", en="Last message")
CERTIFICATE = Texts(kk="Сертификаты", ru="Сертификат", en="Certificate")
RIGHTS = Texts(kk="Жібере алады", ru="Может отправлять", en="May send")
READY = Texts(kk="жұмыс істейді", ru="работает", en="ready")
NOT_READY = Texts(kk="жұмыс істей алмайды", ru="не может работать", en="not ready")
UNKNOWN = Texts(kk="хабарламаған", ru="не сообщила", en="has not said")
OUTSIDE = Texts(kk="бөтен жүйе", ru="внешняя система", en="an outside system")
SILENT = Texts(
    kk="соңғы {count} хабардың арасында жоқ",
    ru="нет среди последних {count}",
    en="none among the last {count}",
)
UNTIL = Texts(kk="мерзімі: {date}", ru="до {date}", en="until {date}")
LEFT = Texts(kk="{span} қалды", ru="осталось {span}", en="{span} left")
AGO = Texts(kk="{span} бұрын", ru="{span} назад", en="{span} ago")
NO_CERTIFICATE = Texts(kk="сертификаты белгісіз", ru="сертификат неизвестен", en="no certificate is known")
OLDER = Texts(kk="тағы {count}", ru="ещё {count}", en="{count} more")
VERSION = Texts(kk="нұсқасы {version}", ru="версия {version}", en="version {version}")
TYPES_OF = {
    "one": Texts(kk="хабар түрі", ru="вид сообщений", en="type of message"),
    "few": Texts(kk="хабар түрі", ru="вида сообщений", en="types of message"),
    "many": Texts(kk="хабар түрі", ru="видов сообщений", en="types of message"),
}
STANDINGS = {
    "good": Texts(kk="жарамды", ru="действует", en="good"),
    "near": Texts(kk="аяқталып келеді", ru="истекает", en="runs out soon"),
    "expired": Texts(kk="мерзімі өткен", ru="истёк", en="out of date"),
    "suspended": Texts(kk="тоқтатылған", ru="приостановлен", en="suspended"),
    "revoked": Texts(kk="кері қайтарылған", ru="отозван", en="revoked"),
}
STATES = {"good": "ok", "near": "near", "expired": "late", "suspended": "near", "revoked": "late"}
"""The state in the design language of each standing of a certificate."""


def router(console: Console) -> APIRouter:
    """The page of the parties."""
    pages, service = console.router(), console.service

    @pages.get("/parties", dependencies=[console.caller("systems.read")])
    async def parties(request: Request) -> Response:
        """The parties: what `GET /parties` answers, for people."""
        found = await listing.parties(service)
        return await console.page(
            request, "parties.html", active="parties", parties=found, newest=listing.NEWEST, types=TYPES, W=_WORDS
        )

    return pages


_WORDS = labels.words(globals())
