"""A made-up population for the state registers: persons, organisations, and what registers hold of them.

Everything follows from the seed and the sizes asked for; the same command makes the same records. None of them is of
anybody: the numbers are correct, and of a range that real ones do not come near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from aimaq.language.iin import synthetic_bin, synthetic_iin
from stand.people import names
from stand.people.names import FIRMS, Both
from stand.people.places import PLACES, STREETS, Place

Record = dict[str, Any]
"""A record as the REST API of its register takes it."""

Line = tuple[str, Record]
"""A register's short name, and a record of it."""

DAY = date(2026, 1, 1)
"""The day on which cards, powers and documents are good, unless another is asked for."""

_CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}
_GROWN = 16
"""The age at which people are given identity cards; who is younger on the day has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """How many there are to be of each. Cards, repatriates and principals of powers are among the persons."""

    seed: str
    persons: int
    organisations: int = 0
    cards: int = 0
    repatriates: int = 0
    powers: int = 0
    day: date = DAY

    def lines(self) -> Iterator[Line]:
        """All records: the persons first, then what concerns them."""
        persons: list[Record] = []
        used: set[str] = set()
        chance = self._chance("persons")
        for _ in range(self.persons):
            person = self._person(chance, used)
            persons.append(person)
            yield "gbd_fl", person
        chance = self._chance("organisations")
        for _ in range(self.organisations):
            yield "gbd_ul", _organisation(chance, used, chance.choice(persons))
        chance = self._chance("cards")
        for person in chance.sample(persons, min(self.cards, len(persons))):
            status = chance.choice(("job-seeker", "unemployed"))
            yield "labour_market", self._entry(chance, person) | {"status": status}
        chance = self._chance("repatriates")
        for person in chance.sample(persons, min(self.repatriates, len(persons))):
            yield "oralman", self._entry(chance, person)
        chance = self._chance("powers")
        for number in range(self.powers):
            yield "enis", self._power(chance, number, *chance.sample(persons, 2))

    def _chance(self, what: str) -> Random:
        # a source for each kind: to ask for more of one changes none of the others
        return Random(f"{self.seed}/{what}")  # noqa: S311 - records are to be the same again, not hard to guess

    def _person(self, chance: Random, used: set[str]) -> Record:
        name = names.draw(chance)
        iin = _unused(used, lambda: synthetic_iin(chance, female=name.female))
        person = {
            "iin": iin,
            "surname": name.surname[0],
            "given": name.given_name[0],
            "patronymic": name.patronymic[0],
            "surname_ru": name.surname[1],
            "given_ru": name.given_name[1],
            "patronymic_ru": name.patronymic[1],
            "birth_date": birth_date(iin).isoformat(),
            "sex": "female" if name.female else "male",
            "address": _address(chance, chance.choice(PLACES)),
            "status": "alive",
        }
        number = _unused(used, lambda: f"09{chance.randrange(10**7):07}")
        earliest = max(_later(birth_date(iin), _GROWN), self.day - timedelta(days=9 * 365))
        issued = earliest + (self.day - earliest) * chance.random()
        if issued < self.day:
            valid = {"from": issued.isoformat(), "until": _later(issued, 10).isoformat()}
            person["document"] = {"kind": "id-card", "number": number, "issued_by": "ҚР ІІМ"} | valid
        return person

    def _entry(self, chance: Random, person: Record) -> Record:
        entered = datetime.combine(self.day - timedelta(days=chance.randint(1, 360)), time(5), UTC)
        name = f"{person['surname']} {person['given']} {person['patronymic']}"
        oblast = person["address"]["kato"][:2]
        return {"iin": person["iin"], "oblast": oblast, "entered_at": entered.isoformat(), "name": name}

    def _power(self, chance: Random, number: int, principal: Record, representative: Record) -> Record:
        since = self.day - timedelta(days=chance.randint(1, 180))
        return {
            "number": f"{since.year}-{chance.randint(1, 999):03}/{number + 1:06}",
            "principal": principal["iin"],
            "representative": representative["iin"],
            "notarised": True,
            "from": since.isoformat(),
            "until": _later(since, 3).isoformat(),
            "revoked": False,
        }


def birth_date(iin: str) -> date:
    """The date of birth that the digits of an IIN tell, where they tell one: as those made here do."""
    return date(_CENTURIES[iin[6]] + int(iin[:2]), int(iin[2:4]), int(iin[4:6]))


def _organisation(chance: Random, used: set[str], head: Record) -> Record:
    kk, ru = chance.choice(FIRMS)
    return {
        "bin": _unused(used, lambda: synthetic_bin(chance)),
        "name": f"«{kk}» ЖШС",
        "name_ru": f"ТОО «{ru}»",
        "head": head["iin"],
        "address": _address(chance, chance.choice(PLACES)),
    }


def _unused(used: set[str], draw: Callable[[], str]) -> str:
    while (value := draw()) in used:
        pass
    used.add(value)
    return value


def _address(chance: Random, place: Place) -> Record:
    street: Both = chance.choice(STREETS)
    house, flat = chance.randint(1, 120), chance.randint(1, 60)
    kk, ru = place.full_name
    return {
        "kato": place.kato,
        "text": f"{kk}, {street[0]}, {house} үй, {flat} пәтер",
        "text_ru": f"{ru}, {street[1]}, дом {house}, квартира {flat}",
    }


def _later(day: date, years: int) -> date:
    """The same day so many years later."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return date(day.year + years, 3, 1)
