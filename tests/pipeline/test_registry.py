"""The state registers answer what they are asked through the gateway, and enter what systems tell them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from aimaq.language.messages import Answer, RegistryAnswered, RegistryAsked, RegistryUpdated
from tests.faults import rows
from tests.outsider import Outsider, SignedMessage
from tests.parties import BASE, IIN, Parties
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PERSON = {"iin": IIN, "surname": "Ахметова", "given": "Айгүл", "patronymic": "Серікқызы"}
KNOWN = PERSON | {"status": "alive"}
STRANGER = "100140000003"
BIN = "990240000014"
SERIAL = "1f00"
POWER: dict[str, Any] = {
    "number": "17/2-A",
    "principal": IIN,
    "representative": STRANGER,
    "notarised": True,
    "from": date(2026, 3, 2),
    "until": date(2026, 3, 2),
    "revoked": False,
}
ENIS = {"number": POWER["number"], "principal": IIN, "representative": STRANGER}
NOW = BASE.isoformat().replace("+00:00", "Z")


@pytest.fixture
async def portal(parties: Parties) -> AsyncIterator[Outsider]:
    await parties.start("gateway", "registry")
    await seed(parties, "gbd_fl", **PERSON)
    yield await parties.outsider("portal")


async def seed(parties: Parties, table: str, **row: Any) -> None:
    registry = parties.services["registry"]
    async with registry.database.begin() as conn:
        await conn.execute(sa.insert(registry.metadata.tables[table]), row)


def question(**questions: dict[str, str]) -> RegistryAsked:
    return RegistryAsked(questions=questions)


def person(iin: str) -> RegistryAsked:
    return question(gbd_fl={"iin": iin})


async def answers(portal: Outsider, *bodies: RegistryAsked | RegistryUpdated) -> list[dict[str, Answer]]:
    """What is answered to these on one case, in order."""
    case_id = portal.ids()
    messages = [portal.write(body, "registry", case_id=case_id, sequence=n) for n, body in enumerate(bodies, 1)]
    return await answered(portal, *messages)


async def answered(portal: Outsider, *messages: SignedMessage) -> list[dict[str, Answer]]:
    await portal.hand_in(*messages)
    asked = [envelope.message_id for envelope in messages if b'"RegistryAsked"' in envelope.data]
    found: dict[str | None, dict[str, Answer]] = {}

    def all_there() -> bool:
        contents = ((one.caused_by, one.content()) for one in portal.got)
        found.update({cause: body.answers for cause, body in contents if isinstance(body, RegistryAnswered)})
        return all(message_id in found for message_id in asked)

    await eventually(all_there, what="the answers")
    return [found[message_id] for message_id in asked]


async def refusal(parties: Parties, portal: Outsider, body: RegistryAsked | RegistryUpdated) -> str:
    """What is said to a message that is refused; it is laid aside."""
    envelope = portal.write(body, "registry")
    await portal.hand_in(envelope)
    await eventually(lambda: portal.refusals)
    (refused,) = portal.refusals
    assert (refused.message_id, refused.reason) == (envelope.message_id, "invalid-input")
    assert list((await parties.waiting("registry")).values()) == ["dead"]
    return refused.detail


# --- questions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iin", "found", "record"), [(IIN, True, KNOWN), (STRANGER, False, {}), ("nobody's", False, {})]
)
async def test_a_question_about_a_person_is_answered(
    parties: Parties, portal: Outsider, iin: str, found: bool, record: dict[str, str]
) -> None:
    asked = portal.write(person(iin), "registry")
    await portal.hand_in(asked)
    await eventually(lambda: portal.got)
    (envelope,) = portal.got
    assert envelope.content() == RegistryAnswered(answers={"gbd_fl": Answer(found=found, record=record)})
    assert (envelope.sender, envelope.recipient, envelope.kind) == ("registry", "portal", "RESPONSE")
    assert envelope.caused_by == asked.message_id
    await parties.sent()
    journal = await rows(parties.services["gateway"], "journal")
    assert sorted((entry["type"], entry["verdict"]) for entry in journal) == [
        ("RegistryAnswered", "accepted"),
        ("RegistryAsked", "accepted"),
    ]


async def test_a_question_with_a_control_character_is_refused_at_the_gateway_and_answered_by_nobody(
    parties: Parties, portal: Outsider
) -> None:
    asked = portal.write(person("\0"), "registry")
    await portal.hand_in(asked)
    (refused,) = await eventually(lambda: portal.refusals, what="the refusal")
    assert (refused.message_id, refused.reason) == (asked.message_id, "invalid-input")
    assert "control character" in refused.detail
    journal = await rows(parties.services["gateway"], "journal", body=asked.data)
    assert [entry["verdict"] for entry in journal] == ["rejected"]
    assert await rows(parties.services["registry"], "inbox") == []


async def test_many_questions_in_one_batch_are_each_answered(parties: Parties, portal: Outsider) -> None:
    asked = [portal.write(person(iin), "registry") for iin in (IIN, STRANGER) * 10]
    found = await answered(portal, *asked)
    assert [one["gbd_fl"].found for one in found] == [True, False] * 10


async def test_a_case_may_ask_more_than_once(parties: Parties, portal: Outsider) -> None:
    found = await answers(portal, person(STRANGER), person(IIN), person(STRANGER))
    assert [one["gbd_fl"].found for one in found] == [False, True, False]
    assert sorted(incoming.delivery_number for incoming in portal.incoming_messages) == [1, 2, 3]


async def test_a_question_that_had_to_wait_for_an_earlier_one_is_answered_as_well(parties: Parties) -> None:
    await parties.start("registry")
    await seed(parties, "gbd_fl", **PERSON)
    gateway, portal = await parties.outsider("gateway"), await parties.outsider("portal")
    case_id = portal.ids()
    messages = [
        portal.write(person(iin), "registry", n, case_id=case_id, sequence=n) for n, iin in ((1, STRANGER), (2, IIN))
    ]
    deliveries = [
        SignedMessage(one.data, one.signature, one.message_id, "registry", n) for n, one in enumerate(messages, 1)
    ]
    await gateway.hand_in(deliveries[1])
    await eventually(lambda: parties.waiting("registry"))
    await gateway.hand_in(deliveries[0])
    await eventually(lambda: len(gateway.got) == 2)
    found = {one.caused_by: one.content() for one in gateway.got}
    later = found[messages[1].message_id]
    assert isinstance(later, RegistryAnswered)
    assert later.answers["gbd_fl"].found


async def test_several_registers_are_asked_with_one_message(parties: Parties, portal: Outsider) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    await seed(parties, "gbd_ul", bin=STRANGER, name="«Береке» ЖШС", address={"kato": "595200000", "text": "Мамлют"})
    await seed(parties, "labour_market", iin=IIN, status="unemployed", oblast="59", entered_at=at)
    await seed(parties, "oralman", iin=IIN, oblast="27", entered_at=at)
    await seed(parties, "is_1", iin=IIN, facts={"school": "№ 3"})
    asked = question(
        gbd_fl={"iin": IIN},
        gbd_ul={"bin": STRANGER},
        labour_market={"iin": IIN},
        oralman={"iin": IIN},
        is_1={"iin": IIN},
        is_2={"iin": IIN},
        enis=ENIS,
        nca={"serial": SERIAL},
    )
    (found,) = await answers(portal, asked)
    entered = {"iin": IIN, "entered_at": "2026-01-01T00:00:00Z"}
    organisation = {"bin": STRANGER, "name": "«Береке» ЖШС", "address": {"kato": "595200000", "text": "Мамлют"}}
    assert found == {
        "gbd_fl": Answer(found=True, record=KNOWN),
        "gbd_ul": Answer(found=True, record=organisation),
        "labour_market": Answer(found=True, record=entered | {"status": "unemployed", "oblast": "59"}),
        "oralman": Answer(found=True, record=entered | {"oblast": "27"}),
        "is_1": Answer(found=True, record={"school": "№ 3", "iin": IIN}),
        "is_2": Answer(found=False),
        "enis": Answer(found=False),
        "nca": Answer(found=False),
    }


@pytest.mark.parametrize(
    ("changed", "hours", "found"),
    [
        ({}, 0, True),
        ({}, 14, True),  # the last hour of the day in the Republic
        ({}, 15, False),
        ({"from": date(2026, 3, 3), "until": date(2026, 3, 3)}, 14, False),
        ({"notarised": False}, 0, False),
        ({"revoked": True}, 0, False),
        ({"principal": STRANGER}, 0, False),
        ({"representative": IIN}, 0, False),
    ],
)
async def test_a_power_of_attorney_is_found_if_it_empowers(
    parties: Parties, portal: Outsider, changed: dict[str, Any], hours: int, found: bool
) -> None:
    await seed(parties, "enis", **POWER | changed)
    parties.clock.advance(timedelta(hours=hours))
    (answer,) = await answers(portal, question(enis=ENIS))
    record = POWER | {"from": "2026-03-02", "until": "2026-03-02"} if found else {}
    assert answer == {"enis": Answer(found=found, record=record)}


@pytest.mark.parametrize(("revoked", "bin_"), [(False, None), (True, None), (False, BIN)])
async def test_the_authority_tells_of_a_certificate(
    parties: Parties, portal: Outsider, revoked: bool, bin_: str | None
) -> None:
    until = BASE + timedelta(days=365)
    await seed(
        parties,
        "certificates",
        serial=SERIAL,
        subject="CN=-",
        iin=IIN,
        bin=bin_,
        usage="SIGN",
        role="individual",
        pem="-",
        issued_at=BASE,
        not_after=until,
        revoked_at=BASE if revoked else None,
    )
    (found,) = await answers(portal, question(nca={"serial": "00" + SERIAL.upper()}))
    status = "revoked" if revoked else "good"
    record = {"status": status, "iin": IIN, "bin": bin_ or "", "usage": "SIGN", "not_before": NOW}
    assert found == {"nca": Answer(found=True, record=record | {"not_after": "2027-03-02T04:00:00Z"})}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (question(gbd_xx={"iin": IIN}), "no register 'gbd_xx'"),
        (question(gbd_fl={}), "gbd_fl is asked by iin"),
        (question(gbd_fl={"bin": IIN}), "gbd_fl is asked by iin"),
        (question(gbd_fl={"iin": IIN, "bin": IIN}), "not by 'bin'"),
        (question(gbd_fl={"iin": IIN}, enis=ENIS | {"principal": ""}), "asked by number, principal, representative"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(
    parties: Parties, portal: Outsider, asked: RegistryAsked, reason: str
) -> None:
    assert reason in await refusal(parties, portal, asked)


# --- what systems enter ----------------------------------------------------------------------------------------


def card(**record: str) -> RegistryUpdated:
    return RegistryUpdated(register="labour_market", record={"iin": IIN} | record)


async def test_what_is_entered_is_known_at_once_and_nothing_is_sent_back(parties: Parties, portal: Outsider) -> None:
    entered = card(status="job-seeker", oblast="43", name="Ахметова Айгүл")
    (found,) = await answers(portal, entered, question(labour_market={"iin": IIN}))
    record = entered.record | {"entered_at": NOW}
    assert found == {"labour_market": Answer(found=True, record=record)}
    assert len(portal.got) == 1
    assert await parties.waiting("registry") == {}


@pytest.mark.parametrize("apart", [False, True])
async def test_what_is_entered_again_changes_what_it_names(parties: Parties, portal: Outsider, apart: bool) -> None:
    asked = question(labour_market={"iin": IIN})
    messages = (card(status="job-seeker", oblast="43"), asked, card(status="unemployed"), asked)
    if apart:
        (first,) = await answers(portal, *messages[:2])
        parties.clock.advance(timedelta(days=1))
        (second,) = await answers(portal, *messages[2:])
    else:
        first, second = await answers(portal, *messages)
    records = [one["labour_market"].record for one in (first, second)]
    assert [(record["status"], record["oblast"]) for record in records] == [("job-seeker", "43"), ("unemployed", "43")]
    assert [record["entered_at"][:10] for record in records] == ["2026-03-02", "2026-03-03" if apart else "2026-03-02"]
    stored = await rows(parties.services["registry"], "labour_market")
    assert [(row["iin"], row["status"], row["oblast"]) for row in stored] == [(IIN, "unemployed", "43")]


async def test_what_came_to_the_second_system_comes_to_the_third(parties: Parties, portal: Outsider) -> None:
    asked = question(is_2={"iin": IIN}, is_3={"iin": IIN})
    replies = await answers(
        portal,
        RegistryUpdated(register="is_3", record={"iin": IIN, "own": "3"}),
        RegistryUpdated(register="is_2", record={"iin": IIN, "paid": "1 АЕК"}),
        asked,
        RegistryUpdated(register="is_2", record={"iin": IIN, "paid": "2 АЕК", "text": "түбіртек"}),
        asked,
    )
    second = {"iin": IIN, "paid": "2 АЕК", "text": "түбіртек"}
    assert [one["is_2"].record for one in replies] == [{"iin": IIN, "paid": "1 АЕК"}, second]
    assert [one["is_3"].record for one in replies] == [
        {"iin": IIN, "own": "3", "paid": "1 АЕК"},
        second | {"own": "3"},
    ]
    for table, facts in (("is_1", []), ("is_2", [second]), ("is_3", [second | {"own": "3"}])):
        stored = await rows(parties.services["registry"], table)
        assert [row["facts"] | {"iin": row["iin"]} for row in stored] == facts


async def test_many_are_entered_in_one_batch(parties: Parties, portal: Outsider) -> None:
    people = [f"{n:012}" for n in range(5)]
    await parties.stop("registry")
    await parties.start("registry", strict_iin=False)
    bodies = [
        RegistryUpdated(register="oralman", record={"iin": iin, "oblast": oblast})
        for oblast in ("27", "43")
        for iin in people
    ]
    await answers(portal, *bodies, person(IIN))
    stored = await rows(parties.services["registry"], "oralman")
    assert sorted((row["iin"], row["oblast"]) for row in stored) == [(iin, "43") for iin in people]


@pytest.mark.parametrize(
    ("entered", "reason"),
    [
        (RegistryUpdated(register="gbd_fl", record=PERSON), "no register 'gbd_fl' for this"),
        (RegistryUpdated(register="is_4", record={"iin": IIN}), "no register 'is_4' for this"),
        (RegistryUpdated(register="is_2", record={"paid": "1"}), "record.iin: Field required"),
        (RegistryUpdated(register="is_1", record={"iin": IIN[:11]}), "record.iin must be twelve digits"),
        (RegistryUpdated(register="is_1", record={"iin": "900101300018"}), "record.iin is wrong"),
        (RegistryUpdated(register="oralman", record={"iin": IIN}), "record.oblast: Field required"),
        (card(oblast="43"), "record.status: Field required"),
        (card(status="idle"), "record.status: Input should be"),
        (card(status="unemployed", colour="red"), "record.colour: Extra inputs"),
        (card(status="unemployed", entered_at="yesterday"), "record.entered_at: a moment is written as"),
    ],
)
async def test_what_cannot_be_entered_is_refused(
    parties: Parties, portal: Outsider, entered: RegistryUpdated, reason: str
) -> None:
    assert reason in await refusal(parties, portal, entered)
    for table in ("labour_market", "oralman", "is_1", "is_2", "is_3"):
        assert await rows(parties.services["registry"], table) == []
