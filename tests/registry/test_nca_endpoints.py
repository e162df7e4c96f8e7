"""The authority's HTTP door, on the registry as it runs: what it issues, what it refuses and how it says so."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import PrivateKey, Usage
from aimaq.eds.x509.trust import TrustStore
from tests.databases import files
from tests.eds.pki import BIN, IIN, RSA_KEY, curve_key
from tests.parties import Parties

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

Key = PrivateKey | ed25519.Ed25519PrivateKey


def csr(key: Key | None = None) -> str:
    key = key or curve_key()
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, algorithm).public_bytes(Encoding.PEM).decode()


def application(**changed: Any) -> dict[str, Any]:
    wanted = {"csr": csr(), "iin": IIN, "surname": "Ахметова", "given": "Айгүл", "usage": "SIGN"} | changed
    return {name: value for name, value in wanted.items() if value is not None}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(registry: Parties) -> httpx.AsyncClient:
    return await registry.http("registry", **registry.admin())


async def issued(client: httpx.AsyncClient, **changed: Any) -> dict[str, str]:
    answer = await client.post("/nca/certificates", json=application(**changed))
    assert answer.status_code == 201, answer.text
    body: dict[str, str] = answer.json()
    return body


def der_of(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


async def trust(client: httpx.AsyncClient) -> TrustStore:
    return TrustStore(x509.load_pem_x509_certificates((await client.get("/nca/ca")).content))


@pytest.mark.parametrize("key", [curve_key(), RSA_KEY], ids=["P-256", "RSA-2048"])
async def test_a_certificate_is_issued_on_the_key_of_the_request(client: httpx.AsyncClient, key: PrivateKey) -> None:
    body = await issued(client, csr=csr(key), patronymic="Серікқызы", usage="AUTH")
    certificate = read(der_of(body["certificate"]))
    assert certificate.key == key.public_key()
    assert certificate.number == body["serial"]
    assert (certificate.usage, certificate.person.iin) == (Usage.AUTH, IIN)
    assert (certificate.person.given_name, certificate.person.patronymic) == ("АЙГҮЛ", "СЕРІКҚЫЗЫ")
    assert not (await trust(client)).chain_status(certificate).fault


async def test_an_employee_is_certified_with_his_organisation(client: httpx.AsyncClient) -> None:
    body = await issued(client, bin=BIN, organisation="Жұмыспен қамту бөлімі")
    certificate = read(der_of(body["certificate"]))
    assert (certificate.person.bin, certificate.person.organisation) == (BIN, "ЖҰМЫСПЕН ҚАМТУ БӨЛІМІ")
    assert [role.value for role in certificate.roles] == ["employee"]


def _forged() -> str:
    """A request whose signature is by another key than the one in it."""
    request = x509.load_pem_x509_csr(csr().encode())
    data = bytearray(request.public_bytes(Encoding.DER))
    data[-1] ^= 1
    return x509.load_der_x509_csr(bytes(data)).public_bytes(Encoding.PEM).decode()


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "an IIN with a wrong control digit": ({"iin": "900101300018"}, "iin", "checksum"),
    "an IIN of eleven digits": ({"iin": "90010130001"}, "iin", "digits"),
    "a BIN with a wrong control digit": ({"bin": "100140000004", "organisation": "Бөлім"}, "bin", "checksum"),
    "an organisation without a BIN": ({"organisation": "Бөлім"}, "bin", "required"),
    "a BIN without an organisation": ({"bin": BIN}, "organisation", "required"),
    "a head of nothing": ({"role": "ceo"}, "role", "organisation required"),
    "an individual of an organisation": (
        {"role": "individual", "bin": BIN, "organisation": "Бөлім"},
        "role",
        "no organisation",
    ),
    "a text for a request": ({"csr": "request"}, "csr", "encoding"),
    "a forged request": ({"csr": _forged()}, "csr", "signature"),
    "a short RSA key": ({"csr": csr(rsa.generate_private_key(65537, 1024))}, "csr", "key"),
    "another curve": ({"csr": csr(ec.generate_private_key(ec.SECP384R1()))}, "csr", "key"),
    "another kind of key": ({"csr": csr(ed25519.Ed25519PrivateKey.generate())}, "csr", "key"),
    "no surname": ({"surname": None}, "surname", "missing"),
    "a number for a name": ({"given": 7}, "given", "string_type"),
    "a name of signs": ({"given": "Айгүл\u0000"}, "given", "string_pattern_mismatch"),
    "an endless name": ({"given": "А" * 65}, "given", "string_too_long"),
    "an unknown usage": ({"usage": "BOTH"}, "usage", "literal_error"),
    "a system's role": ({"role": "information-system"}, "role", "literal_error"),
    "an unknown field": ({"serial": "1"}, "serial", "extra_forbidden"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_faulty_application_is_refused_by_field_and_rule(client: httpx.AsyncClient, what: str) -> None:
    changed, field, rule = REFUSED[what]
    answer = await client.post("/nca/certificates", json=application(**changed))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["field"], answer.json()["rule"]) == (field, rule)


@pytest.mark.asyncio(loop_scope="function")
async def test_control_digits_are_not_checked_where_the_stand_is_told_so(lenient: httpx.AsyncClient) -> None:
    assert read(der_of((await issued(lenient, iin="123456789011"))["certificate"])).person.iin == "123456789011"


@pytest.mark.parametrize("path", ["/nca/certificates", "/nca/revocations"])
@pytest.mark.parametrize(
    ("header", "status"),
    [({}, 401), ({"Authorization": "Basic abc"}, 401), ({"Authorization": "Bearer wrong"}, 403)],
)
async def test_only_the_administrator_issues_and_revokes(
    registry: Parties, path: str, header: dict[str, str], status: int
) -> None:
    client = await registry.http("registry", **header)
    # Who may not do it learns nothing about the rest of the request either.
    answer = await client.post(path, json={"nonsense": True})
    assert answer.status_code == status


async def test_a_revocation_is_told_by_the_certificate_and_by_the_next_list(
    client: httpx.AsyncClient, registry: Parties
) -> None:
    serial = (await issued(client))["serial"]
    before = await client.get("/nca/crl")
    assert before.headers["content-type"] == "application/pkix-crl"
    answer = await client.post("/nca/revocations", json={"serial": serial.upper(), "reason": "keyCompromise"})
    assert answer.status_code == 201
    shown = (await client.get(f"/nca/certificates/{serial}")).json()
    assert shown == answer.json()
    assert (shown["reason"], shown["revoked_at"]) == ("keyCompromise", registry.clock.now().isoformat())
    data = (await client.get("/nca/crl")).content
    entry = x509.load_der_x509_crl(data).get_revoked_certificate_by_serial_number(int(serial, 16))
    assert entry is not None
    assert entry.revocation_date_utc == registry.clock.now()
    after = RevocationList(data, await trust(client))
    assert after.number > RevocationList(before.content, await trust(client)).number


async def test_a_number_on_the_list_tells_a_stranger_nothing_of_its_owner(
    client: httpx.AsyncClient, registry: Parties
) -> None:
    serial = (await issued(client))["serial"]
    await client.post("/nca/revocations", json={"serial": serial})
    owner = (await client.get(f"/nca/certificates/{serial}")).json()["subject"]
    secrets = [word.encode() for word in re.findall(r"\w+", owner.replace("IIN", "")) if len(word) > 2]
    assert len(secrets) > 2
    stranger = await registry.http("registry")
    for path, methods in (await stranger.get("/openapi.json")).json()["paths"].items():
        if "get" in methods:
            answer = await stranger.get(re.sub(r"{\w+}", serial, path))
            assert not [word for word in secrets if word in answer.content.upper()], path
    assert (await stranger.get(f"/nca/certificates/{serial}")).status_code == 401


async def test_a_list_that_the_reader_has_is_not_sent_again(client: httpx.AsyncClient, registry: Parties) -> None:
    first = await client.get("/nca/crl")
    headers = {"If-None-Match": first.headers["etag"]}
    again = await client.get("/nca/crl", headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    registry.clock.advance(timedelta(hours=12))
    renewed = await client.get("/nca/crl", headers=headers)
    assert renewed.status_code == 200
    assert renewed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"serial": "abc", "reason": "superseded"}, 404, "serial"),
        ({"serial": "xyz", "reason": "superseded"}, 422, "serial"),
        ({"serial": "abc", "reason": "certificateHold"}, 422, "reason"),
        ({"reason": "superseded"}, 422, "serial"),
    ],
)
async def test_a_faulty_revocation_is_refused(
    client: httpx.AsyncClient, body: dict[str, str], status: int, field: str
) -> None:
    answer = await client.post("/nca/revocations", json=body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_a_certificate_that_was_never_issued_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nca/certificates/abc")).status_code == 404
    assert (await client.get("/nca/certificates/0")).status_code == 404
    assert (await client.get("/nca/certificates/" + "a" * 41)).status_code == 422


async def test_no_application_however_odd_brings_the_registry_down(stand_home: Any, tmp_path: Any) -> None:
    async with Parties(stand_home, files(tmp_path)) as parties:
        await parties.start("registry")
        client = await parties.http("registry", **parties.admin())
        odd = st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=30) | st.lists(st.text())
        bodies: list[dict[str, Any]] = []
        names = ["csr", "iin", "surname", "given", "patronymic", "bin", "organisation", "role", "usage", "more"]

        @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
        @given(st.dictionaries(st.sampled_from(names), odd, min_size=1, max_size=4))
        def collect(changed: dict[str, Any]) -> None:
            bodies.append(application(**changed))

        collect()
        for body in bodies:
            answer = await client.post("/nca/certificates", json=body)
            assert answer.status_code in (201, 422), answer.text
