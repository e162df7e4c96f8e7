"""The state registers that systems ask through the gateway: what each is, by what it is asked, and what a case asks.

`REGISTERS` has them by the short names that regulations and messages use. What is in them is the registry service's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec

from aimaq.language.errors import InvalidInput, Technical
from aimaq.language.texts import Texts

Question = dict[str, str]
"""What a register is asked: the value for each of its keys."""


class Asking(Protocol):
    """What a question is made of: the case that asks."""

    @property
    def iin(self) -> str:
        """The applicant's IIN, once there is a form."""

    @property
    def person(self) -> str:
        """The IIN of whoever signed in."""

    @property
    def form(self) -> Mapping[str, Any]:
        """The form as filled in."""

    @property
    def certificate(self) -> str:
        """The serial number of the certificate chosen to sign with."""


class Register(msgspec.Struct, frozen=True):
    """One register. `keys` are what it is asked by; the first of them is the key of its records.

    `updated` tells whether systems may enter data there (`RegistryUpdated`), and `on_to` which register gets what came
    to this one. `question` makes the question about a case, or None where there is nothing to ask of that case.
    `fields` are those of a record that a regulation may require, each with the words that it can have (none: any text);
    None where the records have no fixed shape.
    """

    name: str
    title: Texts
    keys: tuple[str, ...]
    question: Callable[[Asking], Question | None]
    updated: bool = False
    on_to: str = ""
    fields: Mapping[str, tuple[str, ...]] | None = None
    written: bool = True
    """Whether records are written as such; those of the certification authority come of what it issues."""

    @property
    def key(self) -> str:
        """The name of what tells the register's records apart."""
        return self.keys[0]

    def check(self, question: Mapping[str, str], field: str) -> None:
        """InvalidInput if a key of the question is missing, empty or unknown; it names `field`, a dot and the key."""
        for key in self.keys:
            if not question.get(key):
                raise InvalidInput(
                    Technical(f"{self.name} is asked by {self._asked_by}"), field=f"{field}.{key}", rule="required"
                )
        for key in question:
            if key not in self.keys:
                raise InvalidInput(
                    Technical(f"{self.name} is asked by {self._asked_by}, not by {key!r}"),
                    field=f"{field}.{key}",
                    rule="known key",
                )

    @property
    def _asked_by(self) -> str:
        return ", ".join(self.keys)


def register(name: str, field: str, among: Iterable[str] | None = None) -> Register:
    """The register of this short name; InvalidInput names `field` and the registers there are (only those `among`)."""
    known = tuple(REGISTERS if among is None else among)
    if name not in known:
        raise InvalidInput(
            Technical(f"there is no register {name!r} for this"), field=field, rule=f"one of {', '.join(known)}"
        )
    return REGISTERS[name]


def _iin(case: Asking) -> Question | None:
    """The applicant; before there is a form, whoever signed in."""
    iin = case.iin or case.person
    return {"iin": iin} if iin else None


def _person(case: Asking) -> Question | None:
    """The applicant, unless an organisation applies."""
    return None if case.form.get("bin") else _iin(case)


def _organisation(case: Asking) -> Question | None:
    """The organisation that applies, if one does."""
    number = case.form.get("bin")
    return {"bin": str(number)} if number else None


def _power(case: Asking) -> Question | None:
    """The power of attorney, if a representative applies: an applicant who comes in person has none to be asked for."""
    number = case.form.get("power_of_attorney")
    if not number:
        return None
    representative = str(case.form.get("representative_iin", ""))
    return {"number": str(number), "principal": case.iin, "representative": representative}


def _certificate(case: Asking) -> Question | None:
    """The certificate that the applicant chose to sign with, if there was one to choose."""
    return {"serial": case.certificate} if case.certificate else None


REGISTERS: dict[str, Register] = {
    one.name: one
    for one in (
        Register(
            "gbd_fl",
            Texts(
                kk="«Жеке тұлғалар» мемлекеттік деректер қоры (ЖТ МДҚ)",
                ru="Государственная база данных «Физические лица» (ГБД ФЛ)",
                en="State database of persons",
            ),
            ("iin",),
            _person,
            fields={"status": ("alive", "dead")},
        ),
        Register(
            "gbd_ul",
            Texts(
                kk="«Заңды тұлғалар» мемлекеттік деректер қоры (ЗТ МДҚ)",
                ru="Государственная база данных «Юридические лица» (ГБД ЮЛ)",
                en="State database of legal entities",
            ),
            ("bin",),
            _organisation,
            fields={},
        ),
        Register(
            "enis",
            Texts(
                kk="Бірыңғай нотариалдық ақпараттық жүйе (БНАЖ)",
                ru="Единая нотариальная информационная система (ЕНИС)",
                en="Notaries' information system (powers of attorney)",
            ),
            ("number", "principal", "representative"),
            _power,
            fields={},
        ),
        Register(
            "labour_market",
            Texts(
                kk="«Еңбек нарығы» автоматтандырылған ақпараттық жүйесі",
                ru="Автоматизированная информационная система «Рынок труда»",
                en="Labour market system (cards of job seekers and unemployed)",
            ),
            ("iin",),
            _iin,
            updated=True,
            fields={"status": ("job-seeker", "unemployed"), "oblast": ()},
        ),
        Register(
            "oralman",
            Texts(
                kk="«Оралман» электрондық деректер қоры",
                ru="Электронная база данных «Оралман»",
                en="Electronic database of repatriates",
            ),
            ("iin",),
            _iin,
            updated=True,
            fields={"oblast": ()},
        ),
        Register(
            "nca",
            Texts(
                kk="Куәландыру орталығы (ҰКО)",
                ru="Удостоверяющий центр (НУЦ)",
                en="Certification authority",
            ),
            ("serial",),
            _certificate,
            fields={"status": ("good", "revoked")},
            written=False,
        ),
        Register(
            "is_1",
            Texts(kk="1-ақпараттық жүйе", ru="1-я информационная система", en="1st information system"),
            ("iin",),
            _iin,
            updated=True,
        ),
        Register(
            "is_2",
            Texts(kk="2-ақпараттық жүйе", ru="2-я информационная система", en="2nd information system"),
            ("iin",),
            _iin,
            updated=True,
            on_to="is_3",
        ),
        Register(
            "is_3",
            Texts(kk="3-ақпараттық жүйе", ru="3-я информационная система", en="3rd information system"),
            ("iin",),
            _iin,
            updated=True,
        ),
    )
}
"""Every register, by its short name. That what comes to the 2nd system goes on to the 3rd is Act No 1116, 7(9)."""

UPDATED = tuple(name for name, one in REGISTERS.items() if one.updated)
"""The registers in which systems may enter data."""
