"""Every finding of a verdict: what calls for it, and that the others are told beside it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.asn1.der import OCTETS, OID, SEQUENCE, encode, oid
from aimaq.eds.asn1.oids import CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE, SIGNING_TIME
from aimaq.eds.cms import reader
from aimaq.eds.findings import Code, Finding
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.revocation.status import Status
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.eds.x509.certificates import Certificate, read
from aimaq.eds.x509.profile import Role, Usage
from aimaq.language.errors import BadSignature
from aimaq.language.texts import Texts
from registry_svc.nca.authority import Withdrawn
from stand.signatures.craft import Hand, attributes, changed, message, padded, signer
from tests.eds.pki import BIN, DAY, DOCUMENT, IIN, NOW, OTHER_IIN, Holder, Pki, curve_key

PKI = Pki()
CRL = PKI.crl()
GOOD = PKI.person()
GONE = Texts(kk="жоқ болды", ru="пропал", en="it is gone")


def hand(holder: Holder) -> Hand:
    return Hand(holder.key, holder.certificate)


def judged(signature: bytes, asked: Asked | None = None, crl: RevocationList = CRL, at: datetime = NOW) -> Verdict:
    found = opened(signature)
    if isinstance(found, Verdict):
        return found
    return judge(DOCUMENT, found, asked or Asked(iin=IIN), at, PKI.trust, lambda one: crl.status(one, at))


def signed(signed_attributes: dict[bytes, bytes], holder: Holder = GOOD) -> bytes:
    return message([signer(hand(holder), signed_attributes, DOCUMENT)], [holder.certificate])


def signed_attributes(**changes: bytes | None) -> dict[bytes, bytes]:
    names = {"kind": CONTENT_TYPE, "digest": MESSAGE_DIGEST, "named": SIGNING_CERTIFICATE, "time": SIGNING_TIME}
    all_of_them = attributes(hand(GOOD), DOCUMENT, NOW)
    for name, value in changes.items():
        del all_of_them[names[name]]
        if value is not None:
            all_of_them[names[name]] = value
    return all_of_them


def test_what_the_craft_makes_honestly_is_good() -> None:
    assert judged(signed(signed_attributes())).ok
    assert judged(signed(signed_attributes(time=None))).ok


@pytest.mark.parametrize(
    ("changes", "codes", "detail"),
    [
        ({"kind": None}, ("missing-attribute",), "content-type"),
        ({"digest": None}, ("missing-attribute",), "message-digest"),
        ({"named": None}, ("missing-attribute",), "signing-certificate-v2"),
        ({"kind": oid("1.2.840.113549.1.7.2")}, ("bad-attribute",), "something else than data"),
        ({"digest": encode(OID, b"\x2a")}, ("bad-attribute",), "message-digest"),
        ({"digest": encode(OCTETS, bytes(32))}, ("digest",), "another document"),
        ({"named": encode(SEQUENCE)}, ("bad-attribute",), "signing-certificate-v2"),
        ({"kind": None, "named": None}, ("missing-attribute", "missing-attribute"), ""),
        ({"named": None, "digest": encode(OCTETS, bytes(32))}, ("missing-attribute", "digest"), ""),
    ],
)
def test_an_attribute_that_is_missing_or_wrong_is_named(
    changes: dict[str, bytes | None], codes: tuple[str, ...], detail: str
) -> None:
    verdict = judged(signed(signed_attributes(**changes)))
    assert verdict.codes == codes
    assert detail in verdict.findings[0].detail
    assert verdict.certificate == GOOD.certificate


def test_without_any_attribute_the_signature_is_over_the_document_itself() -> None:
    bare = signed({})
    assert judged(bare).codes == ("missing-attribute",)
    assert judged(changed(bare)).codes == ("missing-attribute", "signature")


def test_a_certificate_named_and_a_value_that_are_both_wrong_are_two_findings() -> None:
    other = PKI.person().certificate
    named = encode(SEQUENCE, encode(SEQUENCE, encode(SEQUENCE, encode(OCTETS, other.digest))))
    verdict = judged(changed(signed(signed_attributes(named=named))))
    assert verdict.codes == ("signature", "signature")
    assert len({finding.detail for finding in verdict.findings}) == 2


def test_a_giant_and_a_torso_are_told_apart() -> None:
    whole = signed(signed_attributes())
    assert judged(padded(whole, 100)).ok
    assert judged(padded(whole, reader.LARGEST)).codes == ("too-large",)
    torso = judged(whole[: len(whole) // 2])
    assert torso.codes == ("malformed",)
    assert torso.findings[0].detail.endswith("the encoding is cut short")


def test_a_certificate_that_signs_itself_is_told_from_one_of_another_authority() -> None:
    assert judged(Pki().person().sign()).codes == ("chain",)
    key = curve_key()
    builder = x509.CertificateBuilder().subject_name(GOOD.certificate.x509.subject)
    builder = builder.issuer_name(GOOD.certificate.x509.subject).public_key(key.public_key()).serial_number(5)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + DAY)
    for extension in GOOD.certificate.x509.extensions:
        if isinstance(extension.value, x509.KeyUsage | x509.ExtendedKeyUsage):
            builder = builder.add_extension(extension.value, extension.critical)
    alone = read(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    assert judged(Holder(key, alone).sign()).codes == ("chain", "self-signed")


@pytest.mark.parametrize(
    ("reason", "code", "wording"),
    [
        (x509.ReasonFlags.key_compromise, "revoked", "keyCompromise"),
        (x509.ReasonFlags.unspecified, "revoked", "unspecified"),
        (x509.ReasonFlags.certificate_hold, "suspended", "since 2026-03-02 09:00:00 UTC"),
    ],
)
def test_a_withdrawal_is_told_with_its_reason_and_since_when(reason: x509.ReasonFlags, code: str, wording: str) -> None:
    holder = PKI.person()
    withdrawn = [Withdrawn(holder.certificate.serial, NOW, reason)]
    crl = RevocationList(PKI.authority.revocation_list(9, withdrawn).der, PKI.trust)
    verdict = judged(holder.sign(), crl=crl)
    assert verdict.codes == (code,)
    assert wording in verdict.findings[0].detail


def test_what_cannot_be_looked_up_is_a_finding_beside_the_others() -> None:
    verdict = judged(GOOD.sign(), Asked(iin=OTHER_IIN), at=NOW + 2 * DAY)
    assert verdict.codes == ("revocation-stale", "other-iin")
    assert not verdict.undecided
    assert judged(GOOD.sign(), at=NOW + 2 * DAY).undecided
    unknown = judge(
        DOCUMENT, reader.signatures(GOOD.sign()), Asked(), NOW, PKI.trust, lambda _: Status("ocsp", unknown=GONE)
    )
    assert unknown.findings == (Finding(Code.REVOCATION_UNKNOWN, GONE),)
    assert unknown.undecided


def test_nothing_is_looked_up_for_a_certificate_that_was_not_issued_here() -> None:
    def lookup(certificate: Certificate) -> Status:
        raise AssertionError(certificate)

    assert judge(DOCUMENT, reader.signatures(Pki().person().sign()), Asked(), NOW, PKI.trust, lookup).codes == (
        "chain",
    )


def test_an_official_signs_with_the_role_and_for_the_body_asked_for() -> None:
    official = PKI.person(organisation="Сынақ бөлімі", role=Role.EMPLOYEE)
    asked = Asked(iin=IIN, bin=BIN, roles=frozenset({Role.EMPLOYEE, Role.CEO}))
    assert judged(official.sign(), asked).ok
    assert judged(GOOD.sign(), asked).codes == ("other-bin", "wrong-role")
    (finding,) = judged(official.sign(), Asked(roles=frozenset({Role.CEO, Role.CAN_SIGN}))).findings
    assert finding.code is Code.WRONG_ROLE
    assert finding.detail.endswith("acts as can-sign or ceo")
    assert judged(official.sign(), Asked(bin="900101300017")).codes == ("other-bin",)


def two(first: Holder, second: Holder, *, spoilt: bool = False) -> bytes:
    infos = [signer(hand(one), attributes(hand(one), DOCUMENT, NOW)) for one in (first, second)]
    if spoilt:
        infos[1] = changed(infos[1])
    return message(infos, [first.certificate, second.certificate])


def test_of_several_signers_each_is_judged_and_the_bad_one_pointed_at() -> None:
    second = PKI.person(iin=OTHER_IIN)
    asked = Asked(several=True)
    assert judged(two(GOOD, second), asked).ok
    alone = judged(two(GOOD, second))
    assert alone.codes == ("several-signers", "other-iin")
    assert "2" in alone.findings[0].detail
    verdict = judged(two(GOOD, second, spoilt=True), asked)
    assert verdict.codes == ("signature",)
    (finding,) = verdict.findings
    # The signers stand in the order of their encodings, so that either may be the first.
    found = reader.signatures(two(GOOD, second))[(finding.signer or 0) - 1]
    assert isinstance(found, reader.Signature)
    assert finding.as_dict("en")["signer"] == finding.signer
    assert str(finding).startswith(f"signature: signer {finding.signer}: ")


def test_a_signer_that_cannot_be_read_does_not_hide_the_other() -> None:
    second = PKI.person()
    infos = [signer(hand(one), attributes(hand(one), DOCUMENT, NOW)) for one in (GOOD, second)]
    torso = message(infos, [GOOD.certificate])
    verdict = judged(torso, Asked(iin=OTHER_IIN, several=True))
    assert sorted(verdict.codes) == ["malformed", "other-iin"]
    (unread,) = [finding for finding in verdict.findings if finding.code is Code.MALFORMED]
    (error,) = [one for one in reader.signatures(torso) if isinstance(one, BadSignature)]
    assert unread.particulars == error.texts
    assert [number for number, one in enumerate(reader.signatures(torso), 1) if isinstance(one, BadSignature)] == [
        unread.signer
    ]
    assert verdict.certificate == GOOD.certificate


def test_more_signers_than_any_document_has_are_not_looked_at() -> None:
    times = [NOW + timedelta(seconds=n) for n in range(reader.MOST_SIGNERS + 1)]
    infos = [signer(hand(GOOD), attributes(hand(GOOD), DOCUMENT, at)) for at in times]
    assert judged(message(infos, [GOOD.certificate])).codes == ("malformed",)


def test_signing_in_asks_for_a_certificate_for_authentication_and_signing_for_the_other() -> None:
    holder = PKI.person(usage="AUTH")
    assert judged(holder.sign(), Asked(usage=Usage.AUTH)).ok
    assert judged(GOOD.sign(), Asked(usage=Usage.AUTH)).codes == ("not-for-sign-in",)
    assert judged(holder.sign(), Asked()).codes == ("wrong-key-usage",)


def test_everything_is_told_at_once() -> None:
    holder = PKI.person(iin=OTHER_IIN, usage="AUTH", life=DAY / 4)
    other = encode(OCTETS, bytes(32))
    bad = attributes(hand(holder), DOCUMENT, NOW) | {MESSAGE_DIGEST: other}
    del bad[SIGNING_CERTIFICATE]
    asked = Asked(iin=IIN, bin=BIN, roles=frozenset({Role.CEO}))
    verdict = judged(changed(signed(bad, holder)), asked, crl=PKI.crl(holder.certificate), at=NOW + DAY / 2)
    assert verdict.codes == (
        "missing-attribute",
        "digest",
        "signature",
        "expired",
        "revoked",
        "wrong-key-usage",
        "other-iin",
        "other-bin",
        "wrong-role",
    )
    for shown, finding in zip(verdict.as_dict("kk"), verdict.findings, strict=True):
        assert shown == {
            "code": finding.code.value,
            "detail": finding.particulars.kk,
            "text": finding.text.as_dict(),
        }
