"""Whatever comes in at NCANode's door: it is answered in NCANode's shape, and never as a fault of the service."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import Databases, files
from tests.eds.pki import Pki
from tests.eds.test_hostile import mutated
from tests.parties import Parties
from tests.registry.ncanode import PASSWORD
from tests.registry.test_ncanode_keys import hiding, packed
from tests.stand_fixtures import lasting_parties

__all__ = ["lasting_parties"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

PKI = Pki()
HOLDER = PKI.person()
WHOLE = {
    "cms": [HOLDER.sign(attached=True), HOLDER.sign()],
    "certificate": [HOLDER.certificate.der],
    "key": [packed(HOLDER.key, HOLDER.certificate.x509), hiding("x")],
}
PATHS = {
    "/cms/sign": ("data", "signers", "withTsp", "tsaPolicy", "detached"),
    "/cms/sign/add": ("cms", "data", "signers", "withTsp", "detached"),
    "/cms/verify": ("cms", "data", "revocationCheck"),
    "/cms/extract": ("cms",),
    "/x509/info": ("certs", "revocationCheck"),
    "/x509/verify": ("certificate", "signature", "data", "revocationCheck"),
    "/pkcs12/info": ("keys", "revocationCheck"),
    "/pkcs12/aliases": ("keys",),
}


@pytest.fixture(scope="module")
def lasting_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Files, for all tests here."""
    return files(tmp_path_factory.mktemp("databases"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(lasting_parties: Parties) -> AsyncIterator[httpx.AsyncClient]:
    """The registry's door."""
    await lasting_parties.start("registry")
    yield await lasting_parties.http("registry")


def encoded(kind: str) -> st.SearchStrategy[str]:
    """Something of this kind as base64, whole, mutilated or cut short; or other text."""
    whole = st.one_of(st.sampled_from(WHOLE[kind]), mutated(WHOLE[kind]), st.binary(max_size=200))
    return st.one_of(
        whole.map(lambda data: base64.b64encode(data).decode()),
        whole.map(lambda data: f"-----BEGIN CMS-----\n{base64.encodebytes(data).decode()}-----END CMS-----\n"),
        st.text(max_size=60),
    )


# A file that is not damaged is opened by a program of its own: few of those, and many that do not get so far.
KEYS = st.one_of(st.binary(max_size=300).map(lambda data: base64.b64encode(data).decode()), st.text(max_size=60))
SIGNER = st.fixed_dictionaries(
    {"key": KEYS, "password": st.one_of(st.just(PASSWORD), st.text(max_size=10))},
    optional={"keyAlias": st.one_of(st.none(), st.text(max_size=10)), "referenceUri": st.text(max_size=5)},
)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
CHECKS = st.lists(st.sampled_from(["OCSP", "CRL", "OCSP", "TSP", None]), max_size=3)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "cms": encoded("cms"),
    "data": st.one_of(encoded("cms"), st.none()),
    "signers": st.lists(SIGNER, max_size=3),
    "keys": st.lists(SIGNER, max_size=3),
    "certs": st.lists(encoded("certificate"), max_size=4),
    "certificate": encoded("certificate"),
    "signature": st.one_of(encoded("cms"), st.none()),
    "withTsp": st.booleans(),
    "detached": st.booleans(),
    "tsaPolicy": st.sampled_from(["TSA_GOST_POLICY", "TSA_GOST2015_POLICY", None, "x"]),
    "revocationCheck": CHECKS,
}


async def answered(client: httpx.AsyncClient, path: str, body: Any) -> int:
    """The status of the answer, which is in NCANode's shape."""
    response = await client.post(path, json=body)
    answer = response.json()
    assert response.status_code in (200, 400, 404), (path, body, answer)
    assert response.headers["content-type"] == "application/json"
    assert answer["status"] == response.status_code
    assert isinstance(answer["message"], str)
    assert answer["message"]
    if response.status_code != 200:
        assert set(answer) <= {"status", "message", "details"}
        assert PASSWORD not in response.text
    return response.status_code


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(draw=st.data())
async def test_any_request_of_the_shape_is_answered(client: httpx.AsyncClient, path: str, draw: st.DataObject) -> None:
    fields = {name: FIELDS[name] for name in PATHS[path]}
    await answered(client, path, draw.draw(st.fixed_dictionaries({}, optional=fields)))


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=40, deadline=None)
@given(draw=st.data())
async def test_any_json_is_answered(client: httpx.AsyncClient, path: str, draw: st.DataObject) -> None:
    names = st.one_of(st.sampled_from(PATHS[path]), st.text(max_size=5))
    await answered(client, path, draw.draw(st.one_of(JSON, st.dictionaries(names, JSON, max_size=4))))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(file=mutated(WHOLE["key"][:1]), path=st.sampled_from(["/pkcs12/info", "/pkcs12/aliases", "/cms/sign"]))
async def test_a_mutilated_key_is_opened_or_refused(client: httpx.AsyncClient, file: bytes, path: str) -> None:
    signer = {"key": base64.b64encode(file).decode(), "password": PASSWORD}
    await answered(client, path, {"keys": [signer], "signers": [signer], "data": "AAAA"})


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"\xff", b"[" * 5000, b'{"cms": "\\ud800"}'])
async def test_a_body_that_is_no_json_is_a_clients_mistake(client: httpx.AsyncClient, body: bytes) -> None:
    for path in PATHS:
        for kind in ("application/json", "text/plain", ""):
            response = await client.post(path, content=body, headers={"Content-Type": kind} if kind else {})
            assert response.status_code == 400, (path, body, response.text)
            assert response.json()["status"] == 400


async def test_a_body_beyond_the_limit_is_refused(client: httpx.AsyncClient, lasting_parties: Parties) -> None:
    most = lasting_parties.services["registry"].settings.max_body

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(most // 1000 + 2):
            yield b" " * 1000

    for content in (b" " * (most + 1), pieces()):
        response = await client.post("/cms/verify", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == 413
