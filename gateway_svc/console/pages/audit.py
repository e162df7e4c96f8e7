"""The audit: who did what, when, from where and why; each line is an entry of the chained journal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from aimaq.access.trail import Outcome
from aimaq.language.bounds import Characters
from aimaq.language.envelope import EARLIEST, LATEST
from aimaq.language.texts import Texts
from aimaq.regulation.calendar import ALMATY
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.journal.trail import listing
from gateway_svc.journal.trail.words import ACTIONS

HEADING = Texts(kk="Аудит", ru="Аудит", en="Audit")
LEAD = Texts(
    kk="Әр жол – журналдың жазбасы: оны ешкім өшіре не өзгерте алмайды.",
    ru="Каждая строка – запись журнала: её нельзя ни стереть, ни изменить незаметно.",
    en="Each line is an entry of the journal: nobody can remove or change it unnoticed.",
)
WHO = Texts(kk="Кім", ru="Кто", en="Who")
WHAT = Texts(kk="Не істеді", ru="Что", en="What")
ON = Texts(kk="Немен", ru="С чем", en="On what")
WHEN = Texts(kk="Қашан", ru="Когда", en="When")
WHO_WHENCE = Texts(kk="Кім, қайдан", ru="Кто, откуда", en="Who, from where")
WHY = Texts(kk="Себебі", ru="Причина", en="Why")
OUTCOME = Texts(kk="Нәтижесі", ru="Итог", en="Outcome")
ENTRY = Texts(kk="Жазба", ru="Запись", en="Entry")
SINCE = Texts(kk="Қай күннен", ru="С дня", en="From the day")
UNTIL = Texts(kk="Қай күнге дейін", ru="По день", en="To the day")
OF_CASE = Texts(kk="іс", ru="дело", en="case")
OWN_TOKEN = Texts(kk="шлюздің токені", ru="токен шлюза", en="the gateway's token")
TIMES = Texts(kk="{count} рет, соңғысы {last}", ru="{count} раз, последний {last}", en="{count} times, last {last}")
NOTHING = Texts(
    kk="Бұл сұрауға сай жазба жоқ. Сүзгінің бірін алып көріңіз.",
    ru="По этому запросу записей нет. Снимите один из фильтров.",
    en="No entry fits this query. Take one filter off.",
)
NOTHING_YET = Texts(
    kk="Әзірге ешкім ештеңе істеген жоқ.", ru="Пока никто ничего не делал.", en="Nobody has done anything."
)
COMES = Texts(
    kk="Әрекет, хабарды оқу, рұқсатсыз талпыныс осында бірден түседі.",
    ru="Действия, чтение сообщений и попытки без права появляются здесь сразу.",
    en="Acts, messages that were read and tries without a right appear here at once.",
)
REFUSED_ONLY = Texts(kk="Рұқсатсыз талпыныстар", ru="Попытки без права", en="Tries without a right")
REVEALED_ONLY = Texts(kk="Жеке деректерді көрсету", ru="Раскрытия личных данных", en="Personal data revealed")
READ_ONLY = Texts(kk="Оқылған хабарлар", ru="Прочитанные сообщения", en="Messages read")
OUTCOMES: dict[str, Texts] = {
    "done": Texts(kk="істелді", ru="сделано", en="done"),
    "failed": Texts(kk="болмады", ru="не вышло", en="failed"),
    "refused": Texts(kk="рұқсат жоқ", ru="нет права", en="not permitted"),
}
STATES = {"done": "ok", "failed": "near", "refused": "late"}
"""The state in the design language of each outcome."""
TAGS = (
    ({"outcome": "refused"}, REFUSED_ONLY),
    ({"what": "personal.reveal"}, REVEALED_ONLY),
    ({"what": "messages.read"}, READ_ONLY),
)
"""What is asked for most often."""

SIZE = 50

Words = Annotated[str, Query(), Characters(128)]
Day = Annotated[date, Field(ge=EARLIEST.date(), le=LATEST.date())] | Literal[""]
Before = Annotated[int, Query(ge=1, le=listing.LARGEST)]


def router(console: Console) -> APIRouter:
    """The page of the audit."""
    pages, service = console.router(), console.service

    @pages.get("/audit", dependencies=[console.caller("audit.read")])
    async def audit(
        request: Request,
        who: Words = "",
        what: Words = "",
        outcome: Outcome | Literal[""] = "",
        object: Words = "",
        case_id: Words = "",
        since: Day = "",
        until: Day = "",
        before: Before = listing.LARGEST,
    ) -> Response:
        """What `GET /audit` answers, for people; the days are whole days of Almaty."""
        query = listing.Query(
            who or None,
            what or None,
            outcome or None,
            object or None,
            case_id or None,
            _begins(since) if since else None,
            _begins(until + timedelta(days=1)) if until else None,
        )
        found = await listing.page(service, query, before, SIZE)
        inputs = {"who": who, "what": what, "outcome": outcome, "object": object, "case_id": case_id}
        filters = {name: value for name, value in inputs.items() if value} | _days(since, until)
        return await console.page(
            request,
            "audit.html",
            active="audit",
            found=found,
            filters=filters,
            asked=filters.get,
            next=_address(filters | {"before": str(found.next)}) if found.next is not None else "",
            first=_address(filters) if before != listing.LARGEST else "",
            tags=[(_address(wanted), words, wanted == filters) for wanted, words in TAGS],
            everything=(_address({}), not filters),
            actions=ACTIONS,
            size=SIZE,
            own=f"the token of {service.settings.party}",
            W=_WORDS,
        )

    return pages


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), ALMATY)


def _days(since: Day, until: Day) -> dict[str, str]:
    return {name: day.isoformat() for name, day in (("since", since), ("until", until)) if day}


def _address(filters: dict[str, str]) -> str:
    return "/console/audit" + (f"?{urlencode(filters)}" if filters else "")


_WORDS = labels.words(globals())
