"""The messages of the journal: chosen by who sent them to whom, by verdict and by case; the newest first, in pages."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from aimaq.language.bounds import Characters
from aimaq.language.messages import TYPES
from aimaq.language.texts import Texts
from aimaq.web.front_desk import case_id_of
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.console.pages.traffic import figures
from gateway_svc.feed import messages as reading
from gateway_svc.feed.messages import Choice

SIZE = 50
"""Messages on a page."""

HEADING = Texts(kk="Хабарлар", ru="Сообщения", en="Messages")
LEAD = Texts(
    kk="Шлюз журналының жазбалары, жаңасынан ескісіне қарай. Мазмұны мен адамдардың деректері мұнда жоқ.",
    ru="Записи журнала шлюза, от новых к старым. Содержания и данных людей здесь нет.",
    en="Entries of the gateway's journal, newest first. What they say, and people's data, are not here.",
)
SYSTEM = Texts(kk="Жүйе", ru="Система", en="System")
SENDER = Texts(kk="Кімнен", ru="От кого", en="From")
RECIPIENT = Texts(kk="Кімге", ru="Кому", en="To")
VERDICT = Texts(kk="Қабылдануы", ru="Приём", en="Verdict")
CASE = Texts(kk="Іс", ru="Дело", en="Case")
VERDICTS = {
    "accepted": Texts(kk="қабылданған", ru="принятые", en="accepted"),
    "rejected": Texts(kk="қабылданбаған", ru="отклонённые", en="refused"),
}
NUMBER = Texts(kk="Нөмірі", ru="Номер", en="No.")
AT = Texts(kk="Журналға түсті", ru="Внесено", en="Journalled")
MESSAGE = Texts(kk="Хабар", ru="Сообщение", en="Message")
ROUTE = Texts(kk="Кімнен кімге", ru="От кого кому", en="From and to")
STEP = Texts(kk="Қадам", ru="Шаг", en="Step")
QUEUE = Texts(kk="кезекте, мс", ru="в пути, мс", en="queue, ms")
ATTEMPTS = Texts(kk="әрекет", ru="попыток", en="attempts")
ACCEPTED = Texts(kk="қабылданды", ru="принято", en="accepted")
REFUSED = Texts(kk="қабылданбады", ru="отклонено", en="refused")
UNREADABLE = Texts(kk="оқылмаған хабар", ru="нечитаемое сообщение", en="a message that cannot be read")
NOBODY = Texts(kk="белгісіз", ru="неизвестно", en="unknown")
NONE = Texts(kk="Бұл сұрауға сай хабар жоқ.", ru="По этому запросу сообщений нет.", en="No message fits this query.")
LESS = Texts(kk="Сүзгінің бірін алып көріңіз.", ru="Снимите один из фильтров.", en="Take one filter off.")

Name = Annotated[str, Characters(100)]


def router(console: Console) -> APIRouter:
    """The page of the messages."""
    pages, service = console.router(), console.service

    @pages.get("/messages", dependencies=[console.caller("journal.read")])
    async def messages(
        request: Request,
        party: Name = "",
        sender: Name = "",
        recipient: Name = "",
        verdict: Literal["accepted", "rejected", ""] = "",
        case_id: Name = "",
        after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    ) -> Response:
        """The messages of a choice: what `GET /messages` answers, for people."""
        case = case_id_of(case_id) if case_id else None
        choice = Choice(party or None, sender or None, recipient or None, verdict or None, case)
        found = await reading.messages(service, choice, after, SIZE + 1)
        fields = {"party": party, "sender": sender, "recipient": recipient, "verdict": verdict, "case_id": case_id}
        asked = {name: value for name, value in fields.items() if value}
        more = urlencode(asked | {"after": str(found[SIZE - 1].number)}) if len(found) > SIZE else ""
        return await console.page(
            request,
            "messages.html",
            active="traffic",
            records=found[:SIZE],
            asked=fields,
            next_page=f"/console/messages?{more}" if more else "",
            first_page=f"/console/messages?{urlencode(asked)}" if after is not None else "",
            size=SIZE,
            types=TYPES,
            F=figures,
            W=_WORDS,
        )

    return pages


_WORDS = labels.words(globals())
