"""What the token and the key of a service open: itself, and no other; and what a session of a person opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey, KeySet
from joserfc.jwt import decode

from aimaq.access import administration
from aimaq.access.administration import assertion
from aimaq.access.permissions import PERMISSIONS, ROLES
from aimaq.language.ids import new_key
from aimaq.language.messages import PARTIES
from aimaq.language.signing import jwt
from tests.parties import Parties
from tests.web.problems import problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(lasting_parties: Parties) -> AsyncIterator[Parties]:
    await lasting_parties.start(*PARTIES)
    yield lasting_parties


@pytest_asyncio.fixture(loop_scope="module")
async def five(started: Parties) -> AsyncIterator[Parties]:
    """The five services; after the test nobody has an account, and whose password was guessed wrong need not wait."""
    yield started
    registry = await started.http("registry")
    for one in (await registry.get("/administrators", headers=started.admin())).json():
        gone = await registry.delete(f"/administrators/{one['name']}", headers=started.admin())
        assert gone.status_code == 204, gone.text
    started.clock.advance(timedelta(minutes=10))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def csr() -> str:
    key = new_key()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


async def dead(parties: Parties, at: str, token: str) -> httpx.Response:
    return await (await parties.http(at)).get("/dead", headers=bearer(token))


async def applied(parties: Parties, token: str, **body: str) -> httpx.Response:
    return await (await parties.http("registry")).post("/nca/systems", json=body, headers=bearer(token))


def word(parties: Parties, party: str, audience: str = "registry", *, sub: str = "") -> str:
    """The word of a party's system, signed with its key; `sub` is whom it says it is, if not itself."""
    return assertion(parties.services[party].dependencies.signer, sub or party, audience, parties.clock)


def session(parties: Parties, signed_by: str = "registry", **claims: Any) -> str:
    """A session as the registry makes them, or with other claims."""
    until = parties.clock.now() + timedelta(minutes=10)
    usual = {"sub": "dana", "aud": "lea", "exp": int(until.timestamp()), "permissions": sorted(ROLES["operator"])}
    signer = parties.services[signed_by].dependencies.signer
    return jwt.issue(signer, administration.SESSION, usual | claims)


async def test_the_token_of_a_service_opens_it_and_no_other(five: Parties) -> None:
    for whose in PARTIES:
        token = five.services[whose].administration.token
        opened = [at for at in PARTIES if (await dead(five, at, token)).status_code == 200]
        assert opened == [whose]


async def test_one_system_is_not_certified_as_another(five: Parties) -> None:
    portal, request = five.services["portal"], csr()
    mine = portal.dependencies.signer.sign(request.encode())
    problem(await applied(five, portal.administration.token, party="con", csr=request), 403, "not-allowed")
    by_word = await applied(five, word(five, "portal"), party="con", csr=request, proof=mine)
    problem(by_word, 403, "not-allowed", field="party", rule="own certificate")
    as_con = await applied(five, word(five, "portal", sub="con"), party="con", csr=request, proof=mine)
    problem(as_con, 403, "not-allowed")


async def test_a_system_is_certified_for_a_proof_of_its_key(five: Parties) -> None:
    portal, con = (five.services[name].dependencies.signer for name in ("portal", "con"))
    request, word_ = csr(), word(five, "portal")
    problem(await applied(five, word_, party="portal", csr=request), 422, "bad-signature", field="proof")
    of_con = con.sign(request.encode())
    problem(await applied(five, word_, party="portal", csr=request, proof=of_con), 422, "bad-signature")
    of_another = portal.sign(csr().encode())
    problem(await applied(five, word_, party="portal", csr=request, proof=of_another), 422, "bad-signature")
    whole = {"party": "portal", "csr": request, "proof": portal.sign(request.encode())}
    named = await applied(five, word_, **whole, bin="050140000009", organisation="Бөтен")
    problem(named, 403, "not-allowed", rule="own certificate")
    right = await applied(five, word_, **whole)
    assert right.status_code == 201, right.text


async def test_the_administrator_of_the_registry_certifies_any_system(five: Parties) -> None:
    token = five.services["registry"].administration.token
    assert (await applied(five, token, party="con", csr=csr())).status_code == 201


async def test_no_system_reads_the_roster_in_the_name_of_another(five: Parties) -> None:
    registry = await five.http("registry")
    for reader, expected in (("portal", 200), ("con", 403)):
        answer = await registry.get(f"/nca/systems?reader={reader}", headers=bearer(word(five, "portal")))
        assert answer.status_code == expected
    assert (await registry.get("/nca/systems?reader=portal")).status_code == 401
    other = five.services["portal"].administration.token
    assert (await registry.get("/nca/systems?reader=portal", headers=bearer(other))).status_code == 403


