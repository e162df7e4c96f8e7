"""The verdict: a good signature has no findings, and of a bad one everything that is wrong is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.eds.asn1 import der
from aimaq.eds.cms import reader
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.verdict import TEXTS, Code, Verdict
from aimaq.eds.x509 import trust
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import PrivateKey
from aimaq.language.errors import Unavailable, Unconfigured
from aimaq.language.ids import Ids
from registry_svc.nca.authority import Authority
from tests.eds.judging import check
from tests.eds.pki import DAY, DOCUMENT, IIN, NOW, OTHER_IIN, RSA_KEY, Holder, Pki, curve_key

PKI = Pki()
CRL = PKI.crl()
GOOD = PKI.person()
SIGNED = GOOD.sign()
BY_RSA = PKI.person(key=RSA_KEY)


def judged(signature: bytes, document: bytes = DOCUMENT, iin: str | None = IIN) -> Verdict:
    return check(document, signature, iin, NOW, PKI.trust, CRL)


@pytest.mark.parametrize("key", [curve_key(), RSA_KEY], ids=["P-256", "RSA-2048"])
@pytest.mark.parametrize("at", [NOW, None, NOW.replace(year=2061)])
def test_a_good_signature_has_no_findings(key: PrivateKey, at: None) -> None:
    holder = PKI.person(key=key)
    verdict = judged(holder.sign(at=at))
    assert verdict.ok
    assert verdict.codes == ()
    assert verdict.certificate == holder.certificate


def test_without_an_iin_to_expect_anyone_may_sign() -> None:
    assert judged(PKI.person(iin=OTHER_IIN).sign(), iin=None).ok


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_is_over_its_document_and_no_other(document: bytes, other: bytes) -> None:
    codes = judged(GOOD.sign(document), other).codes
    assert codes == (() if document == other else ("digest",))


@pytest.mark.parametrize("holder", [GOOD, BY_RSA], ids=["P-256", "RSA-2048"])
def test_another_value_is_no_signature_of_the_key(holder: Holder) -> None:
    signed, other = holder.sign(), holder.sign(b"other")
    value = reader.take_apart(signed).value
    if len(value) == len(reader.take_apart(other).value):
        assert judged(signed.replace(value, reader.take_apart(other).value)).codes == ("signature",)
    assert judged(signed[:-1] + bytes([signed[-1] ^ 1])).codes == ("signature",)


def test_a_changed_signed_attribute_breaks_the_signature() -> None:
    at, later = (der.encode(0x17, time) for time in (b"260302090001Z", b"270302090001Z"))
    signed = GOOD.sign(at=NOW + timedelta(seconds=1))
    assert signed.count(at) == 1
    assert judged(signed.replace(at, later)).codes == ("signature",)


def test_a_signature_cannot_be_laid_to_another_certificate_of_the_same_key() -> None:
    twin = PKI.person(key=GOOD.key, surname="Сейітова")
    transplanted = _with_certificate(SIGNED, GOOD, twin)
    verdict = judged(transplanted)
    assert verdict.certificate == twin.certificate
    assert verdict.codes == ("signature",)
    assert "names another certificate" in verdict.findings[0].detail


def test_a_key_outside_the_profile_makes_no_signature() -> None:
    stranger = _self_signed()
    assert set(judged(_with_certificate(SIGNED, GOOD, stranger)).codes) >= {"signature", "chain"}


def test_a_certificate_of_an_authority_of_the_same_name_does_not_lead_here() -> None:
    impostor = Pki()
    assert impostor.authority.certificate.subject == PKI.authority.certificate.subject
    assert judged(impostor.person().sign()).codes == ("chain",)


def test_a_person_is_no_authority() -> None:
    key = curve_key()
    builder = x509.CertificateBuilder().subject_name(GOOD.certificate.x509.subject)
    builder = builder.issuer_name(GOOD.certificate.x509.subject).public_key(key.public_key()).serial_number(5)
    usage = GOOD.certificate.x509.extensions.get_extension_for_class(x509.KeyUsage)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + DAY).add_extension(usage.value, critical=True)
    issued = read(builder.sign(GOOD.key, hashes.SHA256()).public_bytes(Encoding.DER))
    assert judged(Holder(key, issued).sign()).codes == ("chain",)


@pytest.mark.parametrize(
    ("at", "codes"),
    [
        (NOW - timedelta(seconds=1), ("not-yet-valid",)),
        (NOW, ()),
        (NOW + DAY / 2, ()),
        (NOW + DAY / 2 + timedelta(seconds=1), ("expired",)),
    ],
)
def test_a_certificate_counts_while_it_is_in_date(at: object, codes: tuple[str, ...]) -> None:
    holder = PKI.person(life=DAY / 2)
    assert check(DOCUMENT, holder.sign(), IIN, at, PKI.trust, CRL).codes == codes  # type: ignore[arg-type]


def test_a_certificate_counts_no_longer_than_the_authority_above_it() -> None:
    standing = PKI.trust.chain_status(PKI.person(life=timedelta(days=36500)).certificate)
    assert standing.not_after == PKI.authority.certificate.not_valid_after_utc


def test_a_revoked_certificate_is_found_from_its_revocation_on() -> None:
    holder = PKI.person()
    crl = PKI.crl(holder.certificate, at=NOW + timedelta(hours=1))
    for hours, codes in ((0, ()), (1, ("revoked",)), (2, ("revoked",))):
        at = NOW + timedelta(hours=hours)
        assert check(DOCUMENT, holder.sign(), IIN, at, PKI.trust, crl).codes == codes
    assert check(DOCUMENT, SIGNED, IIN, NOW, PKI.trust, crl).ok


def test_a_certificate_for_signing_in_does_not_sign_documents() -> None:
    assert judged(PKI.person(usage="AUTH").sign()).codes == ("wrong-key-usage",)


def test_another_persons_signature_is_found_and_no_iin_is_told() -> None:
    verdict = judged(PKI.person(iin=OTHER_IIN).sign())
    assert verdict.codes == ("other-iin",)
    assert IIN not in repr(verdict.findings)
    assert OTHER_IIN not in repr(verdict.findings)


def test_everything_that_is_wrong_is_told_and_not_only_the_first_thing() -> None:
    holder = PKI.person(usage="AUTH", iin=OTHER_IIN, life=DAY / 4)
    signed = holder.sign(b"another document")
    broken = signed[:-1] + bytes([signed[-1] ^ 1])
    verdict = check(DOCUMENT, broken, IIN, NOW + DAY / 2, PKI.trust, PKI.crl(holder.certificate))
    assert verdict.codes == ("digest", "signature", "expired", "revoked", "wrong-key-usage", "other-iin")
    assert [finding["code"] for finding in verdict.as_dict("en")] == list(verdict.codes)


def test_every_finding_has_its_words_in_three_languages() -> None:
    assert set(TEXTS) == set(Code)
    for words in TEXTS.values():
        assert all(words.as_dict().values())


def test_a_list_that_is_out_of_date_or_not_of_the_issuer_decides_nothing() -> None:
    with pytest.raises(Unavailable):
        check(DOCUMENT, SIGNED, IIN, NOW + 2 * DAY, PKI.trust, CRL)
    root = Authority(PKI.authority.root, PKI.authority.root, PKI.root_key, PKI.clock, Ids(PKI.clock))
    roots = RevocationList(root.revocation_list(1, []).der, PKI.trust)
    with pytest.raises(Unavailable):
        check(DOCUMENT, SIGNED, IIN, NOW, PKI.trust, roots)


@settings(max_examples=500)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_changed_byte_never_makes_another_good_signature(at: int, off: int) -> None:
    changed = SIGNED[:at] + bytes([SIGNED[at] ^ off]) + SIGNED[at + 1 :]
    verdict = judged(changed)
    if verdict.ok:
        # Some bytes, such as the version numbers, are neither signed nor used.
        left, right = reader.take_apart(changed), reader.take_apart(SIGNED)
        assert (left.certificate, left.attributes, left.value) == (right.certificate, right.attributes, right.value)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "REMEMBERED", 3)
    store = trust.TrustStore([PKI.authority.certificate, PKI.authority.root])
    for _ in range(10):
        assert not store.chain_status(PKI.person().certificate).fault
    assert len(store._known) == 3
    assert read.cache_info().maxsize == 1024


def test_trust_needs_a_root() -> None:
    with pytest.raises(Unconfigured):
        trust.TrustStore([PKI.authority.certificate])


def _with_certificate(signed: bytes, old: Holder, new: Holder) -> bytes:
    """The same signature, carried by another certificate that its signer information then points to."""
    before, after = (
        der.encode(der.SEQUENCE, one.certificate.issuer, der.number(one.certificate.serial)) for one in (old, new)
    )
    outer = der.inside(signed, der.only(signed, der.SEQUENCE))
    body = der.inside(signed, der.part(der.inside(signed, outer[1]), 0))
    parts = [part.whole(signed) for part in body]
    parts[3] = der.encode(der.CONTEXT_0, new.certificate.der)
    signer = der.only(parts[4], der.SET)
    inner = [part.whole(parts[4]) for part in der.inside(parts[4], der.inside(parts[4], signer)[0])]
    assert inner[1] == before
    inner[1] = after
    parts[4] = der.encode(der.SET, der.encode(der.SEQUENCE, *inner))
    content = der.encode(der.CONTEXT_0, der.encode(der.SEQUENCE, *parts))
    return der.encode(der.SEQUENCE, outer[0].whole(signed), content)


def _self_signed() -> Holder:
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Бөтен")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(77).not_valid_before(NOW).not_valid_after(NOW + DAY)
    return Holder(key, read(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)))
