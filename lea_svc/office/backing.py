"""What a grant rests on: the records that registers must have of the applicant, and what these must say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aimaq.casework.case import AnyCase
from aimaq.language.errors import InvalidInput, OutOfOrder
from aimaq.language.texts import Texts
from aimaq.regulation import Part
from aimaq.regulation.model.registers import REGISTERS

Record = Mapping[str, Any]
"""What a register answered: its fields."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One register that does not back a grant: it has not answered, has no record, or its `field` says another word."""

    register: str
    answered: bool = True
    field: str = ""
    wanted: tuple[str, ...] = ()
    value: str = ""

    @property
    def rule(self) -> str:
        """What the regulation requires, as a problem document names it."""
        return f"requires {self.register}" + (f".{self.field} {' or '.join(self.wanted)}" if self.field else "")

    @property
    def detail(self) -> Texts:
        """What is wrong, for whoever wanted to grant."""
        name, title = self.register, REGISTERS[self.register].title
        if not self.answered:
            return Texts(
                kk=f"{title.kk}: әлі жауап жоқ",
                ru=f"{title.ru}: ответа ещё нет",
                en=f"the register {name} has not answered yet",
            )
        if not self.field:
            return Texts(
                kk=f"{title.kk}: өтініш беруші туралы жазба жоқ, тек бас тартуға болады",
                ru=f"{title.ru}: записи о заявителе нет, можно только отказать",
                en=f"{name} has no record of the applicant, so the service can only be refused",
            )
        value, wanted = self.value or "—", ", ".join(self.wanted)
        return Texts(
            kk=f"{title.kk}: {self.field} – {value}, қажеті – {wanted}; тек бас тартуға болады",
            ru=f"{title.ru}: {self.field} – {value}, требуется – {wanted}; можно только отказать",
            en=f"{self.field} in {name} is {self.value or 'not given'}, and {' or '.join(self.wanted)} is wanted, "
            "so the service can only be refused",
        )

    @property
    def grounds(self) -> str:
        """Why the service is refused, in Kazakh and in Russian, for the answer that the applicant gets."""
        title = REGISTERS[self.register].title
        if not self.field:
            return f"{title.kk}: жазба жоқ / {title.ru}: нет записи"
        value, wanted = self.value or "—", ", ".join(self.wanted)
        return (
            f"{title.kk}: {self.field} – {value}, қажеті – {wanted} / "
            f"{title.ru}: {self.field} – {value}, требуется – {wanted}"
        )


def gaps(case: AnyCase, part: Part) -> Iterator[Gap]:
    """Every register that the part requires and that does not back a grant in this case, in the order of the file."""
    for name, fields in part.requires.items():
        answer = case.registers.get(name)
        if answer is None:
            yield Gap(name, answered=False)
        elif not answer.found:
            yield Gap(name)
        else:
            yield from _unlike(name, answer.record, fields)


def _unlike(name: str, record: Record, fields: dict[str, tuple[str, ...]]) -> Iterator[Gap]:
    for field, wanted in fields.items():
        value = str(record.get(field) or "")
        if value not in wanted:
            yield Gap(name, field=field, wanted=wanted, value=value)


def check(case: AnyCase, part: Part) -> None:
    """Nothing is granted without what registers must have: OutOfOrder while one has to answer, else InvalidInput."""
    for gap in sorted(gaps(case, part), key=lambda gap: gap.answered):
        if not gap.answered:
            raise OutOfOrder(gap.detail, rule=gap.rule)
        raise InvalidInput(gap.detail, field="decision", rule=gap.rule)
