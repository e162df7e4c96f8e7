"""The deadlines: what is broken and what is about to be, by whose move it is, with the reason and the forecast."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from aimaq.language.errors import InvalidInput
from aimaq.language.texts import Texts
from aimaq.regulation import wording
from gateway_svc.cases.query import DeadlineQuery
from gateway_svc.cases.views import DeadlinePage
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.console.pages.cases import upper
from gateway_svc.console.pages.deadlines.radar import HEAD, LEFT, NEAR_END, NOW, ROW, WIDTH, radar

HEADING = Texts(kk="Мерзімдер", ru="Сроки", en="Deadlines")
BROKEN = Texts(kk="бұзылды", ru="нарушено", en="broken")
SOON = Texts(kk="бітуге жақын", ru="истекают", en="about to run out")
TIME = Texts(kk="уақыты бар", ru="со временем", en="have time")
RADAR = Texts(kk="Кім нені бұзды, кім бұзуға жақын", ru="Кто что нарушил, кто близок", en="Who broke what, who is near")
EACH = Texts(kk="әр белгі – бір мерзім", ru="каждая отметка – один срок", en="each mark is one limit")
NOW_WORD = Texts(kk="қазір", ru="сейчас", en="now")
AGO = Texts(kk="{length} бұрын", ru="{length} назад", en="{length} ago")
LOAD = Texts(
    kk="{late} бұзылды, {near} жақын, {running} уақыты бар",
    ru="нарушено {late}, близко {near}, со временем {running}",
    en="{late} broken, {near} near, {running} in time",
)
UNDER = Texts(
    kk="отыз минуттан немесе ширектен аз қалды",
    ru="осталось меньше 30 минут или четверти",
    en="under thirty minutes or a quarter left",
)
SCALE = Texts(
    kk="Ось логарифмдік: жақыны кең, алысы тар. Жұмыс күндеріндегі мерзім жұмыс уақытымен тұрады.",
    ru="Ось логарифмическая: близкое широко. Срок в рабочих днях стоит по рабочему времени.",
    en="The axis is logarithmic: what is near is wide. A limit in working days stands in working time.",
)
SOME = Texts(
    kk="Суретте әр күйдің {most} мерзімі ғана; саны толық.",
    ru="На рисунке не больше {most} сроков каждого вида; числа полные.",
    en="The picture has {most} limits of each kind at most; the numbers are whole.",
)
LIST = Texts(kk="Алдымен бұзылғаны", ru="Сначала нарушенные", en="Broken first")
FORMULA = Texts(
    kk="болжам: мерзім − байланыстың күтуі − қалған бөліктердің медианасы",
    ru="прогноз: срок − ожидание связи − медиана оставшихся частей",
    en="forecast: due − the link's wait − median of the parts left",
)
LIMIT = Texts(kk="Мерзімі", ru="Срок", en="Limit")
DUE = Texts(kk="Соңы", ru="Истекает", en="Due")
PARAGRAPH = Texts(kk="Тармақ", ru="Пункт", en="Para")
STEP = Texts(kk="Қадам, іс", ru="Шаг, дело", en="Step, case")
RESPONSIBLE = Texts(kk="Жауапты", ru="Ответственный", en="Responsible")
FORECAST = Texts(kk="Болжам", ru="Прогноз", en="Forecast")
ROW_OF_TABLE = Texts(kk="кестенің {row}-жолы", ru="строка {row} таблицы", en="row {row} of the table")
ONLY = Texts(kk="Тек: {unit}", ru="Только: {unit}", en="Only: {unit}")
EVERYBODY = Texts(kk="Бәрі", ru="Все", en="Everybody")
NONE_RUNS = Texts(kk="Жүріп жатқан мерзім жоқ", ru="Ни один срок не идёт", en="No limit is running")
WHEN = Texts(
    kk="Іс қадамға жеткенде, оның мерзімі осында шығады.",
    ru="Когда дело дойдёт до шага, его срок появится здесь.",
    en="When a case comes to a step, its limit appears here.",
)
STATES: dict[str, Texts] = {
    "pressing": Texts(kk="бұзылған және жақын", ru="нарушенные и близкие", en="broken and near"),
    "late": Texts(kk="бұзылған", ru="нарушенные", en="broken"),
    "near": Texts(kk="жақын", ru="близкие", en="near"),
    "all": Texts(kk="бәрі", ru="все", en="all"),
}
"""What each `state` of the query asks for."""
SIZE, MARKS, ROWS = 25, 60, 14
"""Limits on a page, marks of each state in the picture, performers in it."""


def router(console: Console) -> APIRouter:
    """The page of the deadlines."""
    pages, reader = console.router(), console.cases
    console.counts["deadlines"] = reader.late

    @pages.get("/deadlines", dependencies=[console.caller("cases.read")])
    async def deadlines(request: Request, query: Annotated[DeadlineQuery, Query()]) -> Response:
        """The deadlines: what `GET /deadlines` answers with the same filters, for people."""
        asked = {name: value for name, value in request.query_params.items() if value}
        found, problem, picture = None, None, None
        sized = query if "limit" in asked else query.model_copy(update={"limit": SIZE})
        try:
            found, marks = await asyncio.gather(reader.deadlines(sized), reader.marks(MARKS))
            picture = radar(found.performers, marks, found.now, ROWS)
        except InvalidInput as error:
            problem = error
        return await console.page(
            request,
            "deadlines.html",
            status=problem.status if problem else 200,
            active="deadlines",
            found=found,
            problem=problem,
            radar=picture,
            crowded=found is not None and _crowded(found),
            asked=defaultdict(str, {"state": "pressing"} | asked),
            address=lambda **changes: _address(asked, **changes),
            unit=wording.unit,
            upper=upper,
            V={"width": WIDTH, "left": LEFT, "now": NOW, "near": NEAR_END, "head": HEAD, "row": ROW},
            W=_WORDS,
        )

    return pages


def _crowded(found: DeadlinePage) -> bool:
    return max(found.late, found.near, found.running) > MARKS or len(found.performers) > ROWS


def _address(asked: dict[str, str], **changes: str) -> str:
    """The address of the page with the filters as they are, but for these."""
    words = {name: value for name, value in (asked | changes).items() if value}
    return "/console/deadlines" + (f"?{urlencode(words)}" if words else "")


_WORDS = labels.words(globals())
