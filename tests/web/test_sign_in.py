"""Signing in with an authentication certificate: what lets a person in, what does not, and that it is told why."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.access import challenges
from aimaq.access.challenges import Challenges
from aimaq.language.errors import Unavailable
from stand.people.person import people
from stand.provision.key_kinds import Kind
from tests.eds.pki import BIN, IIN
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.web.hall import Hall, signed
from tests.web.problems import problem
from tests.web.signing import codes

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def hall(parties: Parties) -> AsyncIterator[Hall]:
    yield await Hall.open(parties, "con")


@pytest.mark.parametrize("kind", list(Kind))
async def test_whoever_signs_a_challenge_gets_the_session_that_a_password_gives(hall: Hall, kind: Kind) -> None:
    person = await hall.hired(next(people("hall", kind)))
    answer = await hall.signs_in(signed(person, await hall.challenge()))
    assert answer.status_code == 201, answer.text
    by_password = await hall.signs_in({"iin": person.iin, "password": person.password})
    assert answer.json().keys() == by_password.json().keys()
    assert answer.json()["until"] == by_password.json()["until"]
    shown = await hall.client.get("/cases", headers={"Authorization": f"Bearer {answer.json()['token']}"})
    assert shown.status_code == 200


async def test_a_challenge_is_good_once(hall: Hall) -> None:
    person = await hall.hired(next(people("once")))
    challenge = await hall.challenge()
    assert (await hall.signs_in(signed(person, challenge))).status_code == 201
    again = await hall.signs_in(signed(person, challenge))
    refusal = problem(again, 401, "not-authenticated", field="challenge", rule="used once")
    assert refusal["text"] == challenges.USED.as_dict()
    assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201


async def test_of_many_who_use_a_challenge_at_once_one_is_let_in(hall: Hall) -> None:
    person = await hall.hired(next(people("at once")))
    login = signed(person, await hall.challenge())
    answers = await asyncio.gather(*(hall.signs_in(login) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + 7 * [401]
    assert {answer.json()["rule"] for answer in answers if answer.status_code == 401} == {"used once"}


async def test_several_may_be_under_way_to_several_people(hall: Hall) -> None:
    crew = [await hall.hired(person) for person in islice(people("crew"), 4)]
    drawn = [await hall.challenge() for _ in crew]
    answers = await asyncio.gather(*(hall.signs_in(signed(*pair)) for pair in zip(crew, reversed(drawn), strict=True)))
    assert [answer.status_code for answer in answers] == 4 * [201]


async def test_a_challenge_is_good_for_two_minutes_of_the_stands_clock(hall: Hall) -> None:
    person = await hall.hired(next(people("late")))
    first, second = await hall.challenge(), await hall.challenge()
    hall.parties.clock.advance(2 * MINUTE - timedelta(seconds=1))
    assert (await hall.signs_in(signed(person, first))).status_code == 201
    hall.parties.clock.advance(timedelta(seconds=1))
    refusal = problem(await hall.signs_in(signed(person, second)), 401, "not-authenticated", field="challenge")
    assert refusal["text"] == challenges.EXPIRED.as_dict()


async def test_a_challenge_is_good_where_it_was_given_out(hall: Hall) -> None:
    person = await hall.hired(next(people("elsewhere")))
    await hall.parties.start("portal", registry_url=hall.url)
    portal = await hall.parties.http("portal")
    foreign = (await portal.post("/challenges")).json()["challenge"]
    refusal = problem(await hall.signs_in(signed(person, foreign)), 401, "not-authenticated", field="challenge")
    assert (refusal["rule"], refusal["text"]) == ("given out here", challenges.FOREIGN.as_dict())
    same = foreign.replace(":portal:", ":con:")
    problem(await hall.signs_in(signed(person, same)), 401, "not-authenticated", rule="given out here")


async def test_nobody_makes_a_challenge_of_their_own(hall: Hall) -> None:
    person = await hall.hired(next(people("made up")))
    good = await hall.challenge()
    signed_text, _, seal = good.rpartition(":")
    _, party, until, nonce = signed_text.split(":")
    others = (
        "",
        ":",
        "challenge",
        "é" * 100,
        good + "0",
        good[:-1],
        f"{signed_text}:{'0' * 64}",
        signed_text,
        f"aimaq-sign-in:{party}:{int(until) + 60}:{nonce}:{seal}",
        f"aimaq-sign-in:{party}:{'9' * 30}:{nonce}:{seal}",
        f"aimaq-sign-in:{party}:{until}:{'0' * 32}:{seal}",
        f"aimaq-request:{party}:{until}:{nonce}:{seal}",
    )
    for other in others:
        login = signed(person, good) | {"challenge": other}
        refusal = problem(
            await hall.signs_in(login), 401, "not-authenticated", field="challenge", rule="given out here"
        )
        assert refusal["text"] == challenges.FOREIGN.as_dict(), other
    assert (await hall.signs_in(signed(person, good))).status_code == 201


async def test_what_is_not_used_leaves_no_trace_and_what_was_used_goes_when_its_time_is_over(hall: Hall) -> None:
    person = await hall.hired(next(people("traces")))
    database = hall.parties.services["con"].database
    table = database.metadata.tables["challenges"]

    async def stored() -> int:
        async with database.read() as conn:
            found: int = (await conn.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
            return found

    for _ in range(5):
        await hall.challenge()
    problem(await hall.signs_in(signed(person, await hall.challenge(), b"else")), 401, "not-authenticated")
    assert await stored() == 0
    for _ in range(3):
        assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201
    assert await stored() == 3
    hall.parties.clock.advance(3 * MINUTE)
    assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201
    assert await stored() == 1


async def test_no_more_than_so_many_used_challenges_are_kept(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await hall.hired(next(people("many")))
    monkeypatch.setattr(challenges, "MOST", 2)
    for _ in range(2):
        assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201
    full = await hall.signs_in(signed(person, await hall.challenge()))
    problem(full, 503, "unavailable")
    assert full.headers["retry-after"]
    hall.parties.clock.advance(2 * MINUTE)
    assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201


async def test_a_challenge_is_answered_after_the_service_was_started_anew(hall: Hall) -> None:
    person = await hall.hired(next(people("anew")))
    used, unused = await hall.challenge(), await hall.challenge()
    assert (await hall.signs_in(signed(person, used))).status_code == 201
    await hall.parties.stop("con")
    await hall.parties.start("con", registry_url=hall.url)
    hall.client = await hall.parties.http("con")
    problem(await hall.signs_in(signed(person, used)), 401, "not-authenticated", rule="used once")
    assert (await hall.signs_in(signed(person, unused))).status_code == 201


async def test_the_certificate_has_to_be_one_for_authentication(hall: Hall) -> None:
    person = await hall.hired(next(people("signing")))
    await hall.certify(person, "SIGN")
    refusal = problem(await hall.signs_in(signed(person, await hall.challenge())), 401, "not-authenticated")
    (finding,) = refusal["findings"]
    assert finding["code"] == "not-for-sign-in"
    assert set(finding["text"]) == {"kk", "ru", "en"}


async def test_a_withdrawn_certificate_lets_nobody_in(hall: Hall) -> None:
    person = await hall.hired(next(people("withdrawn")))
    assert person.certificate is not None
    await hall.withdraw(person.certificate.number)
    answer = await hall.signs_in(signed(person, await hall.challenge()))
    problem(answer, 401, "not-authenticated")
    assert codes(answer) == ["revoked"]


async def test_a_certificate_out_of_date_lets_nobody_in(hall: Hall) -> None:
    person = await hall.hired(next(people("old")))
    hall.parties.clock.advance(timedelta(days=366))
    answer = await hall.signs_in(signed(person, await hall.challenge()))
    problem(answer, 401, "not-authenticated")
    assert codes(answer) == ["expired"]


async def test_the_signature_has_to_be_over_the_challenge(hall: Hall) -> None:
    person = await hall.hired(next(people("over")))
    first, second = await hall.challenge(), await hall.challenge()
    answer = await hall.signs_in(signed(person, first, second.encode()))
    problem(answer, 401, "not-authenticated")
    assert codes(answer) == ["digest"]


async def test_everything_that_is_wrong_is_told(hall: Hall) -> None:
    person = await hall.hired(next(people("all")))
    await hall.certify(person, "SIGN")
    assert person.certificate is not None
    await hall.withdraw(person.certificate.number)
    answer = await hall.signs_in(signed(person, await hall.challenge(), b"another"))
    assert set(codes(answer)) == {"digest", "revoked", "not-for-sign-in"}


async def test_whoever_is_not_registered_is_not_let_in(hall: Hall) -> None:
    person = next(people("stranger"))
    await hall.certify(person, "AUTH")
    refusal = problem(await hall.signs_in(signed(person, await hall.challenge())), 401, "not-authenticated")
    assert refusal["detail"] == "The owner of this certificate is not registered here"
    assert "findings" not in refusal
    assert set(refusal["text"]) == {"kk", "ru", "en"}


BROKEN: dict[str, dict[str, Any]] = {
    "no signature": {"challenge": "x"},
    "no challenge": {"cms": "MAA="},
    "both ways": {"challenge": "x", "cms": "MAA=", "iin": IIN, "password": "secret"},
    "not base64": {"challenge": "x", "cms": "A"},
    "a number": {"challenge": 1, "cms": "MAA="},
    "too long": {"challenge": "x" * 201, "cms": "MAA="},
    "a password alone": {"password": "secret"},
    "nothing": {},
}


@pytest.mark.parametrize("what", BROKEN)
async def test_what_is_no_sign_in_is_told_by_its_field(hall: Hall, what: str) -> None:
    named = {
        "no signature": "cms",
        "no challenge": "challenge",
        "both ways": "iin",
        "not base64": "cms",
        "a number": "challenge",
        "too long": "challenge",
        "a password alone": "iin",
        "nothing": "iin",
    }
    problem(await hall.signs_in(BROKEN[what]), 422, "invalid-input", field=named[what])
    case = {"regulation": REGULATION, "login": BROKEN[what]}
    problem(await hall.client.post("/cases", json=case), 422, "invalid-input", field=f"login.{named[what]}")


@pytest.mark.parametrize("cms", [b"", b"\x30\x00", b"\x30\x80", b"nonsense", bytes(2000), b"\x30\x84\xff\xff\xff\xff"])
async def test_no_bytes_however_odd_let_anybody_in(hall: Hall, cms: bytes) -> None:
    login = {"challenge": await hall.challenge(), "cms": base64.b64encode(cms).decode()}
    answer = await hall.signs_in(login)
    problem(answer, 422, "invalid-input", field="cms", rule="CMS")
    assert codes(answer) == ["malformed"]


async def test_while_nobody_can_tell_of_revocations_nobody_is_let_in(parties: Parties) -> None:
    hall = await Hall.open(parties, "con")
    person = await hall.hired(next(people("nobody can tell")))
    await hall.parties.stop("con")
    await hall.parties.start("con", registry_url="http://127.0.0.1:1")
    hall.client = await hall.parties.http("con")
    answer = await hall.signs_in(signed(person, await hall.challenge()))
    problem(answer, 503, "unavailable", field="cms")
    assert codes(answer) == ["revocation-unknown"]


async def test_where_settings_say_so_role_and_organisation_are_asked(parties: Parties) -> None:
    hall = await Hall.open(parties, "con", staff_roles="employee", staff_bins=f"con={BIN}, lea={IIN}")
    citizen, ours, theirs = islice(people("organisation"), 3)
    ours.bin, ours.organisation = BIN, "Халыққа қызмет көрсету орталығы"
    theirs.bin, theirs.organisation = IIN, "Басқа ұйым"
    wrong = []
    for person in (citizen, ours, theirs):
        await hall.hired(person)
        answer = await hall.signs_in(signed(person, await hall.challenge()))
        wrong.append(codes(answer) if answer.status_code == 401 else [])
    assert wrong == [["other-bin", "wrong-role"], [], ["other-bin"]]


async def test_at_the_portal_anybody_may_sign_in_with_a_certificate(parties: Parties) -> None:
    hall = await Hall.open(parties, "portal", staff_roles="employee", staff_bins=f"con={BIN}")
    person = await hall.hired(next(people("citizen")))
    assert (await hall.signs_in(signed(person, await hall.challenge()))).status_code == 201


async def test_signatures_at_a_staffed_desk_are_asked_for_the_organisation_too(parties: Parties) -> None:
    hall = await Hall.open(parties, "con", staff_bins=f"con={BIN}")
    person = next(people("other organisation"))
    await hall.certify(person)
    case_id, mine, document = await hall.filled(person)
    answer = await hall.signed(case_id, mine, person.sign(document))
    assert codes(answer) == ["other-bin"]
    employee = replace(person, bin=BIN, organisation="Халыққа қызмет көрсету орталығы")
    await hall.certify(employee)
    case_id, mine, document = await hall.filled(employee)
    assert (await hall.signed(case_id, mine, employee.sign(document))).status_code == 202


async def test_a_full_table_is_told_by_the_store_itself(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    service = hall.parties.services["con"]
    store = Challenges(
        service.database, service.database.metadata.tables["challenges"], service.settings, service.clock
    )
    monkeypatch.setattr(challenges, "MOST", 0)
    with pytest.raises(Unavailable):
        await store.spend(store.read(store.give()[0]))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("how", [[], ["-nodetach"]], ids=["detached", "attached"])
async def test_openssl_signs_in(hall: Hall, tmp_path: Path, kind: Kind, how: list[str]) -> None:
    person = await hall.hired(next(people("openssl", kind)))
    (tmp_path / "auth-cert.pem").write_text(person.pem)
    pem = person.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "auth-key.pem").write_bytes(pem)
    challenge = await hall.challenge()
    (tmp_path / "challenge").write_text(challenge, "ascii")
    for form, encoded in (("DER", base64.b64encode), ("PEM", bytes)):
        process = await asyncio.create_subprocess_exec(
            "openssl",
            "cms",
            "-sign",
            "-cades",
            "-binary",
            *how,
            "-md",
            "sha256",
            "-outform",
            form,
            "-in",
            "challenge",
            "-signer",
            "auth-cert.pem",
            "-inkey",
            "auth-key.pem",
            "-out",
            "challenge.cms",
            cwd=tmp_path,
        )
        assert await process.wait() == 0
        cms = encoded((tmp_path / "challenge.cms").read_bytes()).decode()
        answer = await hall.signs_in({"challenge": challenge, "cms": cms})
        if form == "DER":
            assert answer.status_code == 201, answer.text
        else:
            problem(answer, 401, "not-authenticated", rule="used once")
