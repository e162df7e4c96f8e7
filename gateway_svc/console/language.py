"""How the console speaks to its reader: times of Almaty, spans, numbers with their endings, ids, masked names.

A page has one `Reader`; templates call it `say`. Kazakh and Russian endings are worked out here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aimaq.language.texts import LANGUAGES, Texts
from aimaq.language.visible import masked_name, masked_number
from aimaq.regulation.calendar import ALMATY

COOKIE = "aimaq_language"
"""The cookie in which a browser keeps the language that its reader chose."""

SHORT_ID = 13
"""Characters that a table shows of an id."""

_THIN = "\N{NARROW NO-BREAK SPACE}"

_DAYS: Mapping[str, tuple[str, ...]] = {
    "kk": ("дс", "сс", "ср", "бс", "жм", "сб", "жс"),
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS: Mapping[str, tuple[str, ...]] = {
    "kk": (
        *("қаң.", "ақп.", "нау.", "сәу.", "мам.", "мау."),
        *("шіл.", "там.", "қыр.", "қаз.", "қар.", "желт."),
    ),
    "ru": ("янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_UNITS: Mapping[str, tuple[str, str, str, str]] = {
    "kk": ("күн", "сағ", "мин", "с"),
    "ru": ("дн.", "ч", "мин", "с"),
    "en": ("d", "h", "min", "s"),
}
_SECONDS = (86_400, 3_600, 60, 1)
_MANY_DAYS = 10

_VOWEL, _NASAL, _VOICED, _VOICELESS = range(4)
_DIGITS = (
    *((False, _VOICED), (False, _VOICED), (False, _VOWEL), (False, _VOICELESS), (False, _VOICELESS)),
    *((False, _VOICELESS), (True, _VOWEL), (False, _VOWEL), (False, _VOICED), (True, _VOICED)),
)
"""Of нөл, бір … тоғыз: whether the last vowel is a back one, and how the word ends."""
_TENS = (
    *((False, _VOICED), (True, _NASAL), (True, _VOWEL), (True, _VOICED), (True, _VOICELESS)),
    *((False, _VOWEL), (True, _VOICELESS), (False, _VOICELESS), (False, _NASAL), (True, _NASAL)),
)
"""The same of он … тоқсан, by how many tens; nobody asks for the first."""
_HUNDRED, _THOUSAND, _MILLION = (False, _VOICED), (True, _NASAL), (True, _NASAL)
"""The same of жүз, мың and миллион."""
_CASES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "locative": (("де", "да"), ("де", "да"), ("де", "да"), ("те", "та")),
    "ablative": (("ден", "дан"), ("нен", "нан"), ("ден", "дан"), ("тен", "тан")),
    "dative": (("ге", "ға"), ("ге", "ға"), ("ге", "ға"), ("ке", "қа")),
    "genitive": (("нің", "ның"), ("нің", "ның"), ("дің", "дың"), ("тің", "тың")),
}
"""Kazakh endings, by case and by how the word ends: after a front vowel, after a back one."""


def kazakh_ending(number: int, case: str) -> str:
    """The Kazakh ending of a number in figures: `де` of `11:18-де`. `case` is a key of locative, ablative and so on."""
    back, end = _spoken_end(abs(number))
    return _CASES[case][end][back]


def _spoken_end(number: int) -> tuple[bool, int]:
    """How the last word of a number ends."""
    if number % 10:
        return _DIGITS[number % 10]
    if number % 100:
        return _TENS[number % 100 // 10]
    if number % 1000:
        return _HUNDRED
    if number % 1_000_000:
        return _THOUSAND
    return _MILLION if number else _DIGITS[0]


def chosen(cookies: Mapping[str, str], preferred: str) -> str:
    """The language of a page: the one that the reader chose, else the one that their browser prefers."""
    own = cookies.get(COOKIE, "")
    return own if own in LANGUAGES else preferred


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads a page, in `language`: `kk`, `ru` or `en`. Call it with a text to have it in that language."""

    language: str

    def __call__(self, text: Texts, /, **values: object) -> str:
        """A text in the reader's language, with these values in its places."""
        return (text.format(**values) if values else text).say(self.language)

    def sentence(self, text: Texts, /, **values: object) -> str:
        """The same where a sentence begins: errors are written as parts of one."""
        words = self(text, **values)
        return words[:1].upper() + words[1:]

    def clock(self, at: datetime) -> str:
        """The time of day in Almaty: `11:20`."""
        return f"{at.astimezone(ALMATY):%H:%M}"

    def second(self, at: datetime) -> str:
        """The time of day in Almaty with its second: `11:20:42`."""
        return f"{at.astimezone(ALMATY):%H:%M:%S}"

    def day(self, at: datetime) -> str:
        """A day in Almaty: `бс, 3 желт.`, `чт, 3 дек.`, `Thu, 3 Dec`."""
        there = at.astimezone(ALMATY)
        return f"{_DAYS[self.language][there.weekday()]}, {there.day} {_MONTHS[self.language][there.month - 1]}"

    def date(self, at: datetime) -> str:
        """A date in Almaty with its year: `3 желт. 2026`."""
        there = at.astimezone(ALMATY)
        return f"{there.day} {_MONTHS[self.language][there.month - 1]} {there.year}"

    def moment(self, at: datetime) -> str:
        """A day and a time in Almaty: `бс, 3 желт., 11:20`."""
        return f"{self.day(at)}, {self.clock(at)}"

    def span(self, lasted: timedelta | float) -> str:
        """How long something lasted, a number of seconds or a timedelta, in its two largest units: `2 сағ 20 мин`.

        Of so many days nobody asks for the hours.
        """
        seconds = lasted.total_seconds() if isinstance(lasted, timedelta) else lasted
        if (days := int(abs(seconds)) // _SECONDS[0]) >= _MANY_DAYS:
            return f"{self.number(days)} {_UNITS[self.language][0]}"
        left, parts = int(abs(seconds)), list[str]()
        for size, unit in zip(_SECONDS, _UNITS[self.language], strict=True):
            count, left = divmod(left, size)
            if count or (size == 1 and not parts):
                parts.append(f"{count} {unit}")
            elif parts:
                break
        return " ".join(parts[:2])

    def number(self, count: float) -> str:
        """A number with its thousands apart: `12 135`; a fraction with the reader's point: `0,4`."""
        text = f"{count:,}".replace(",", _THIN)
        return text if self.language == "en" else text.replace(".", ",")

    def count(self, number: int, one: str, few: str, many: str) -> str:
        """A number with the form of its noun: of Russian by its rule, of the others `one` for 1 and `many` else."""
        last, tens = number % 10, number % 100
        if self.language != "ru":
            form = one if number == 1 else many
        elif last == 1 and tens != 11:
            form = one
        else:
            form = few if last in (2, 3, 4) and tens not in (12, 13, 14) else many
        return f"{self.number(number)} {form}"

    def short(self, id: str) -> str:
        """An id as a table shows it."""
        return id[:SHORT_ID]

    def iin(self, number: str) -> str:
        """An IIN or BIN, masked."""
        return masked_number(number)

    def name(self, name: str) -> str:
        """A person's name, masked."""
        return masked_name(name)
