"""How the console writes times, spans, numbers, ids and masked names in the three languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aimaq.language.texts import LANGUAGES
from aimaq.language.visible import masked_name, masked_number
from gateway_svc.console.language import Reader, chosen, kazakh_ending

AT = datetime(2026, 12, 3, 6, 20, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "moment", "date"),
    [
        ("kk", "бс, 3 желт.", "бс, 3 желт., 11:20", "3 желт. 2026"),
        ("ru", "чт, 3 дек.", "чт, 3 дек., 11:20", "3 дек. 2026"),
        ("en", "Thu, 3 Dec", "Thu, 3 Dec, 11:20", "3 Dec 2026"),
    ],
)
def test_times_are_almatys_in_the_readers_language(language: str, day: str, moment: str, date: str) -> None:
    say = Reader(language)
    assert (say.clock(AT), say.second(AT)) == ("11:20", "11:20:42")
    assert (say.day(AT), say.moment(AT), say.date(AT)) == (day, moment, date)


@pytest.mark.parametrize(
    ("lasted", "kk", "ru", "en"),
    [
        (timedelta(0), "0 с", "0 с", "0 s"),
        (timedelta(seconds=12), "12 с", "12 с", "12 s"),
        (timedelta(minutes=6, seconds=12), "6 мин 12 с", "6 мин 12 с", "6 min 12 s"),
        (timedelta(hours=2, minutes=20), "2 сағ 20 мин", "2 ч 20 мин", "2 h 20 min"),
        (timedelta(hours=2), "2 сағ", "2 ч", "2 h"),
        (timedelta(days=1, minutes=5), "1 күн", "1 дн.", "1 d"),
        (timedelta(days=9, hours=3), "9 күн 3 сағ", "9 дн. 3 ч", "9 d 3 h"),
        (timedelta(days=1400, hours=3), "1\u202f400 күн", "1\u202f400 дн.", "1\u202f400 d"),
        (timedelta(seconds=-70), "1 мин 10 с", "1 мин 10 с", "1 min 10 s"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(lasted: timedelta, kk: str, ru: str, en: str) -> None:
    assert [Reader(language).span(lasted) for language in LANGUAGES] == [kk, ru, en]
    assert Reader("en").span(lasted.total_seconds()) == en


@pytest.mark.parametrize(
    ("number", "locative", "ablative", "dative", "genitive"),
    [
        (0, "де", "ден", "ге", "дің"),
        (1, "де", "ден", "ге", "дің"),
        (2, "де", "ден", "ге", "нің"),
        (3, "те", "тен", "ке", "тің"),
        (4, "те", "тен", "ке", "тің"),
        (5, "те", "тен", "ке", "тің"),
        (6, "да", "дан", "ға", "ның"),
        (7, "де", "ден", "ге", "нің"),
        (8, "де", "ден", "ге", "дің"),
        (9, "да", "дан", "ға", "дың"),
        (10, "да", "нан", "ға", "ның"),
        (18, "де", "ден", "ге", "дің"),
        (20, "да", "дан", "ға", "ның"),
        (30, "да", "дан", "ға", "дың"),
        (40, "та", "тан", "қа", "тың"),
        (50, "де", "ден", "ге", "нің"),
        (60, "та", "тан", "қа", "тың"),
        (70, "те", "тен", "ке", "тің"),
        (80, "де", "нен", "ге", "нің"),
        (90, "да", "нан", "ға", "ның"),
        (100, "де", "ден", "ге", "дің"),
        (500, "де", "ден", "ге", "дің"),
        (1000, "да", "нан", "ға", "ның"),
        (2100, "де", "ден", "ге", "дің"),
        (12_135, "те", "тен", "ке", "тің"),
        (10_000, "да", "нан", "ға", "ның"),
        (3_000_000, "да", "нан", "ға", "ның"),
    ],
)
def test_kazakh_endings_follow_the_word_that_is_spoken(
    number: int, locative: str, ablative: str, dative: str, genitive: str
) -> None:
    cases = ("locative", "ablative", "dative", "genitive")
    assert [kazakh_ending(number, case) for case in cases] == [locative, ablative, dative, genitive]


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "дело"), (2, "дела"), (5, "дел"), (11, "дел"), (12, "дел"), (21, "дело"), (112, "дел"), (0, "дел")],
)
def test_russian_nouns_follow_their_number(number: int, word: str) -> None:
    assert Reader("ru").count(number, "дело", "дела", "дел") == f"{number} {word}"
    assert Reader("kk").count(number, "іс", "іс", "іс") == f"{number} іс"


def test_numbers_have_their_thousands_apart() -> None:
    assert [Reader(language).number(12_135.4) for language in LANGUAGES] == [
        "12\u202f135,4",
        "12\u202f135,4",
        "12\u202f135.4",
    ]


def test_masks_say_neither_who_it_is_nor_how_long_the_name_is() -> None:
    assert masked_number("900101304017") == "••••••••4017"
    assert masked_number("12") == "••••••••"
    assert masked_name("Ахметов Асан") == "А•••••• А•••"
    assert masked_name("Әбілқайырұлы Ай") == "Ә•••••• А•••"
    assert masked_name("\u202e<b> \x00") == "••••••"
    assert masked_name("") == "••••••"


def test_the_language_that_one_chose_goes_before_the_browsers() -> None:
    assert chosen({}, "ru") == "ru"
    assert chosen({"aimaq_language": "kk"}, "ru") == "kk"
    assert chosen({"aimaq_language": "xx"}, "ru") == "ru"