async def test_a_systems_word_counts_where_it_is_meant_for_and_soon(five: Parties) -> None:
    registry = await five.http("registry")
    late, elsewhere = word(five, "portal"), word(five, "portal", "gateway")
    five.clock.advance(administration.ASSERTION_LIFE)
    for token in (late, elsewhere):
        assert (await registry.get("/nca/systems?reader=portal", headers=bearer(token))).status_code == 403
    assert (await dead(five, "portal", word(five, "portal", "portal"))).status_code == 403


async def test_a_session_of_the_registry_opens_the_service_that_it_is_for(five: Parties) -> None:
    token = session(five)
    opened = [at for at in PARTIES if (await dead(five, at, token)).status_code == 200]
    assert opened == ["lea"]
    five.clock.advance(timedelta(minutes=10))
    assert (await dead(five, "lea", token)).status_code == 403


@pytest.mark.parametrize("signed_by", ["portal", "lea", "gateway"])
async def test_a_session_that_another_signed_opens_nothing(five: Parties, signed_by: str) -> None:
    assert (await dead(five, "lea", session(five, signed_by))).status_code == 403


async def test_a_session_does_what_its_permissions_are(five: Parties) -> None:
    lea, gateway = await five.http("lea"), await five.http("gateway")
    viewer = bearer(session(five, permissions=sorted(ROLES["viewer"])))
    assert (await lea.get("/dead", headers=viewer)).status_code == 200
    refused = await lea.delete("/dead/nothing", headers=viewer)
    document = problem(refused, 403, "not-allowed", rule="dead-letters.drop")
    assert document["detail"] == "your roles do not permit this: dead-letters.drop"
    operator = bearer(session(five, aud="gateway"))
    assert (await gateway.post("/clock", json={"by": "1s"}, headers=operator)).status_code == 200
    auditor = bearer(session(five, aud="gateway", permissions=sorted(ROLES["auditor"])))
    assert (await gateway.post("/clock", json={"by": "1s"}, headers=auditor)).status_code == 403
    unknown = bearer(session(five, permissions=["everything", 7]))
    assert (await lea.get("/dead", headers=unknown)).status_code == 403


@pytest.mark.parametrize(
    ("permissions", "requeued", "dropped"),
    [
        (["dead-letters.requeue"], 404, 403),
        (["dead-letters.drop"], 403, 404),
        (["dead-letters.return", "dead-letters.read"], 403, 403),
        (["dead-letters.write"], 404, 404),
    ],
)
async def test_to_put_back_and_to_drop_are_two_permissions_and_an_earlier_session_has_both(
    five: Parties, permissions: list[str], requeued: int, dropped: int
) -> None:
    lea, token = await five.http("lea"), bearer(session(five, permissions=permissions))
    assert (await lea.post("/dead/nothing/requeue", headers=token)).status_code == requeued
    assert (await lea.delete("/dead/nothing", headers=token)).status_code == dropped


async def test_a_session_bound_to_a_party_opens_that_party_alone(five: Parties) -> None:
    assert (await dead(five, "lea", session(five, party="lea"))).status_code == 200
    assert (await dead(five, "lea", session(five, party="con"))).status_code == 403


@pytest.mark.parametrize("broken", ["", "a.b.c", "x" * 5000, "e30.e30.e30"])
async def test_what_is_no_session_opens_nothing(five: Parties, broken: str) -> None:
    assert (await dead(five, "lea", broken)).status_code in (401, 403)


async def test_a_token_of_another_kind_is_no_session(five: Parties) -> None:
    signer = five.services["registry"].dependencies.signer
    until = int((five.clock.now() + timedelta(minutes=1)).timestamp())
    claims = {"sub": "dana", "aud": "lea", "exp": until, "permissions": sorted(PERMISSIONS)}
    for kind in (administration.ASSERTION, "JWT"):
        assert (await dead(five, "lea", jwt.issue(signer, kind, claims))).status_code == 403
    for lacking in ("aud", "exp"):
        without = {name: value for name, value in claims.items() if name != lacking}
        assert (await dead(five, "lea", jwt.issue(signer, administration.SESSION, without))).status_code == 403


