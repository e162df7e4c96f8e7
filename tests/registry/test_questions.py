"""What a case asks of each register, and what is wrong with a question."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest

from aimaq.casework.case import Case
from aimaq.language.errors import InvalidInput
from aimaq.language.messages import TYPES
from aimaq.regulation.model import vocabulary
from aimaq.regulation.model.registers import REGISTERS, UPDATED, register
from registry_svc.registers.books import BOOKS
from tests.parties import BASE, IIN

OTHER = "100140000003"
POWER = {"power_of_attorney": "17-A", "representative_iin": OTHER, "representative_name": "Сейітов Ерлан"}


def case(**changed: Any) -> Case:
    return Case("id", "act", "con", BASE, BASE, **({"person": OTHER} | changed))


@pytest.mark.parametrize(
    ("name", "changed", "question"),
    [
        ("gbd_fl", {"iin": IIN}, {"iin": IIN}),
        ("gbd_fl", {}, {"iin": OTHER}),  # there is no form yet: whoever signed in
        ("gbd_fl", {"person": ""}, None),
        ("gbd_fl", {"iin": IIN, "form": {"bin": OTHER}}, None),
        ("gbd_ul", {"iin": IIN, "form": {"bin": OTHER}}, {"bin": OTHER}),
        ("gbd_ul", {"iin": IIN, "form": {"bin": ""}}, None),
        ("enis", {"iin": IIN}, None),
        ("enis", {"iin": IIN, "form": POWER}, {"number": "17-A", "principal": IIN, "representative": OTHER}),
        ("labour_market", {"iin": IIN}, {"iin": IIN}),
        ("oralman", {"iin": IIN}, {"iin": IIN}),
        ("nca", {"iin": IIN}, None),
        ("nca", {"certificate": "1f"}, {"serial": "1f"}),
        ("is_1", {}, {"iin": OTHER}),
        ("is_2", {"iin": IIN}, {"iin": IIN}),
        ("is_3", {"iin": IIN}, {"iin": IIN}),
    ],
)
def test_a_case_asks_what_concerns_it(name: str, changed: dict[str, Any], question: dict[str, str] | None) -> None:
    asked = REGISTERS[name].question(case(**changed))
    assert asked == question
    if asked is not None:
        REGISTERS[name].check(asked, "questions")


def test_the_regulations_name_the_registers_that_there_are() -> None:
    for one in REGISTERS.values():
        assert all(one.title.as_dict().values())
        assert not one.on_to or one.on_to in UPDATED
    assert ("lea", "registry") in TYPES["RegistryUpdated"].routes


def test_what_may_be_required_of_records_is_what_they_say() -> None:
    assert set(vocabulary.RECORDS) == set(REGISTERS) - {"is_1", "is_2", "is_3"}
    for name, fields in vocabulary.RECORDS.items():
        schema = BOOKS[name].schema
        if schema is None:
            continue
        for field, words in fields.items():
            there = schema.model_fields[field].annotation
            literal = next((one for one in (there, *get_args(there)) if get_origin(one) is Literal), None)
            assert words == get_args(literal), f"{name}.{field}"


@pytest.mark.parametrize(
    ("name", "question", "field", "rule"),
    [
        ("gbd_fl", {}, "questions.gbd_fl.iin", "required"),
        ("gbd_fl", {"iin": ""}, "questions.gbd_fl.iin", "required"),
        ("enis", {"number": "1", "principal": IIN}, "questions.enis.representative", "required"),
        ("gbd_ul", {"bin": OTHER, "iin": IIN}, "questions.gbd_ul.iin", "known key"),
    ],
)
def test_a_faulty_question_is_refused_by_field_and_rule(
    name: str, question: dict[str, str], field: str, rule: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        REGISTERS[name].check(question, f"questions.{name}")
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_an_unknown_register_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidInput) as refused:
        register("gbd_xx", "register", UPDATED)
    assert refused.value.field == "register"
    assert refused.value.rule == "one of labour_market, oralman, is_1, is_2, is_3"
    with pytest.raises(InvalidInput):
        register("gbd_fl", "register", UPDATED)
