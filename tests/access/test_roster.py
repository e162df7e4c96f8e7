"""The systems' certificates at the registry's door: issued in the profile, on record, published with every change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems.keystore import load_signer, load_trust
from aimaq.access.systems.roster import opened
from aimaq.access.systems.roster_signature import SignedRoster
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import Role, Usage
from aimaq.language.errors import BadSignature
from aimaq.language.messages import PARTIES
from registry_svc.systems import certificates as systems_module
from registry_svc.systems import roster_feed
from tests.access.conftest import World, csr, serial_of
from tests.databases import files
from tests.eds.pki import BIN, RSA_KEY
from tests.parties import Parties
from tests.registry.test_nca_endpoints import application
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture
async def admin(world: World) -> httpx.AsyncClient:
    """The administrator at the registry's door."""
    return await world.parties.http("registry", **world.parties.admin())


async def listed(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/nca/systems", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def issued(client: httpx.AsyncClient, party: str = "con", **more: Any) -> dict[str, Any]:
    answer = await client.post("/nca/systems", json={"party": party, "csr": csr()} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_those_made_at_first_are_on_record_with_their_parties(admin: httpx.AsyncClient, home: Path) -> None:
    found = await listed(admin)
    assert found["version"] == len(found["systems"]) == len(PARTIES)
    assert {one["party"]: one["serial"] for one in found["systems"]} == {
        party: serial_of(load_signer(home, party)) for party in PARTIES
    }
    for one in found["systems"]:
        record = (await admin.get(f"/nca/certificates/{one['serial']}")).json()
        assert (record["status"], record["role"], record["usage"]) == ("good", "information-system", "SIGN")
        assert record["certificate"] == one["certificate"]


async def test_one_is_issued_in_the_profile_of_information_systems(admin: httpx.AsyncClient, home: Path) -> None:
    body = await issued(admin)
    pem = x509.load_pem_x509_certificate(body["certificate"].encode())
    certificate = read(pem.public_bytes(Encoding.DER))
    assert (certificate.number, certificate.usage) == (body["serial"], Usage.SIGN)
    assert certificate.roles == {Role.INFORMATION_SYSTEM}
    serial_number = pem.subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)[0].value
    assert serial_number == f"BIN{certificate.person.bin}"
    purposes = {one.dotted_string for one in pem.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value}
    assert purposes == {"1.3.6.1.5.5.7.3.4", "1.2.398.3.3.4.1.2", "1.2.398.3.3.4.1.2.6"}
    assert not load_trust(home).chain_status(certificate).fault


async def test_somebody_elses_system_is_certified_as_theirs(admin: httpx.AsyncClient) -> None:
    body = await issued(admin, "lea", bin=BIN, organisation="Жұмыспен қамту бөлімі")
    pem = x509.load_pem_x509_certificate(body["certificate"].encode())
    person = read(pem.public_bytes(Encoding.DER)).person
    assert (person.bin, person.organisation) == (BIN, "ЖҰМЫСПЕН ҚАМТУ БӨЛІМІ")


async def test_every_change_raises_the_version_and_only_changes_are_told(admin: httpx.AsyncClient) -> None:
    serial = (await issued(admin))["serial"]
    before = (await listed(admin))["version"]
    changes = []
    for method, path, body in (
        ("POST", "/nca/suspensions", {"serial": serial}),
        ("DELETE", f"/nca/suspensions/{serial}", None),
        ("POST", "/nca/revocations", {"serial": serial, "reason": "superseded"}),
    ):
        answer = await admin.request(method, path, json=body)
        assert answer.status_code in (200, 201), answer.text
        found = await listed(admin, after=before)
        (one,) = found["systems"]
        assert (one["serial"], one["version"], found["version"]) == (serial, before + 1, before + 1)
        changes.append((one["status"], one["reason"], one["since"] is None))
        before = found["version"]
    assert changes == [("suspended", "certificateHold", False), ("good", None, True), ("revoked", "superseded", False)]
    assert (await listed(admin, after=before))["systems"] == []
    assert len((await listed(admin, after=10_000))["systems"]) == len(PARTIES) + 1


async def test_a_second_revocation_changes_nothing(admin: httpx.AsyncClient) -> None:
    serial = (await issued(admin))["serial"]
    for _ in range(2):
        assert (await admin.post("/nca/revocations", json={"serial": serial})).status_code == 201
        assert (await listed(admin))["version"] == len(PARTIES) + 2


async def test_a_question_is_held_until_there_is_an_answer(admin: httpx.AsyncClient) -> None:
    version = (await listed(admin))["version"]
    question = asyncio.create_task(listed(admin, after=version, wait=30))
    serial = (await issued(admin))["serial"]
    found = await question
    assert [one["serial"] for one in found["systems"]] == [serial]
    same = found["version"]
    assert await listed(admin, after=same, wait=0.01) == {"version": same, "systems": [], "after": same, "nonce": ""}


async def test_the_authority_signs_the_very_bytes_with_what_was_asked(admin: httpx.AsyncClient, home: Path) -> None:
    for after, base in ((0, 0), (2, 2), (10_000, 0)):
        answer = await admin.get("/nca/systems", params={"after": after, "nonce": "n-_7"})
        signed = SignedRoster(answer.text, answer.headers["Signature-JWS"])
        found = opened(signed, load_trust(home))
        assert (found.version, found.after, found.nonce) == (len(PARTIES), base, "n-_7")
        assert len(found.systems) == len(PARTIES) - base
        with pytest.raises(BadSignature):
            opened(SignedRoster(answer.text.replace("nonce", "noncf"), signed.signature), load_trust(home))
    for nonce in ("x" * 65, "ä", "a b", "a\n"):
        answer = await admin.get("/nca/systems", params={"nonce": nonce})
        assert (answer.status_code, answer.json()["field"]) == (422, "query.nonce")


async def test_a_persons_certificate_is_nobodys_systems(admin: httpx.AsyncClient) -> None:
    person = (await admin.post("/nca/certificates", json=application())).json()["serial"]
    assert (await admin.get(f"/nca/systems/{person}/readers")).status_code == 404
    answer = (await admin.post("/nca/revocations", json={"serial": person})).json()
    assert "confirmed" not in answer
    assert (await listed(admin))["version"] == len(PARTIES)


async def test_what_is_on_record_outlives_the_registry(world: World) -> None:
    serial = serial_of(await world.certified("con"))
    await world.suspend(serial)
    await world.shut()
    await world.open()
    found = await listed(await world.parties.http("registry"))
    assert len(found["systems"]) == len(PARTIES) + 1
    assert {one["serial"]: one["status"] for one in found["systems"]}[serial] == "suspended"


async def test_who_knows_of_a_certificate_is_told_when_they_do(world: World) -> None:
    serial = world.serial("con")
    await world.start("gateway", "con")
    answer = await world.call("GET", f"/nca/systems/{serial}/readers", status=200)
    assert answer == {"confirmed": ["con", "gateway", "registry"], "unconfirmed": ["portal", "lea"]}
    signer = await world.certified("lea")
    for name in ("con", "gateway", "registry"):
        known = world.parties.services[name].dependencies.verifier.identity(signer.certificate)
        assert known is not None
        assert known.party == "lea"
    await world.parties.stop("con")
    # its connection is closed, and so nobody waits for it any more
    url = f"/nca/systems/{serial}/readers?wait=60"
    await eventually(lambda: _without(world, url, "con"), within=30, what="the con's leave")
    await world.suspend(serial)
    answer = await world.call("GET", url, status=200)
    assert answer == {"confirmed": ["gateway", "registry"], "unconfirmed": ["portal", "con", "lea"]}


async def _without(world: World, url: str, party: str) -> bool:
    return party in (await world.call("GET", url, status=200))["unconfirmed"]


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "an RSA key": ({"csr": csr(RSA_KEY)}, "csr", "P-256"),
    "no request": ({"csr": "request"}, "csr", "encoding"),
    "an endless request": ({"csr": "A" * 8193}, "csr", "string_too_long"),
    "no party": ({"party": "treasury"}, "party", "literal_error"),
    "no text for a party": ({"party": 5}, "party", "literal_error"),
    "an organisation without a BIN": ({"organisation": "Бөлім"}, "bin", "required"),
    "a BIN without an organisation": ({"bin": BIN}, "organisation", "required"),
    "a wrong BIN": ({"bin": "100140000004", "organisation": "Бөлім"}, "bin", "checksum"),
    "a name of signs": ({"bin": BIN, "organisation": "\u0000"}, "organisation", "string_pattern_mismatch"),
    "a life of one's own": ({"life": 10_000}, "life", "extra_forbidden"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_faulty_application_is_refused_by_field_and_rule(admin: httpx.AsyncClient, what: str) -> None:
    changed, field, rule = REFUSED[what]
    answer = await admin.post("/nca/systems", json={"party": "con", "csr": csr()} | changed)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["field"], answer.json()["rule"]) == (field, rule)
    assert (await listed(admin))["version"] == len(PARTIES)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "-1"}, "query.after"),
        ({"after": "x"}, "query.after"),
        ({"after": str(2**31)}, "query.after"),
        ({"wait": "61"}, "query.wait"),
        ({"wait": "nan"}, "query.wait"),
        ({"reader": "treasury"}, "query.reader"),
    ],
)
async def test_a_faulty_question_is_refused_by_field(
    admin: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await admin.get("/nca/systems", params=query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_what_is_the_administrators_is_nobody_elses(world: World) -> None:
    client = await world.parties.http("registry")
    for token, status in (("", 401), ("Bearer wrong-token-of-somebody", 403)):
        headers = {"Authorization": token} if token else {}
        calls = (
            client.post("/nca/systems", json={"party": "con", "csr": csr()}, headers=headers),
            client.get("/nca/systems", params={"reader": "portal"}, headers=headers),
            client.get(f"/nca/systems/{world.serial('con')}/readers", headers=headers),
        )
        assert [answer.status_code for answer in await asyncio.gather(*calls)] == [status] * 3


async def test_there_is_an_end_to_the_systems_certificates(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systems_module, "MOST", len(PARTIES) + 1)
    await issued(admin)
    answer = await admin.post("/nca/systems", json={"party": "con", "csr": csr()})
    assert (answer.status_code, answer.json()["field"]) == (422, "party")


@pytest.mark.services
async def test_the_same_on_a_server(home: Path, postgres: dict[str, str]) -> None:
    from tests.databases import Databases

    databases = Databases("postgresql", postgres)
    async with Parties(home, databases) as parties:
        await parties.start("registry")
        client = await parties.http("registry", **parties.admin())
        serials = {body["serial"] for body in await asyncio.gather(*(issued(client) for _ in range(4)))}
        answer = await client.post("/nca/suspensions", json={"serial": min(serials)})
        assert answer.json()["status"] == "suspended"
        found = await listed(client)
        versions = [one["version"] for one in found["systems"]]
        assert len(versions) == len(set(versions)) == len(PARTIES) + 4
        assert (await listed(client, after=found["version"] - 1))["systems"][0]["status"] == "suspended"
    await databases.wipe()


async def test_nobody_waits_for_a_reader_who_is_not_there() -> None:
    board = roster_feed.RosterFeed()
    board.post(1)
    assert (await board.known(1, 30)).confirmed == ()
    with board.reading("lea", 1):
        assert (await board.known(1, 30)).confirmed == ("lea",)
        board.post(2)
        late = await board.known(2, 0.01)
        assert "lea" in late.unconfirmed
        waiting = asyncio.create_task(board.known(2, 30))
        await asyncio.sleep(0)
        with board.reading("lea", 2):
            assert (await waiting).confirmed == ("lea",)


async def test_strangers_questions_beyond_a_bound_are_not_held(
    world: World, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_feed, "MOST", 3)
    stranger = await world.parties.http("registry")
    version = (await listed(stranger))["version"]
    questions = [asyncio.create_task(listed(stranger, after=version, wait=60)) for _ in range(4)]
    done, left = await asyncio.wait(questions, return_when=asyncio.FIRST_COMPLETED, timeout=30)
    assert [task.result()["systems"] for task in done] == [[]] * len(done)
    own = asyncio.create_task(listed(admin, after=version, wait=60, reader="portal"))
    serial = (await issued(admin))["serial"]
    for task in (*left, own):
        assert [one["serial"] for one in (await task)["systems"]] == [serial]
    assert len(done) >= 1


async def test_a_home_of_before_is_taken_in(home: Path, tmp_path: Path) -> None:
    """What the trust folder has and the folder of those issued has not, is on record all the same."""
    for path in (home / "nca" / "issued").glob("*.pem"):
        path.unlink()
    async with Parties(home, files(tmp_path)) as parties:
        await parties.start("registry")
        client = await parties.http("registry", **parties.admin("registry"))

        async def all_() -> bool:
            return len((await listed(client))["systems"]) == len(PARTIES)

        await eventually(all_, what="the five")
        assert (await client.get(f"/nca/certificates/{serial_of(load_signer(home, 'lea'))}")).status_code == 200
