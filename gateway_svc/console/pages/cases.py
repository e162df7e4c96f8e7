"""The cases: a search whose filters are all in the address, what it finds, whose move each case is and until when."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from aimaq.language.errors import InvalidInput
from aimaq.language.messages import STATUS_TEXTS
from aimaq.language.texts import Texts
from aimaq.regulation import wording
from aimaq.regulation.calendar import ALMATY
from gateway_svc.cases.query import CaseQuery, Filters, checked, performers
from gateway_svc.cases.reader import CaseReader
from gateway_svc.cases.views import CasePage
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.console.language import Reader

HEADING = Texts(kk="Істер", ru="Дела", en="Cases")
LEAD = Texts(
    kk="{open} жүріп жатыр, {late} кешігуде",
    ru="в работе: {open}, просрочено: {late}",
    en="{open} under way, {late} late",
)
QUERY = Texts(kk="Нөмір, іс, ЖСН/БСН", ru="Номер, дело, ИИН/БИН", en="Number, case, IIN/BIN")
REGULATION = Texts(kk="Регламент", ru="Регламент", en="Regulation")
CHANNEL = Texts(kk="Арна", ru="Канал", en="Channel")
STATUS = Texts(kk="Мәртебесі", ru="Статус", en="Status")
MOVE = Texts(kk="Кезек кімде", ru="Чей ход", en="Whose turn")
BODY = Texts(kk="Орган", ru="Орган", en="Body")
SINCE = Texts(kk="Ашылған күні, бастап", ru="Открыто с", en="Opened from")
UNTIL = Texts(kk="дейін", ru="по", en="until")
ORDER = Texts(kk="Реті", ru="Порядок", en="Order")
BY_DUE = Texts(kk="мерзімі жақыны алдымен", ru="сначала ближайший срок", en="due first")
NEWEST = Texts(kk="жаңасы алдымен", ru="сначала новые", en="newest first")
LATE = Texts(kk="кешігуде", ru="просрочено", en="late")
NEAR = Texts(kk="мерзімі жақын", ru="срок близок", en="near")
MORE = Texts(kk="Тағы сүзгілер", ru="Ещё фильтры", en="More filters")
TAGS = Texts(kk="Дайын сүзгілер", ru="Готовые фильтры", en="Ready filters")
UNDER_WAY = Texts(kk="Жүріп жатқан", ru="В работе", en="Under way")
TODAY = Texts(kk="Бүгін ашылған", ru="Открыто сегодня", en="Opened today")
ALL = Texts(kk="Бәрі", ru="Все", en="All")
SHARE = Texts(
    kk="{shown} / {count} · сұрау мекенжайда, бөлісуге болады",
    ru="{shown} / {count} · запрос в адресе, им можно поделиться",
    en="{shown} / {count} · the query is in the address, share it",
)
AT_LEAST = Texts(kk="кемінде {count}", ru="не меньше {count}", en="at least {count}")
CASE = Texts(kk="Іс", ru="Дело", en="Case")
STEP_LIMIT = Texts(kk="Қадамның мерзімі", ru="Срок шага", en="Limit of the step")
SINCE_WHEN = Texts(kk="Кезек кімде, қашаннан", ru="Чей ход, с какого времени", en="Whose turn, since when")
NOBODY = Texts(kk="ешкімде", ru="ничей", en="nobody's")
NO_LIMIT = Texts(kk="мерзімі белгіленбеген", ru="срок не установлен", en="no limit runs")
ENDED = Texts(kk="аяқталған", ru="завершено", en="ended")
OPENED = Texts(kk="ашылған", ru="открыто", en="opened")
ON = Texts(kk="мерзімі", ru="срок", en="due")
SIGNS = {
    "received": ("mute", "waiting"),
    "in_progress": ("run", "run"),
    "completed": ("ok", "ok"),
    "refused": ("mute", "refused"),
}
"""The state and the glyph in the design language of each status."""
SIZE = 50
"""Cases on a page."""


def router(console: Console) -> APIRouter:
    """The page of the cases."""
    pages, reader = console.router(), console.cases

    @pages.get("/cases", dependencies=[console.caller("cases.read")])
    async def cases(request: Request, query: Annotated[CaseQuery, Query()]) -> Response:
        """The cases: what `GET /cases` answers with the same filters, for people."""
        asked = {name: value for name, value in request.query_params.items() if value}
        usual = {"order": "due"} if "order" not in asked else {}
        sized = {"limit": SIZE} if "limit" not in asked else {}
        found, problem = CasePage([], None, 0, exact=True), None
        try:
            found = await reader.found(query.model_copy(update=usual | sized))
        except InvalidInput as error:
            problem = error
        say = console.reader(request)
        return await console.page(
            request,
            "cases.html",
            status=problem.status if problem else 200,
            active="cases",
            found=found,
            problem=problem,
            asked=defaultdict(str, {"order": "due"} | asked),
            tags=await _tags(reader, asked),
            open=await reader.count(Filters(open=True)),
            late=await reader.late(),
            next=_address(asked, cursor=found.next) if found.next else "",
            first=_address(asked, cursor="") if "cursor" in asked else "",
            size=query.limit if "limit" in asked else SIZE,
            choices=_choices(reader, say),
            unit=wording.unit,
            channel=wording.channel,
            upper=upper,
            more=bool(asked.keys() & {"channel", "status", "next_party", "since", "until"}),
            W=_WORDS,
        )

    return pages


def upper(text: str) -> str:
    """The text with a capital at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def _address(asked: dict[str, str], **changes: str) -> str:
    """The address of the page with the filters as they are, but for these."""
    words = {name: value for name, value in (asked | changes).items() if value}
    return "/console/cases" + (f"?{urlencode(words)}" if words else "")


async def _tags(reader: CaseReader, asked: dict[str, str]) -> list[tuple[str, Texts, int, bool]]:
    """The ready filters: address, name, count, and whether it is the one that is shown."""
    today = f"{reader.service.clock.now().astimezone(ALMATY):%Y-%m-%d}"
    ready: list[tuple[dict[str, str], Texts]] = [
        ({"open": "true"}, UNDER_WAY),
        ({"late": "true"}, LATE),
        ({"near": "true"}, NEAR),
        ({"since": today}, TODAY),
    ]
    own = {name: value for name, value in asked.items() if name not in ("order", "cursor", "limit")}
    found = []
    for words, name in ready:
        filters = checked(CaseQuery.model_validate(words), reader.service.catalogue, strict=False)
        found.append((_address(words), name, await reader.count(filters), own == words))
    return found


def _choices(reader: CaseReader, say: Reader) -> dict[str, list[tuple[str, str]]]:
    """What the fields of the form have to choose from, each as value and word in the reader's language."""
    laws = list(reader.service.catalogue)
    bodies = sorted({law.body for law in laws})
    return {
        "regulation": sorted(((law.id, say(law.title)) for law in laws), key=lambda one: one[1]),
        "channel": [(name, say(wording.channel(name))) for name in sorted({one for law in laws for one in law.flows})],
        "status": [(name, words[say.language]) for name, words in STATUS_TEXTS.items()],
        "next_unit": [(name, say(wording.unit(name))) for name in performers(reader.service.catalogue)],
        "next_party": [(body, body) for body in bodies],
        "order": [("due", say(BY_DUE)), ("newest", say(NEWEST))],
    }


_WORDS = labels.words(globals())