async def test_whoever_changes_something_is_named_in_the_log(five: Parties, caplog: pytest.LogCaptureFixture) -> None:
    lea = await five.http("lea")
    with caplog.at_level("INFO", logger="aimaq.audit"):
        await lea.patch("/users/900101300017", json={"disabled": True}, headers=bearer(session(five)))
        permissions = sorted(PERMISSIONS)
        token = session(five, permissions=permissions)
        await lea.patch("/users/900101300017", json={"disabled": True}, headers=bearer(token))
    (line,) = [record.getMessage() for record in caplog.records if record.name == "aimaq.audit"]
    assert line == "lea: PATCH /users/{iin} by dana"


async def account(five: Parties, name: str, token: str = "", **what: Any) -> httpx.Response:
    """An account that the registry's token makes, or another's."""
    registry = await five.http("registry")
    headers = bearer(token or five.services["registry"].administration.token)
    body = {"roles": ["operator"], "password": "a long enough one"} | what
    return await registry.put(f"/administrators/{name}", json=body, headers=headers)


async def signed_in(five: Parties, name: str, audience: str, password: str = "a long enough one") -> httpx.Response:
    registry = await five.http("registry")
    body = {"name": name, "password": password, "audience": audience}
    return await registry.post("/administrators/sessions", json=body)


async def test_who_has_an_account_opens_a_session_at_one_service(five: Parties) -> None:
    assert (await account(five, "dana")).status_code == 200
    opened = await signed_in(five, "dana", "lea")
    assert opened.status_code == 201, opened.text
    assert datetime.fromisoformat(opened.json()["until"]) == five.clock.now() + timedelta(minutes=10)
    token = opened.json()["token"]
    assert [at for at in PARTIES if (await dead(five, at, token)).status_code == 200] == ["lea"]
    problem(await account(five, "eve", token), 403, "not-allowed")
    at_the_registry = (await signed_in(five, "dana", "registry")).json()["token"]
    problem(await account(five, "eve", at_the_registry), 403, "not-allowed", rule="administrators.write")


async def test_only_an_administrator_makes_accounts_and_sees_them(five: Parties) -> None:
    registry = await five.http("registry")
    assert (await account(five, "aida", roles=["administrator"])).status_code == 200
    token = (await signed_in(five, "aida", "registry")).json()["token"]
    assert (await account(five, "dana", token, roles=["auditor"], party="lea")).status_code == 200
    listed = (await registry.get("/administrators", headers=bearer(token))).json()
    assert [(one["name"], one["roles"], one["party"]) for one in listed] == [
        ("aida", ["administrator"], None),
        ("dana", ["auditor"], "lea"),
    ]
    problem(await registry.get("/administrators"), 401, "not-authenticated")
    for at in ("portal", "lea"):
        problem(await account(five, "eve", five.services[at].administration.token), 403, "not-allowed")


async def test_an_account_that_is_bound_has_sessions_at_its_party_alone(five: Parties) -> None:
    await account(five, "dana", party="lea")
    assert (await signed_in(five, "dana", "lea")).status_code == 201
    problem(await signed_in(five, "dana", "gateway"), 403, "not-allowed", rule="own party")


async def test_an_account_of_a_body_has_sessions_at_the_gateway_that_say_so(five: Parties) -> None:
    made = await account(five, "dana", roles=["viewer"], body="lea:mamlyut-employment")
    assert made.json()["body"] == "lea:mamlyut-employment"
    problem(await signed_in(five, "dana", "lea"), 403, "not-allowed", rule="own body")
    token = (await signed_in(five, "dana", "gateway")).json()["token"]
    principal = five.services["gateway"].administration.principal(token)
    assert principal is not None
    assert (principal.body, principal.roles, principal.party) == ("lea:mamlyut-employment", ("viewer",), "")
    problem(await account(five, "dana", party="gateway"), 422, "invalid-input", field="body", rule="party or body")
    for wrong in ("lea", "lea:", "portal:x", "lea:<b>", "lea:" + "x" * 80):
        problem(await account(five, "eve", body=wrong), 422, "invalid-input", field="body")
    assert (await account(five, "dana", body=None, party="lea")).status_code == 200
    assert (await signed_in(five, "dana", "lea")).status_code == 201


