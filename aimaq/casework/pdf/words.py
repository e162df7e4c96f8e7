"""Dates, offices and acts in the words of a paper, Kazakh and Russian."""

from __future__ import annotations

from datetime import date, datetime

from aimaq.regulation import Regulation
from aimaq.regulation.calendar import ALMATY

InTwo = dict[str, str]
"""One text in the two languages of a paper: `kk`, `ru`."""

_MONTHS = {
    "kk": (
        "қаңтар",
        "ақпан",
        "наурыз",
        "сәуір",
        "мамыр",
        "маусым",
        "шілде",
        "тамыз",
        "қыркүйек",
        "қазан",
        "қараша",
        "желтоқсан",
    ),
    "ru": (
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ),
}

POSITIONS: dict[str, InTwo] = {
    "employee": {"kk": "Қызметкер", "ru": "Сотрудник"},
    "clerk": {"kk": "Кеңсе қызметкері", "ru": "Сотрудник канцелярии"},
    "head": {"kk": "Басшы", "ru": "Руководитель"},
    "section-head": {"kk": "Бөлім басшысы", "ru": "Руководитель отдела"},
    "executor": {"kk": "Жауапты орындаушы", "ru": "Ответственный исполнитель"},
    "akim": {"kk": "Ауылдық округ әкімі", "ru": "Аким сельского округа"},
    "akim-specialist": {"kk": "Әкім аппаратының маманы", "ru": "Специалист аппарата акима"},
    "akim-executor": {"kk": "Әкім аппаратының орындаушысы", "ru": "Исполнитель аппарата акима"},
}
"""What the members of the body's staff are, by the name that regulations give them (`lea.head` is `head`)."""


def day(when: date) -> InTwo:
    """A day: `2026 жылғы 2 наурыз`, `2 марта 2026 года`."""
    month = when.month - 1
    return {
        "kk": f"{when.year} жылғы {when.day} {_MONTHS['kk'][month]}",
        "ru": f"{when.day} {_MONTHS['ru'][month]} {when.year} года",
    }


def instant(at: datetime) -> InTwo:
    """A moment in Almaty's time, to the minute."""
    there = at.astimezone(ALMATY)
    written = day(there.date())
    return {"kk": f"{written['kk']}, {there:%H:%M}", "ru": f"{written['ru']}, {there:%H:%M}"}


def position(performer: str) -> InTwo:
    """What somebody is who performs a step: `lea.head` is the head of the body."""
    return POSITIONS.get(performer.partition(".")[2], POSITIONS["employee"])


def basis(regulation: Regulation, paragraph: str | None) -> InTwo:
    """The act, and the paragraph in it, that a result rests on."""
    act, signed = regulation.act, day(regulation.act.date)
    kk = [act.authority.kk, f"{signed['kk']}, №\u00a0{act.number}"]
    ru = [act.authority.ru, f"{signed['ru']}, №\u00a0{act.number}"]
    if act.annex is not None:
        kk.append(f"{act.annex}-қосымша")
        ru.append(f"приложение {act.annex}")
    if paragraph:
        kk.append(f"{paragraph}-тармақ")
        ru.append(f"пункт {paragraph}")
    return {"kk": "; ".join(kk), "ru": "; ".join(ru)}
