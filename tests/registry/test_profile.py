"""The profile of the national authority, certificate by certificate: what an independent reader and openssl find."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding

from tests.eds.pki import BIN, IIN, RSA_KEY, curve_key
from tests.parties import Parties
from tests.registry.witness import Witness, witnessing

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

MAIL, CLIENT = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2"
PERSON, OFFICE, POLICY = "1.2.398.3.3.4.1.1", "1.2.398.3.3.4.1.2", "1.2.398.3.3.2"
SIGNS, SIGNS_IN = {"digital_signature", "non_repudiation"}, {"digital_signature", "key_encipherment"}
IN_OFFICE = {"bin": BIN, "organisation": "Жұмыспен қамту бөлімі"}

PROFILES: dict[str, tuple[dict[str, Any], set[str], list[str], str]] = {
    "a person signs": ({}, SIGNS, [MAIL, PERSON], f"{POLICY}.3"),
    "a person signs in": ({"usage": "AUTH"}, SIGNS_IN, [CLIENT, PERSON], f"{POLICY}.4"),
    **{
        f"{role} {'signs' if usage == 'SIGN' else 'signs in'}": (
            {"role": role, "usage": usage, **IN_OFFICE},
            SIGNS if usage == "SIGN" else SIGNS_IN,
            [MAIL if usage == "SIGN" else CLIENT, OFFICE, f"{OFFICE}.{n}"],
            f"{POLICY}.{1 if usage == 'SIGN' else 2}",
        )
        for n, role in enumerate(("ceo", "can-sign", "can-sign-financial", "hr", "employee"), 1)
        for usage in ("SIGN", "AUTH")
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness(lasting_parties: Parties, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Witness]:
    """The registry of all tests of this module, each of which looks at what was issued to it."""
    async with witnessing(lasting_parties, tmp_path_factory.mktemp("witness")) as made:
        yield made


@pytest.mark.parametrize("what", PROFILES)
async def test_key_usage_roles_and_policy_are_those_of_the_profile(witness: Witness, what: str) -> None:
    application, usage, purposes, policy = PROFILES[what]
    made = await witness.issue(patronymic="Серікқызы", **application)
    read = asn1.Certificate.load(made.public_bytes(Encoding.DER), strict=True)
    assert read.key_usage_value.native == usage
    assert [purpose.dotted for purpose in read.extended_key_usage_value] == purposes
    assert [one["policy_identifier"].dotted for one in read.certificate_policies_value] == [policy]
    assert "key_usage" in read.critical_extensions
    assert read.ca is False
    assert read.authority_key_identifier is not None
    assert len(read.key_identifier) == 20
    subject = read.subject.chosen
    attributes = [(part[0]["type"].native, part[0]["value"].native) for part in subject]
    office = [("organization_name", "ЖҰМЫСПЕН ҚАМТУ БӨЛІМІ"), ("organizational_unit_name", f"BIN{BIN}")]
    assert attributes == [
        ("common_name", "АХМЕТОВА АЙГҮЛ"),
        ("surname", "АХМЕТОВА"),
        ("serial_number", f"IIN{IIN}"),
        ("country_name", "KZ"),
        *(office if "bin" in application else []),
        ("given_name", "СЕРІКҚЫЗЫ"),
    ]
    issuer = read.issuer.native
    assert "TEST" in issuer["common_name"]
    assert "AIMAQ" in issuer["common_name"]


@pytest.mark.parametrize("kind", ["rsa", "curve"])
async def test_openssl_verifies_them_for_what_they_are_for(witness: Witness, kind: str) -> None:
    key = RSA_KEY if kind == "rsa" else curve_key()
    for usage, right, wrong in (("SIGN", "smimesign", "sslclient"), ("AUTH", "sslclient", "smimesign")):
        await witness.issue(key=key, usage=usage)
        for purpose, verdict in ((right, "holder.crt: OK"), (wrong, "unsuitable certificate purpose")):
            output = await witness.openssl(
                "verify", "-purpose", purpose, "-CAfile", "ca.pem", *witness.attime, "holder.crt"
            )
            assert verdict in output.text


async def test_openssl_shows_where_the_status_is_told(witness: Witness) -> None:
    await witness.issue()
    shown = (await witness.openssl("x509", "-in", "holder.crt", "-noout", "-text", "-nameopt", "utf8")).text
    for line in (
        f"OCSP - URI:{witness.url}/nca/ocsp",
        f"CA Issuers - URI:{witness.url}/nca/ca/issuing",
        f"URI:{witness.url}/nca/crl\n",
        f"URI:{witness.url}/nca/crl/delta",
    ):
        assert line in shown
    assert "pki.gov.kz" not in shown
