"""The state registry answers what it is asked through the gateway: the record of a person, or that there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from aimaq.messages import RegistryAnswered, RegistryAsked
from tests.faults import rows
from tests.outsider import Outsider
from tests.parties import IIN, Parties
from tests.waiting import eventually

PERSON = {"iin": IIN, "surname": "Ахметова", "given": "Айгүл", "patronymic": "Серікқызы"}
STRANGER = "100140000003"


@pytest.fixture
async def portal(parties: Parties) -> AsyncIterator[Outsider]:
    await parties.start("gateway", "registry")
    registry = parties.services["registry"]
    async with registry.database.begin() as conn:
        await conn.execute(sa.insert(registry.metadata.tables["persons"]), PERSON)
    yield await parties.outsider("portal")


def question(portal: Outsider, register: str = "gbd_fl", **query: str) -> RegistryAsked:
    return RegistryAsked(register=register, query=query)


@pytest.mark.parametrize(
    ("iin", "found", "record"), [(IIN, True, PERSON), (STRANGER, False, {}), ("nobody's", False, {})]
)
async def test_a_question_about_a_person_is_answered(
    parties: Parties, portal: Outsider, iin: str, found: bool, record: dict[str, str]
) -> None:
    asked = portal.write(question(portal, iin=iin), "registry")
    await portal.hand_in(asked)
    await eventually(lambda: portal.got)
    (letter,) = portal.got
    assert letter.content() == RegistryAnswered(register="gbd_fl", found=found, record=record)
    assert (letter.sender, letter.recipient, letter.kind) == ("registry", "portal", "RESPONSE")
    assert letter.caused_by == asked.message_id
    await parties.sent()
    journal = await rows(parties.services["gateway"], "journal")
    assert sorted((entry["type"], entry["verdict"]) for entry in journal) == [
        ("RegistryAnswered", "accepted"),
        ("RegistryAsked", "accepted"),
    ]


async def test_many_questions_in_one_batch_are_each_answered(parties: Parties, portal: Outsider) -> None:
    asked = [portal.write(question(portal, iin=iin), "registry") for iin in (IIN, STRANGER) * 10]
    await portal.hand_in(*asked)
    await eventually(lambda: len(portal.got) == 20)
    contents = {letter.caused_by: letter.content() for letter in portal.got}
    answers = [contents[letter.message_id] for letter in asked]
    assert [isinstance(one, RegistryAnswered) and one.found for one in answers] == [True, False] * 10


async def test_a_case_may_ask_more_than_once(parties: Parties, portal: Outsider) -> None:
    case_id = portal.ids()
    for number, iin in enumerate((STRANGER, IIN, STRANGER), 1):
        await portal.hand_in(portal.write(question(portal, iin=iin), "registry", case_id=case_id, sequence=number))
    await eventually(lambda: len(portal.got) == 3)
    assert {letter.case_id for letter in portal.got} == {case_id}
    assert sorted(arrival.delivery for arrival in portal.arrivals) == [1, 2, 3]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (RegistryAsked(register="gbd_ul", query={"iin": IIN}), "no register 'gbd_ul'"),
        (RegistryAsked(register="gbd_fl", query={}), "asked by IIN"),
        (RegistryAsked(register="gbd_fl", query={"bin": IIN}), "asked by IIN"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(
    parties: Parties, portal: Outsider, asked: RegistryAsked, said: str
) -> None:
    letter = portal.write(asked, "registry")
    await portal.hand_in(letter)
    await eventually(lambda: portal.refusals)
    (refusal,) = portal.refusals
    assert (refusal.message_id, refusal.reason) == (letter.message_id, "invalid-input")
    assert said in refusal.detail
    assert list((await parties.waiting("registry")).values()) == ["dead"]