async def test_who_is_bound_to_a_party_unbinds_nobody(five: Parties) -> None:
    registry = await five.http("registry")
    await account(five, "dana", roles=["administrator"], party="registry")
    await account(five, "aida", roles=["administrator"])
    token = (await signed_in(five, "dana", "registry")).json()["token"]
    for name, what in (
        ("dana", {"party": None}),
        ("dana", {"party": "lea"}),
        ("eve", {"roles": ["administrator"]}),
        ("eve", {"roles": ["administrator"], "body": "lea:oral-employment"}),
        ("aida", {"password": "another long one"}),
        ("aida", {"party": "registry"}),
    ):
        problem(await account(five, name, token, **what), 403, "not-allowed", field="party", rule="own party")
    problem(await registry.delete("/administrators/aida", headers=bearer(token)), 403, "not-allowed", field="party")
    assert (await account(five, "eve", token, party="registry")).status_code == 200
    assert (await registry.delete("/administrators/eve", headers=bearer(token))).status_code == 204


async def test_no_account_passes_for_a_service_s_token_in_the_log(
    five: Parties, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="aimaq.audit"):
        await account(five, "dana")
    line = caplog.messages[-1]
    assert line == "registry: PUT /administrators/{name} by the token of registry"
    problem(await account(five, line.rpartition(" by ")[2]), 422, "invalid-input")


async def test_an_account_is_changed_disabled_and_deleted(five: Parties) -> None:
    registry, token = await five.http("registry"), five.services["registry"].administration.token
    for lacking, sent in (("password", {"roles": ["viewer"]}), ("roles", {"password": "a long enough one"})):
        made = await registry.put("/administrators/dana", json=sent, headers=bearer(token))
        problem(made, 422, "invalid-input", field=lacking)
    problem(await account(five, "dana", roles=["king"]), 422, "invalid-input", field="roles")
    problem(await account(five, "dana", password="short"), 422, "invalid-input", field="password")
    await account(five, "dana")
    assert (await account(five, "dana", password=None, disabled=True)).json()["disabled"] is True
    problem(await signed_in(five, "dana", "lea"), 401, "not-authenticated")
    await account(five, "dana", password="another long one", disabled=False)
    statuses = [(await signed_in(five, "dana", "lea", one)).status_code for one in ("another long one", "a wrong one")]
    assert statuses == [201, 401]
    assert (await registry.delete("/administrators/dana", headers=bearer(token))).status_code == 204
    problem(await registry.delete("/administrators/dana", headers=bearer(token)), 404, "not-found")
    problem(await signed_in(five, "dana", "lea", "another long one"), 401, "not-authenticated")


@pytest.mark.parametrize(
    "sent", [{"roles": ["viewer"]}, {"party": None}, {"disabled": False}, {"password": "another long one"}, {}]
)
async def test_what_a_change_of_an_account_does_not_name_stays(five: Parties, sent: dict[str, Any]) -> None:
    registry, token = await five.http("registry"), five.services["registry"].administration.token
    before = (await account(five, "dana", party="lea", disabled=True)).json()
    changed = await registry.put("/administrators/dana", json=sent, headers=bearer(token))
    assert changed.status_code == 200, changed.text
    shown = {name: value for name, value in sent.items() if name != "password"}
    assert changed.json() == before | shown
    assert (await registry.get("/administrators", headers=bearer(token))).json() == [before | shown]
    await registry.put("/administrators/dana", json={"disabled": False}, headers=bearer(token))
    password = sent.get("password", "a long enough one")
    assert (await signed_in(five, "dana", "lea", password)).status_code == 201


async def test_guesses_at_the_password_of_an_account_are_limited(five: Parties) -> None:
    await account(five, "dana")
    statuses = [(await signed_in(five, "dana", "lea", f"guess {n}")).status_code for n in range(7)]
    assert statuses == 5 * [401] + 2 * [429]
    assert (await signed_in(five, "dana", "lea")).status_code == 429
    five.clock.advance(timedelta(seconds=300))
    assert (await signed_in(five, "dana", "lea")).status_code == 201


async def test_the_registry_publishes_its_key_and_the_table_of_roles(five: Parties) -> None:
    registry = await five.http("registry")
    (key,) = (await registry.get("/.well-known/jwks.json")).json()["keys"]
    await account(five, "dana")
    token = (await signed_in(five, "dana", "lea")).json()["token"]
    assert (key["use"], key["alg"], key["kid"]) == ("sig", "ES256", ECKey.import_key(key).thumbprint())
    another = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=False, auto_kid=True)
    opened = decode(token, KeySet([another, ECKey.import_key(key)]))
    assert opened.header["x5t#S256"] == key["x5t#S256"]
    claims = opened.claims
    assert (claims["sub"], claims["aud"], claims["permissions"]) == ("dana", "lea", sorted(ROLES["operator"]))
    table = {one["role"]: set(one["permissions"]) for one in (await registry.get("/administrators/roles")).json()}
    assert table == {name: set(permissions) for name, permissions in ROLES.items()}
