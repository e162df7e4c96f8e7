"""A second witness, which knows nothing of ours: pyhanko judges our signatures, and ours judges pyhanko's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asn1crypto import cms as asn1
from asn1crypto import keys, x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature, async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from aimaq.eds.cms import reader
from aimaq.eds.timestamp import token as stamp
from aimaq.eds.verdict import Asked, judge
from aimaq.eds.x509.certificates import Certificate
from aimaq.language.ids import Ids
from registry_svc.nca.authority import Authority
from stand.signatures.craft import holding
from tests.eds.pki import DOCUMENT, IIN, NOW, RSA_KEY, Holder, Pki, curve_key
from tests.eds.tsa import Tsa, appointed

LATER = timedelta(seconds=1)
SIGNING = KeyUsageConstraints(key_usage={"non_repudiation"})


@pytest.fixture(params=["P-256", "RSA-2048"])
def holder(request: pytest.FixtureRequest, pki: Pki) -> Holder:
    return pki.person(key=RSA_KEY if request.param == "RSA-2048" else curve_key())


def loaded(der: bytes) -> x509.Certificate:
    return x509.Certificate.load(der)


def authorities(pki: Pki) -> list[x509.Certificate]:
    return [loaded(one.public_bytes(Encoding.DER)) for one in (pki.authority.root, pki.authority.certificate)]


async def judged(
    pki: Pki, signature: bytes, *revoked: Certificate, document: bytes = DOCUMENT
) -> StandardCMSSignatureStatus:
    return await async_validate_detached_cms(
        document,
        asn1.ContentInfo.load(signature)["content"],
        signer_validation_context=context(pki, *revoked),
        ts_validation_context=context(pki, *revoked),
        key_usage_settings=SIGNING,
    )


async def validated(pki: Pki, signature: bytes) -> StandardCMSSignatureStatus:
    """What is found in one with the document inside."""
    return await async_validate_cms_signature(
        asn1.ContentInfo.load(signature)["content"],
        status_cls=StandardCMSSignatureStatus,
        validation_context=context(pki),
        key_usage_settings=SIGNING,
    )


def context(pki: Pki, *revoked: Certificate) -> ValidationContext:
    root, issuing = authorities(pki)
    roots = Authority(pki.authority.root, pki.authority.root, pki.root_key, pki.clock, Ids(pki.clock))
    return ValidationContext(
        trust_roots=[root],
        other_certs=[issuing],
        moment=NOW + LATER,
        crls=[pki.crl_der(*revoked), roots.revocation_list(1, []).der],
        revocation_mode="require",
    )


async def test_pyhanko_trusts_our_signature_with_and_without_a_time_stamp(pki: Pki, holder: Holder) -> None:
    signed = holder.sign()
    plain = await judged(pki, signed)
    assert plain.summary().startswith("INTACT:TRUSTED")
    token = Tsa(pki).token(reader.take_apart(signed).value)
    status = await judged(pki, stamp.stamped(signed, token))
    assert status.summary().startswith("INTACT:TRUSTED")
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.intact
    assert status.timestamp_validity.trusted
    assert status.timestamp_validity.timestamp == NOW


async def test_pyhanko_finds_what_is_wrong_with_ours(pki: Pki, holder: Holder) -> None:
    signed = holder.sign()
    assert not (await judged(pki, signed, document=DOCUMENT + b".")).intact
    assert "REVOKED" in (await judged(pki, signed, holder.certificate)).summary()
    assert not (await judged(pki, Pki().person().sign())).trusted


async def test_we_accept_what_pyhanko_signs_with_and_without_a_time_stamp(pki: Pki, holder: Holder) -> None:
    made = await by_pyhanko(pki, holder, None)
    authority = appointed(pki, key=RSA_KEY)
    tsa = DummyTimeStamper(loaded(authority.certificate.der), private(authority), fixed_dt=NOW)
    stamped = await by_pyhanko(pki, holder, tsa)
    crl = pki.crl()
    for signature, at in ((made, None), (stamped, NOW)):
        verdict = judge(
            DOCUMENT, reader.signatures(signature), Asked(iin=IIN), NOW, pki.trust, lambda one: crl.status(one, NOW)
        )
        assert verdict.findings == ()
        assert verdict.signed_at == at


async def test_pyhanko_trusts_ours_with_the_document_inside_and_we_trust_pyhankos(pki: Pki, holder: Holder) -> None:
    ours = await validated(pki, holder.sign(attached=True))
    assert ours.summary().startswith("INTACT:TRUSTED")
    other = await validated(pki, holding(holder.sign(), DOCUMENT + b"."))
    assert not other.intact
    made, crl = await by_pyhanko(pki, holder, None, detached=False), pki.crl()
    assert reader.document_in(made) == DOCUMENT
    found = reader.signatures(made)
    for document, codes in ((DOCUMENT, ()), (DOCUMENT + b".", ("other-content",))):
        verdict = judge(document, found, Asked(iin=IIN), NOW, pki.trust, lambda one: crl.status(one, NOW))
        assert verdict.codes == codes


def private(holder: Holder) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


async def by_pyhanko(pki: Pki, holder: Holder, tsa: DummyTimeStamper | None, *, detached: bool = True) -> bytes:
    registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    registry.register_multiple(authorities(pki))
    signer = SimpleSigner(
        signing_cert=loaded(holder.certificate.der), signing_key=private(holder), cert_registry=registry
    )
    made = await signer.async_sign_general_data(DOCUMENT, "sha256", detached=detached, use_cades=True, timestamper=tsa)
    whole: bytes = made.dump()
    return whole
