"""What the registry signs as NCANode: openssl and pyhanko verify it, alone and with others, stamped or not."""

from __future__ import annotations

from typing import Any

import pytest
from asn1crypto import cms as asn1
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature, async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext

from aimaq.eds.cms import reader
from registry_svc.nca.authority import STAMPS_POLICY
from stand.signatures.craft import changed
from tests.eds.pki import DOCUMENT, IIN, RSA_KEY
from tests.eds.test_pyhanko import loaded
from tests.registry.ncanode import Failed, accepted, b64, by_openssl, client, databases, holder
from tests.registry.witness import Witness

pytestmark = pytest.mark.slow

__all__ = ["databases"]


async def test_a_client_written_from_the_interface_alone_signs_verifies_and_extracts(witness: Witness) -> None:
    node, key = client(witness), await holder(witness)
    signature = await node.sign(DOCUMENT, key)
    answer = await node.verify(signature, checks=["OCSP", "CRL"])
    assert answer["valid"] is True
    (signer,) = answer["signers"]
    (certificate,) = signer["certificates"]
    assert certificate["subject"]["iin"] == IIN
    assert certificate["keyUsage"] == "SIGN"
    assert [(one["by"], one["revoked"]) for one in certificate["revocations"]] == [("OCSP", False), ("CRL", False)]
    assert await node.extract(signature) == DOCUMENT


@pytest.mark.parametrize("key", [None, RSA_KEY], ids=["P-256", "RSA-2048"])
@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
async def test_openssl_and_pyhanko_verify_what_it_signs(witness: Witness, key: Any, detached: bool) -> None:
    node, file = client(witness), await holder(witness, key=key)
    signature = await node.sign(DOCUMENT, file, detached=detached)
    assert reader.document_in(signature) == (None if detached else DOCUMENT)
    assert await accepted(witness, signature, DOCUMENT if detached else None)
    assert not await accepted(witness, signature, DOCUMENT + b".")
    assert not await accepted(witness, changed(signature), DOCUMENT if detached else None)
    assert (await judged_by_pyhanko(witness, signature)).startswith("INTACT:TRUSTED")


async def judged_by_pyhanko(witness: Witness, signature: bytes) -> str:
    issuing, root = [loaded(await witness.get(f"/nca/ca/{name}")) for name in ("issuing", "root")]
    lists = [await witness.get(f"/nca/{name}") for name in ("crl", "crl/delta", "crl/root")]
    context = ValidationContext(
        trust_roots=[root],
        other_certs=[issuing],
        moment=witness.parties.clock.now(),
        crls=lists,
        revocation_mode="require",
    )
    signed, signing = asn1.ContentInfo.load(signature)["content"], KeyUsageConstraints(key_usage={"non_repudiation"})
    if reader.document_in(signature) is None:
        detached = await async_validate_detached_cms(
            DOCUMENT, signed, signer_validation_context=context, key_usage_settings=signing
        )
        return detached.summary()
    status = await async_validate_cms_signature(
        signed, status_cls=StandardCMSSignatureStatus, validation_context=context, key_usage_settings=signing
    )
    return status.summary()


async def test_several_sign_at_once_and_others_after_them(witness: Witness) -> None:
    node = client(witness)
    first, second = await holder(witness), await holder(witness, "second", key=RSA_KEY, surname="Жақыпов")
    third = await holder(witness, "third", surname="Петров", given="Илья")
    both = await node.sign(DOCUMENT, first, second)
    all_three = await node.add(both, third)
    answer = await node.verify(all_three)
    assert answer["valid"]
    names = [one["certificates"][0]["subject"]["surName"] for one in answer["signers"]]
    assert names == ["АХМЕТОВА", "ЖАҚЫПОВ", "ПЕТРОВ"]
    assert await accepted(witness, all_three)
    assert await node.extract(all_three) == DOCUMENT
    assert not (await node.verify(changed(all_three)))["valid"]


async def test_signatures_are_put_to_what_others_signed(witness: Witness) -> None:
    node, first = client(witness), await holder(witness)
    second = await holder(witness, "second", surname="Жақыпов")
    for options in (("-nodetach",), ("-nodetach", "-stream"), ("-nodetach", "-keyid")):
        more = await node.add(await by_openssl(witness, "-cades", *options), second)
        assert await accepted(witness, more), options
        assert (await node.verify(more))["valid"], options
    detached = await by_openssl(witness, "-cades")
    more = await node.add(detached, second, data=b64(DOCUMENT), detached=True)
    assert await accepted(witness, more, DOCUMENT)
    attached = await node.add(detached, second, data=b64(DOCUMENT))
    assert await accepted(witness, attached)
    assert len((await node.verify(attached))["signers"]) == 2
    with pytest.raises(Failed, match="Data must be specified for detached CMS"):
        await node.add(detached, second)
    with pytest.raises(Failed, match="not what the CMS holds"):
        await node.add(attached, second, data=b64(b"other"))
    with pytest.raises(Failed, match="there are 9 signers"):
        await node.add(attached, *[first] * 7)


async def test_time_stamps_are_those_of_the_stands_authority(witness: Witness) -> None:
    node, first = client(witness), await holder(witness)
    second = await holder(witness, "second")
    now = f"{witness.parties.clock.now():%Y-%m-%dT%H:%M:%S}.000+00:00"
    for asked, policy in (
        (None, "4"),
        ("TSA_GOST_POLICY", "1"),
        ("TSA_GOSTGT_POLICY", "3"),
        ("TSA_GOST2015_POLICY", "4"),
    ):
        signature = await node.sign(DOCUMENT, first, second, withTsp=True, tsaPolicy=asked)
        answer = await node.verify(signature)
        assert answer["valid"]
        for signer, taken in zip(answer["signers"], reader.signatures(signature), strict=True):
            assert isinstance(taken, reader.Signature)
            assert taken.stamp is not None
            tsp = signer["tsp"]
            assert set(tsp) == {"serialNumber", "genTime", "policy", "tspHashAlgorithm", "hash"}
            assert (tsp["genTime"], tsp["policy"]) == (now, f"{STAMPS_POLICY}.{policy}")
            assert tsp["tspHashAlgorithm"] == "SHA256"
            token = asn1.ContentInfo.load(taken.stamp)["content"]["encap_content_info"]["content"].parsed
            assert int(tsp["serialNumber"], 16) == token["serial_number"].native
            assert bytes.fromhex(tsp["hash"]) == token["message_imprint"]["hashed_message"].native
        assert await accepted(witness, signature)
    plain = await node.verify(await node.sign(DOCUMENT, first))
    assert "tsp" not in plain["signers"][0]
    late = await node.add(await node.sign(DOCUMENT, first), second, withTsp=True)
    assert [("tsp" in one) for one in (await node.verify(late))["signers"]] == [False, True]


async def test_it_is_up_and_can_be_switched_off(witness: Witness) -> None:
    response = await witness.session.get(f"{witness.url}/actuator/health")
    assert (response.status_code, response.json()) == (200, {"status": "UP"})
    await witness.parties.stop("registry")
    await witness.parties.start("registry", ncanode="off")
    off = await witness.parties.http("registry")
    assert (await off.get("/actuator/health")).status_code == 404
    assert (await off.post("/cms/verify", json={"cms": "AAAA"})).status_code == 404
