"""Names for people and organisations that do not exist, as they are written in Kazakh and in Russian."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

Both = tuple[str, str]
"""A name in Kazakh and in Russian spelling."""


@dataclass(frozen=True, slots=True)
class People:
    """A stock of names. `fathers` are given names of men, from which patronymics are made."""

    surnames: tuple[Both, ...]
    men: tuple[Both, ...]
    women: tuple[Both, ...]
    fathers: tuple[Both, ...]
    kazakh: bool


def _same(*names: str) -> tuple[Both, ...]:
    return tuple((name, name) for name in names)


KAZAKH = People(
    surnames=(
        ("Ахметов", "Ахметов"),
        ("Сейітов", "Сеитов"),
        ("Нұрланов", "Нурланов"),
        ("Жұмабаев", "Жумабаев"),
        ("Қасымов", "Касымов"),
        ("Оспанов", "Оспанов"),
        ("Әлімов", "Алимов"),
        ("Тілеубаев", "Тлеубаев"),
        ("Ержанов", "Ержанов"),
        ("Байжанов", "Байжанов"),
        ("Сүлейменов", "Сулейменов"),
        ("Қожахметов", "Кожахметов"),
        ("Мұқанов", "Муканов"),
        ("Ибраев", "Ибраев"),
        ("Рахымов", "Рахимов"),
        ("Төлеев", "Толеев"),
    ),
    men=(
        ("Бауыржан", "Бауыржан"),
        ("Ерлан", "Ерлан"),
        ("Нұрсұлтан", "Нурсултан"),
        ("Дәурен", "Даурен"),
        ("Қайрат", "Кайрат"),
        ("Мұрат", "Мурат"),
        ("Әсет", "Асет"),
        ("Темірлан", "Темирлан"),
        ("Арман", "Арман"),
        ("Айдос", "Айдос"),
        ("Нұржан", "Нуржан"),
        ("Санжар", "Санжар"),
    ),
    women=(
        ("Айгүл", "Айгуль"),
        ("Гүлнар", "Гульнар"),
        ("Сәуле", "Сауле"),
        ("Жанар", "Жанар"),
        ("Әсем", "Асем"),
        ("Мәдина", "Мадина"),
        ("Ұлболсын", "Улболсын"),
        ("Күміс", "Кумис"),
        ("Динара", "Динара"),
        ("Әйгерім", "Айгерим"),
        ("Камила", "Камила"),
        ("Назгүл", "Назгуль"),
    ),
    fathers=(
        ("Болат", "Болат"),
        ("Серік", "Серик"),
        ("Қанат", "Канат"),
        ("Марат", "Марат"),
        ("Ғалым", "Галым"),
        ("Әнуар", "Ануар"),
        ("Төлеген", "Толеген"),
        ("Жанат", "Жанат"),
        ("Ермек", "Ермек"),
        ("Нұрбол", "Нурбол"),
    ),
    kazakh=True,
)
RUSSIAN = People(
    surnames=_same(
        "Соколов", "Морозов", "Лебедев", "Орлов", "Зайцев", "Виноградов", "Белов", "Громов", "Никитин", "Калинин"
    ),
    men=_same("Андрей", "Сергей", "Михаил", "Пётр", "Виктор", "Юрий", "Николай", "Олег"),
    women=_same("Ольга", "Наталья", "Елена", "Татьяна", "Ирина", "Вера", "Светлана", "Мария"),
    fathers=_same("Иван", "Степан", "Антон", "Роман", "Семён", "Егор", "Сергей", "Андрей", "Николай", "Игорь"),
    kazakh=False,
)

FIRMS: tuple[Both, ...] = (
    ("Береке", "Береке"),
    ("Жайық", "Жайык"),
    ("Сарыарқа", "Сарыарка"),
    ("Алатау", "Алатау"),
    ("Есіл", "Есиль"),
    ("Көктем", "Коктем"),
    ("Самал", "Самал"),
    ("Ырыс", "Ырыс"),
    ("Бірлік", "Бирлик"),
    ("Дән", "Дан"),
)
"""What organisations are called."""


@dataclass(frozen=True, slots=True)
class FullName:
    """Somebody's name in both spellings."""

    female: bool
    surname: Both
    given_name: Both
    patronymic: Both


def draw(chance: Random) -> FullName:
    """A name: Kazakh twice as often as Russian, of a woman as often as of a man."""
    female = chance.random() < 0.5
    stock = chance.choice((KAZAKH, KAZAKH, RUSSIAN))
    father = chance.choice(stock.fathers)
    kk, ru = chance.choice(stock.surnames)
    ending = "а" if female else ""
    return FullName(
        female=female,
        surname=(kk + ending, ru + ending),
        given_name=chance.choice(stock.women if female else stock.men),
        patronymic=(
            father[0] + ("қызы" if female else "ұлы") if stock.kazakh else russian_patronymic(father[0], female=female),
            russian_patronymic(father[1], female=female),
        ),
    )


def russian_patronymic(father: str, *, female: bool) -> str:
    """The patronymic of a father's name as Russian makes it: Иванович, Сергеевна, Игоревич."""
    if father.endswith(("й", "ь")):
        return father[:-1] + ("евна" if female else "евич")
    return father + ("овна" if female else "ович")
