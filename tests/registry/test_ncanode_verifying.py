"""What others sign, before the registry as NCANode: whether it is good, who signed, and why it cannot be told."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import cms as asn1

from aimaq.eds.cms import reader
from aimaq.eds.timestamp import token
from stand.signatures.craft import changed, holding, streamed
from tests.eds.pki import DOCUMENT, RSA_KEY, Pki
from tests.registry.ncanode import Client, Failed, b64, by_openssl, client, databases, exported, holder
from tests.registry.witness import Witness

pytestmark = pytest.mark.slow

__all__ = ["databases"]


@pytest.mark.parametrize(
    "options",
    [
        ("-cades", "-nodetach"),
        ("-nodetach", "-stream"),
        ("-nodetach", "-md", "sha512"),
        ("-nodetach", "-noattr"),
        ("-cades", "-nodetach", "-certfile", "ca.pem"),
    ],
)
async def test_what_openssl_signs_is_good(witness: Witness, options: tuple[str, ...]) -> None:
    node = client(witness)
    await witness.issue()
    signature = await by_openssl(witness, *options)
    assert (await node.verify(signature))["valid"]
    assert (await node.verify(signature, DOCUMENT))["valid"]
    assert not (await node.verify(signature, DOCUMENT + b"."))["valid"]
    (taken,) = reader.signatures(signature)
    assert isinstance(taken, reader.Signature)
    assert not (await node.verify(signature.replace(taken.value, changed(taken.value))))["valid"]
    assert await node.extract(signature) == DOCUMENT


async def test_who_signed_in_a_way_that_is_not_known_here_is_told_all_the_same(witness: Witness) -> None:
    node = client(witness)
    certificate = await witness.issue(key=RSA_KEY)
    for options in (("-md", "sha1"), ("-keyopt", "rsa_padding_mode:pss")):
        output = await node.verify(await by_openssl(witness, "-nodetach", *options), checks=["CRL"])
        assert not output["valid"]
        (known,) = output["signers"][0]["certificates"]
        assert (known["valid"], known["serialNumber"]) == (True, f"{certificate.serial_number:x}")
    output = await node.verify(await by_openssl(witness, "-nodetach", "-nocerts"))
    assert (output["valid"], output["signers"]) == (False, [{"certificates": []}])


async def test_a_detached_one_needs_its_data(witness: Witness) -> None:
    node = client(witness)
    await witness.issue()
    signature = await by_openssl(witness, "-cades")
    assert (await node.verify(signature, DOCUMENT))["valid"]
    assert not (await node.verify(signature, b""))["valid"]
    with pytest.raises(Failed, match="Data must be specified for detached CMS") as failed:
        await node.verify(signature)
    assert failed.value.status == 400
    with pytest.raises(Failed, match="CMS doesn't have signed content"):
        await node.extract(signature)


async def test_what_was_exchanged_inside_is_found(witness: Witness) -> None:
    node, key = client(witness), await holder(witness)
    signature = await node.sign(DOCUMENT, key, detached=True)
    for other in (holding(signature, b"other"), streamed(signature, b"other", 2)):
        answer = await node.verify(other)
        assert not answer["valid"]
        assert answer["signers"][0]["certificates"][0]["valid"]


async def test_a_withdrawn_certificate_is_told_of_by_those_who_are_asked(witness: Witness) -> None:
    node, key = client(witness), await holder(witness)
    serial = f"{(await witness.issue('other')).serial_number:x}"
    signature = await node.sign(DOCUMENT, await exported(witness, "other"))
    now = f"{witness.parties.clock.now():%Y-%m-%dT%H:%M:%S}"
    for path, reason in (("suspensions", "CERTIFICATE_HOLD"), ("revocations", "KEY_COMPROMISE")):
        body = {"serial": serial} | ({"reason": "keyCompromise"} if path == "revocations" else {})
        await witness.call("POST", f"/nca/{path}", body)
        for checks in (["OCSP"], ["CRL"], ["CRL", "OCSP"]):
            answer = await node.verify(signature, checks=checks)
            assert not answer["valid"]
            certificate = answer["signers"][0]["certificates"][0]
            assert not certificate["valid"]
            assert {one["by"] for one in certificate["revocations"]} == set(checks)
            for one in certificate["revocations"]:
                assert (one["revoked"], one["reason"]) == (True, reason)
                assert one["revocationTime"].startswith(now)
        assert (await node.verify(signature))["valid"], "nobody was asked"
    assert (await node.verify(await node.sign(DOCUMENT, key), checks=["OCSP"]))["valid"]


async def test_a_stranger_and_an_authentication_key_are_told_as_they_are(witness: Witness) -> None:
    node = client(witness)
    answer = await node.verify(Pki().person().sign(attached=True), checks=["OCSP", "CRL"])
    assert not answer["valid"]
    (certificate,) = answer["signers"][0]["certificates"]
    assert not certificate["valid"]
    assert [(one["by"], one["revoked"]) for one in certificate["revocations"]] == [("OCSP", False), ("CRL", False)]
    signed = await node.sign(DOCUMENT, await holder(witness, usage="AUTH"))
    answer = await node.verify(signed)
    assert answer["valid"], "NCANode asks nothing of what the certificate is for, and says it"
    assert answer["signers"][0]["certificates"][0]["keyUsage"] == "AUTH"


async def test_a_time_stamp_proves_a_time_at_which_the_certificate_was_in_date(witness: Witness) -> None:
    node, key = client(witness), await holder(witness)
    plain, stamped = [await node.sign(DOCUMENT, key, withTsp=with_tsp) for with_tsp in (False, True)]
    witness.parties.clock.advance(timedelta(days=400))
    assert not (await node.verify(plain))["valid"]
    assert (await node.verify(stamped))["valid"]
    taken = reader.take_apart(stamped)
    assert taken.stamp is not None
    moved = token.stamped(plain, taken.stamp)
    answer = await node.verify(moved)
    assert not answer["valid"], "the time stamp is over another signature"
    assert "tsp" not in answer["signers"][0]


async def test_pem_and_line_breaks_are_taken(witness: Witness) -> None:
    node, key = client(witness), await holder(witness)
    signature = await node.sign(DOCUMENT, key)
    lines = base64.encodebytes(signature).decode()
    pem = f"-----BEGIN CMS-----\n{lines}-----END CMS-----\n"
    for text in (lines, lines.replace("\n", "\r\n"), b64(signature).rstrip("="), pem, b64(pem.encode())):
        assert (await node.post("/cms/verify", {"cms": text, "revocationCheck": None}))["valid"]
    body = {"data": b64(DOCUMENT), "signers": [{"key": base64.encodebytes(key).decode(), "password": "Qwerty12"}]}
    extra: dict[str, Any] = {"withTsp": None, "detached": None, "tsaPolicy": None, "unknown": {"field": 1}, "cms": None}
    assert (await node.post("/cms/sign", body | extra))["status"] == 200


async def refused(node: Client, path: str, body: Any) -> tuple[int, str]:
    with pytest.raises(Failed) as failed:
        await node.post(path, body)
    return failed.value.status, failed.value.message


async def test_what_cannot_be_read_is_refused_in_ncanodes_shape(witness: Witness) -> None:
    node, key = client(witness), await holder(witness)
    signature = await node.sign(DOCUMENT, key)
    signer = {"key": b64(key), "password": "Qwerty12"}
    wrong: list[tuple[str, Any, str]] = [
        ("/cms/verify", {"cms": "***"}, "cms: Invalid Base64 format."),
        ("/cms/verify", {"cms": b64(signature[:100])}, "cannot be read"),
        ("/cms/verify", {"cms": ""}, "cms"),
        ("/cms/verify", {"cms": b64(signature), "data": "*"}, "data: Invalid Base64 format."),
        ("/cms/verify", {"cms": b64(signature), "revocationCheck": ["TSP"]}, "revocationCheck.0"),
        ("/cms/verify", {}, "cms: Field required"),
        ("/cms/extract", {"cms": "-----BEGIN CMS-----"}, "PEM"),
        ("/cms/sign", {"data": b64(DOCUMENT), "signers": []}, "signers"),
        ("/cms/sign", {"signers": [signer]}, "data: must not be empty"),
        ("/cms/sign", {"data": "*", "signers": [signer]}, "data: Invalid Base64 format."),
        ("/cms/sign", {"data": b64(DOCUMENT), "signers": [signer], "tsaPolicy": "TSA_RSA_POLICY"}, "tsaPolicy"),
        ("/cms/sign/add", {"data": b64(DOCUMENT), "signers": [signer]}, "CMS argument not specified"),
        ("/cms/sign/add", {"cms": b64(b"0"), "signers": [signer]}, "cannot be read"),
        ("/cms/sign", [], "valid"),
    ]
    for path, body, what in wrong:
        status, message = await refused(node, path, body)
        assert (status, what in message) == (400, True), (path, body, message)
        assert "Qwerty12" not in message


async def test_a_cms_that_nobody_signed_is_not_found(witness: Witness) -> None:
    signed = asn1.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "signer_infos": [],
            "encap_content_info": {"content_type": "data", "content": DOCUMENT},
        }
    )
    empty = asn1.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    status, message = await refused(client(witness), "/cms/verify", {"cms": b64(empty)})
    assert (status, message) == (404, "No signatures found")
    assert await client(witness).extract(empty) == DOCUMENT
