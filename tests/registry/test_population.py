"""The made-up population: correct, repeatable, of one piece, and taken by the registers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from aimaq.language.errors import InvalidInput, NotAllowed, Unavailable, Unconfigured
from aimaq.language.iin import check_bin, check_iin, control_digit
from aimaq.language.messages import PARTIES
from registry_svc.registers import schemas
from registry_svc.registers.books import BOOKS
from stand.client.address import StandAddress
from stand.commands.administrator import people
from stand.people import names
from stand.people.places import OBLASTS, PLACES
from stand.people.population import Population, birth_date
from stand.runtime.embedded import listening, listening_socket
from tests.faults import rows
from tests.parties import Parties

LARGE = Population(seed="7", persons=300, organisations=30, cards=40, repatriates=20, powers=25)


@given(seed=st.integers(0, 2**64).map(str), day=st.dates(date(2005, 1, 1), date(2100, 1, 1)))
def test_an_iin_agrees_with_checksum_birth_date_sex_and_century(seed: str, day: date) -> None:
    for _, person in Population(seed=seed, persons=3, day=day).lines():
        iin = check_iin(person["iin"])
        assert control_digit(iin[:11]) == int(iin[11])
        born = date.fromisoformat(person["birth_date"])
        assert iin[:6] == born.strftime("%y%m%d")
        assert {"3": ("male", 19), "4": ("female", 19), "5": ("male", 20), "6": ("female", 20)}[iin[6]] == (
            person["sex"],
            born.year // 100,
        )
        assert birth_date(iin) == born
        document = person.get("document")
        if document is None:
            assert day.year - born.year <= 16
        else:
            assert born.year + 16 <= int(document["from"][:4]) <= day.year
            assert document["from"] < day.isoformat() <= document["until"]
        schemas.read(schemas.Person, person, "record").check_numbers("", strict=True)


def test_every_record_fits_its_register_and_concerns_people_who_are_there() -> None:
    lines = list(LARGE.lines())
    found = {name: [record for register, record in lines if register == name] for name, _ in lines}
    assert {name: len(records) for name, records in found.items()} == {
        "gbd_fl": 300,
        "gbd_ul": 30,
        "labour_market": 40,
        "oralman": 20,
        "enis": 25,
    }
    for name, records in found.items():
        schema = BOOKS[name].schema
        assert schema is not None
        keys = {record[BOOKS[name].register.key] for record in records}
        assert len(keys) == len(records)
        for record in records:
            schemas.read(schema, record, "record").check_numbers("", strict=True)
    persons = {person["iin"]: person for person in found["gbd_fl"]}
    assert len({person["document"]["number"] for person in persons.values()}) == 300
    for organisation in found["gbd_ul"]:
        check_bin(organisation["bin"])
        assert organisation["head"] in persons
    for entry in (*found["labour_market"], *found["oralman"]):
        assert entry["oblast"] == persons[entry["iin"]]["address"]["kato"][:2]
    for power in found["enis"]:
        assert {power["principal"], power["representative"]} <= set(persons)
        assert power["principal"] != power["representative"]
        assert power["from"] < "2026-01-01" < power["until"]


def test_the_same_seed_makes_the_same_and_more_of_one_kind_changes_no_other() -> None:
    def lines(seed: str, persons: int, **more: Any) -> list[str]:
        return [json.dumps(line) for line in Population(seed=seed, persons=persons, **more).lines()]

    assert lines("1", 20, cards=3, powers=2) == lines("1", 20, cards=3, powers=2)
    assert lines("1", 20)[:10] == lines("1", 10)
    assert set(lines("1", 20, organisations=5)) < set(lines("1", 20, organisations=5, cards=3, powers=2))
    assert set(lines("1", 20)).isdisjoint(lines("2", 20))


def test_names_agree_in_gender_in_both_spellings() -> None:
    chance = Random(3)
    drawn = [names.draw(chance) for _ in range(300)]
    for name in drawn:
        for spelling in (0, 1):
            assert name.surname[spelling].endswith("а") is name.female
            assert name.patronymic[spelling].endswith(("қызы", "вна") if name.female else ("ұлы", "вич"))
        stock = [*names.KAZAKH.women, *names.RUSSIAN.women] if name.female else [*names.KAZAKH.men, *names.RUSSIAN.men]
        assert name.given_name in stock
    assert {name.female for name in drawn} == {True, False}
    assert {name.patronymic[0].endswith(("қызы", "ұлы")) for name in drawn} == {True, False}


@pytest.mark.parametrize(
    ("father", "son", "daughter"),
    [
        ("Иван", "Иванович", "Ивановна"),
        ("Сергей", "Сергеевич", "Сергеевна"),
        ("Игорь", "Игоревич", "Игоревна"),
        ("Серик", "Серикович", "Сериковна"),
    ],
)
def test_a_russian_patronymic_follows_the_fathers_name(father: str, son: str, daughter: str) -> None:
    assert names.russian_patronymic(father, female=False) == son
    assert names.russian_patronymic(father, female=True) == daughter


def test_every_place_has_a_code_of_its_own_in_an_oblast() -> None:
    assert {place.kato[:2] for place in PLACES} == set(OBLASTS)
    assert len({place.kato for place in PLACES}) == len(PLACES)
    for place in PLACES:
        assert len(place.kato) == 9
        assert place.kato.isdigit()
        assert place.full_name[0].startswith(OBLASTS[place.kato[:2]][0])


# --- the command, and a stand --------------------------------------------------------------------------------


@pytest.fixture
async def address(parties: Parties) -> AsyncIterator[StandAddress]:
    await parties.start("registry")
    with listening_socket("127.0.0.1", 0) as listener:
        async with listening(parties.apps["registry"], listener):
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield StandAddress(
                url,
                dict.fromkeys(PARTIES, url),
                dict.fromkeys(PARTIES, parties.services["registry"].administration.token),
            )


async def test_a_population_is_put_into_a_stand_and_may_be_again(parties: Parties, address: StandAddress) -> None:
    counts = {"gbd_fl": 300, "gbd_ul": 30, "labour_market": 40, "oralman": 20, "enis": 25}
    for _ in range(2):
        assert await people._put(address, LARGE.lines()) == counts
    for name, count in counts.items():
        assert len(await rows(parties.services["registry"], name)) == count


async def test_what_keeps_records_out_of_a_stand_is_said(parties: Parties, address: StandAddress) -> None:
    lines = list(islice(LARGE.lines(), 3))
    lines[2][1]["sex"] = "other"
    with pytest.raises(InvalidInput, match=r"gbd_fl, records.2.sex, after 0"):
        await people._put(address, lines)
    with pytest.raises(NotAllowed):
        await people._put(StandAddress("stand", address.urls, {"registry": "wrong"}), lines)
    with pytest.raises(Unavailable):
        await people._put(StandAddress("stand", {"registry": "http://127.0.0.1:1"}, {"registry": ""}), lines)


def test_what_is_printed_can_be_read_again(tmp_path: Path) -> None:
    arguments = ["generate", "--seed", "5", "--count", "4", "--organisations", "1", "--powers", "1", "-o", "json"]
    printed = CliRunner().invoke(people.app, arguments)
    assert printed.exit_code == 0, printed.output
    file = tmp_path / "people.jsonl"
    file.write_text(printed.stdout, encoding="utf-8")
    assert list(people.read(file)) == list(Population(seed="5", persons=4, organisations=1, powers=1).lines())
    shown = CliRunner().invoke(people.app, arguments[:-2], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert all(record["iin"] in shown.stdout for name, record in people.read(file) if name == "gbd_fl")


def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    for text in ('{"register": "gbd_xx", "record": {}}', '{"record": {}}', "nonsense", '{"register": "is_1"}'):
        file.write_text(f'\n{{"register": "is_1", "record": {{}}}}\n{text}\n', encoding="utf-8")
        with pytest.raises(InvalidInput, match=r"people\.jsonl:3"):
            list(people.read(file))
    with pytest.raises(Unconfigured):
        list(people.read(tmp_path / "none"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["generate", "--count", "0"], 2),
        (["generate", "--count", "1", "--powers", "1"], 2),
        (["generate", "--on", "2004-12-31"], 2),
        (["generate", "--on", "soon"], 2),
        (["generate", "--load", "--stand", "http://127.0.0.1:1"], 3),
        (["generate", "--load", "--stand", "nowhere.json"], 2),
        (["load", "none.jsonl", "--stand", "http://127.0.0.1:1"], 3),
    ],
)
def test_a_command_that_cannot_be_done_says_so(arguments: list[str], code: int) -> None:
    result = CliRunner().invoke(people.app, arguments)
    assert result.exit_code == code, result.output
    assert result.stderr
    assert result.stdout == ""
