"""What the registry tells of certificates as NCANode: each field, whether they count, and bare signatures."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tests.eds.pki import BIN, IIN, RSA_KEY, Pki
from tests.registry.ncanode import Failed, b64, client, databases
from tests.registry.witness import Witness

__all__ = ["databases"]

FIELDS = {
    "valid",
    "revocations",
    "notBefore",
    "notAfter",
    "keyUsage",
    "serialNumber",
    "signAlg",
    "keyUser",
    "publicKey",
    "signature",
    "subject",
    "issuer",
}
TEXT = "Келісемін / Согласен"


def der(certificate: x509.Certificate) -> bytes:
    """A certificate in DER."""
    return certificate.public_bytes(Encoding.DER)


async def test_every_field_is_what_the_certificate_says(witness: Witness) -> None:
    organisation = {"bin": BIN, "organisation": 'ЖШС "Сынақ, серіктес"', "role": "ceo", "patronymic": "Серікқызы"}
    certificate = await witness.issue(key=RSA_KEY, **organisation)
    answer = await client(witness).certificates(der(certificate))
    assert (answer["status"], answer["message"], answer["valid"]) == (200, "OK", True)
    (info,) = answer["signers"]
    assert set(info) == FIELDS
    read = asn1.Certificate.load(der(certificate))
    assert info["valid"] is True
    assert info["revocations"] == []
    assert info["notBefore"] == f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%S}.000+00:00"
    assert info["notAfter"] == f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%S}.000+00:00"
    assert info["keyUsage"] == "SIGN"
    assert info["serialNumber"] == f"{certificate.serial_number:x}"
    assert info["keyUser"] == ["ORGANIZATION", "CEO"]
    assert base64.b64decode(info["publicKey"]) == read.public_key.dump()
    assert base64.b64decode(info["signature"]) == read["signature_value"].native
    expected = {"sha256_rsa": "SHA256WithRSAEncryption", "sha256_ecdsa": "SHA256withECDSA"}
    assert info["signAlg"] == expected[read["signature_algorithm"]["algorithm"].native]
    dn = (
        f'GIVENNAME=СЕРІКҚЫЗЫ, OU=BIN{BIN}, O="ЖШС \\"СЫНАҚ, СЕРІКТЕС\\"", C=KZ, SERIALNUMBER=IIN{IIN}, '
        "SURNAME=АХМЕТОВА, CN=АХМЕТОВА АЙГҮЛ"
    )
    assert info["subject"] == {
        "commonName": "АХМЕТОВА АЙГҮЛ",
        "lastName": "СЕРІКҚЫЗЫ",
        "surName": "АХМЕТОВА",
        "iin": IIN,
        "bin": BIN,
        "organization": 'ЖШС "СЫНАҚ, СЕРІКТЕС"',
        "country": "KZ",
        "dn": dn,
    }
    name = read.issuer.native["common_name"]
    assert info["issuer"] == {"commonName": name, "country": "KZ", "dn": f"CN={name}, C=KZ"}


async def test_a_certificate_is_taken_in_der_and_pem_with_breaks_and_without(witness: Witness) -> None:
    node, certificate = client(witness), await witness.issue()
    pem = certificate.public_bytes(Encoding.PEM)
    lines = base64.encodebytes(der(certificate)).decode()
    forms = [lines, lines.replace("\n", "\r\n"), b64(der(certificate)), pem.decode(), b64(pem)]
    answer = await node.post("/x509/info", {"certs": forms})
    assert answer["valid"]
    assert {one["serialNumber"] for one in answer["signers"]} == {f"{certificate.serial_number:x}"}
    for form in forms:
        assert (await node.post("/x509/verify", {"certificate": form}))["valid"]


async def test_those_that_do_not_count_are_told(witness: Witness) -> None:
    node = client(witness)
    stranger, good = Pki().person().certificate.der, der(await witness.issue())
    authorities = [await witness.get(f"/nca/ca/{name}") for name in ("issuing", "root")]
    answer = await node.certificates(good, stranger, *authorities, checks=["OCSP", "CRL"])
    assert [one["valid"] for one in answer["signers"]] == [True, False, True, True]
    assert not answer["valid"]
    assert answer["signers"][2]["keyUsage"] == "UNKNOWN"
    witness.parties.clock.advance(timedelta(days=400))
    assert not (await node.certificates(good))["valid"], "it has run out"
    assert not (await node.certificates())["valid"], "there is none"


async def test_what_is_no_certificate_leaves_a_gap(witness: Witness) -> None:
    node, good = client(witness), der(await witness.issue())
    for bad in (good[:-1], b"no certificate", b"", bytes(20_000)):
        answer = await node.certificates(good, bad, good)
        assert (answer["status"], answer["message"]) == (200, "[1]: Invalid certificate given.")
        assert not answer["valid"]
        assert [one is None for one in answer["signers"]] == [False, True, False]
        if bad:
            alone = await node.post("/x509/verify", {"certificate": b64(bad), "signature": "AAAA", "data": "x"})
            assert (alone["valid"], alone["signers"]) == (False, [None])
    for body in ({"certs": ["***"]}, {"certs": "AAAA"}, {"certs": ["AAAA"] * 65}, {}, {"certs": [None]}):
        with pytest.raises(Failed) as failed:
            await node.post("/x509/info", body)
        assert failed.value.status == 400


@pytest.mark.parametrize("key", [None, RSA_KEY], ids=["P-256", "RSA-2048"])
async def test_a_bare_signature_is_checked(witness: Witness, key: Any) -> None:
    node, certificate = client(witness), await witness.issue(key=key)
    private = load_pem_private_key((witness.folder / "holder.key").read_bytes(), None)
    if isinstance(private, rsa.RSAPrivateKey):
        signature = private.sign(TEXT.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        signature = private.sign(TEXT.encode(), ec.ECDSA(hashes.SHA256()))
    body = {"certificate": b64(der(certificate)), "signature": b64(signature), "data": TEXT}
    assert (await node.post("/x509/verify", body | {"revocationCheck": ["OCSP"]}))["valid"]
    for other in (
        {"data": TEXT + "."},
        {"signature": b64(signature[:-1])},
        {"signature": ""},
        {"signature": b64(TEXT.encode())},
    ):
        answer = await node.post("/x509/verify", body | other)
        assert (answer["valid"], answer["signers"][0]["valid"]) == (False, True)
    wrong: list[dict[str, Any]] = [
        {"data": None},
        {"signature": "*"},
        {"certificate": ""},
        {"certificate": "-----BEGIN"},
    ]
    for change in wrong:
        with pytest.raises(Failed) as failed:
            await node.post("/x509/verify", body | change)
        assert failed.value.status == 400
    await witness.call("POST", "/nca/suspensions", {"serial": f"{certificate.serial_number:x}"})
    answer = await node.post("/x509/verify", body | {"revocationCheck": ["CRL"]})
    assert not answer["valid"]
    assert answer["signers"][0]["revocations"][0]["reason"] == "CERTIFICATE_HOLD"
