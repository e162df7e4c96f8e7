"""Signing in with an authentication certificate: what lets a person in, what does not, and that it is told why."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.access import challenges
from stand.people.person import people
from stand.provision.key_kinds import Kind
from tests.eds.pki import IIN
from tests.outsider import REGULATION
from tests.parties import Parties
from tests.web.hall import Hall, signed
from tests.web.problems import problem
from tests.web.signing import codes

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(lasting_parties: Parties) -> AsyncIterator[Hall]:
    """One desk for all tests of this module, each of which has people of its own."""
    yield await Hall.open(lasting_parties, "con")


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
