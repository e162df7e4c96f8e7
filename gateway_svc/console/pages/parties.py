"""The parties: whether each is well, when it last spoke, how long its certificate is good, what it may send."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from aimaq.access.administration import Principal
from aimaq.language.bounds import plain
from aimaq.language.messages import TYPES
from aimaq.language.texts import Texts
from aimaq.web.callers import note
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.endpoints.parties import OtherParty
from gateway_svc.parties import listing

HEADING = Texts(kk="Тараптар", ru="Стороны", en="Parties")
LEAD = Texts(
    kk="Шлюздің білетіні: ол ешкімнің жауабын күтпейді.",
    ru="То, что знает шлюз: он никого не ждёт.",
    en="What the gateway knows: it waits for nobody.",
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
SILENT = Texts(kk="хабары әлі болған жоқ", ru="сообщений ещё не было", en="no message yet")
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
SUSPENDED = Texts(kk="тоқтатылған", ru="приостановлена", en="suspended")
SUSPENDED_BY = Texts(
    kk="{at} бастап, тоқтатқан {by}: {reason}",
    ru="с {at}, приостановил(а) {by}: {reason}",
    en="since {at}, by {by}: {reason}",
)
SUSPEND = Texts(kk="Тоқтату…", ru="Приостановить…", en="Suspend…")
REASON = Texts(kk="Себебі", ru="Причина", en="Reason")
DO_SUSPEND = Texts(kk="Хабарларын қабылдамау", ru="Не принимать её сообщения", en="Refuse its messages from now on")
WHAT_FOLLOWS = Texts(
    kk="Жіберген хабарларының әрқайсысы себебімен қайтарылады және өзінде қалады. Оған арналған хабарлар жүре береді.",
    ru="Каждое её сообщение вернётся ей с причиной и останется у неё. То, что отправлено ей, идёт дальше.",
    en="Each message that it sends comes back to it with the reason, and stays with it. What is sent to it goes on.",
)
RESUME = Texts(kk="Хабарларын қайта өткізу", ru="Снова пропускать её сообщения", en="Let its messages pass again")
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
    reading, writing = console.caller("systems.read"), console.caller("systems.write")

    @pages.get("/parties")
    async def parties(request: Request, principal: Principal = reading) -> Response:
        """The parties: what `GET /parties` answers, for people."""
        found = await listing.parties(service, console.suspensions, console.attended.reports)
        may = "systems.write" in principal.permissions
        return await console.page(
            request,
            "parties.html",
            active="parties",
            parties=found,
            types=TYPES,
            may=may,
            W=_WORDS,
        )

    @pages.post("/parties/{party}/suspension")
    async def suspend(
        request: Request,
        party: OtherParty,
        reason: Annotated[str, Form(min_length=3, max_length=300)],
        principal: Principal = writing,
    ) -> Response:
        """Refuse the messages of a party: what `PUT /parties/{party}/suspension` does."""
        note(request, reason=reason)
        await console.suspensions.suspend(service, party, principal.name, plain(reason))
        return console.done(request, "/console/parties")

    @pages.post("/parties/{party}/resumption", dependencies=[writing])
    async def resume(request: Request, party: OtherParty) -> Response:
        """Let the messages of a party pass again: what `DELETE /parties/{party}/suspension` does."""
        await console.suspensions.resume(service, party)
        return console.done(request, "/console/parties")

    return pages


_WORDS = labels.words(globals())
