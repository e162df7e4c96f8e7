"""The verdict on a signed document: everything that is wrong with the signature, not only the first thing found.

This is the check of the acts: the signing certificate is in date, not revoked, issued here and for signing, its IIN
is the one in the request, and the signature is over this document.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from aimaq.eds import cms
from aimaq.eds.certificates import Certificate
from aimaq.eds.cms import Signature
from aimaq.eds.profile import Usage
from aimaq.eds.revocation import RevocationList
from aimaq.eds.trust import TrustStore
from aimaq.errors import BadSignature, Texts, Unavailable


class Code(enum.StrEnum):
    """What can be wrong with a signature."""

    MALFORMED = "malformed"
    DIGEST = "digest"
    SIGNATURE = "signature"
    CHAIN = "chain"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    WRONG_KEY_USAGE = "wrong-key-usage"
    OTHER_IIN = "other-iin"


TEXTS: dict[Code, Texts] = {
    Code.MALFORMED: {
        "kk": "Қолтаңбаның пішімі дұрыс емес",
        "ru": "Подпись не читается",
        "en": "The signature cannot be read",
    },
    Code.DIGEST: {
        "kk": "Қолтаңба басқа құжатқа қойылған",
        "ru": "Подписан другой документ",
        "en": "Another document was signed",
    },
    Code.SIGNATURE: {
        "kk": "Қолтаңба сертификаттың кілтіне сәйкес келмейді",
        "ru": "Подпись не соответствует ключу сертификата",
        "en": "The signature does not match the key of the certificate",
    },
    Code.CHAIN: {
        "kk": "Сертификатты сенімді куәландырушы орталық бермеген",
        "ru": "Сертификат выдан не доверенным удостоверяющим центром",
        "en": "The certificate was not issued by a trusted authority",
    },
    Code.EXPIRED: {
        "kk": "Сертификаттың қолданылу мерзімі өткен",
        "ru": "Срок действия сертификата истёк",
        "en": "The certificate has expired",
    },
    Code.NOT_YET_VALID: {
        "kk": "Сертификаттың қолданылу мерзімі басталмаған",
        "ru": "Срок действия сертификата не наступил",
        "en": "The certificate is not yet valid",
    },
    Code.REVOKED: {
        "kk": "Сертификат кері қайтарып алынған",
        "ru": "Сертификат отозван",
        "en": "The certificate was revoked",
    },
    Code.WRONG_KEY_USAGE: {
        "kk": "Сертификат қол қоюға арналмаған",
        "ru": "Сертификат не предназначен для подписи",
        "en": "The certificate is not for signing",
    },
    Code.OTHER_IIN: {
        "kk": "Сұранымдағы ЖСН сертификаттағы ЖСН-ге сәйкес келмейді",
        "ru": "ИИН в запросе не совпадает с ИИН в сертификате",
        "en": "The IIN in the request is not the one in the certificate",
    },
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and the particulars, which never hold an IIN."""

    code: Code
    detail: str

    @property
    def text(self) -> Texts:
        """The finding in the words for a person."""
        return TEXTS[self.code]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and the signer's certificate if the signature could be read. No findings means a good one."""

    findings: tuple[Finding, ...]
    certificate: Certificate | None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def codes(self) -> tuple[str, ...]:
        """The findings as their codes alone."""
        return tuple(finding.code.value for finding in self.findings)

    def demand(self) -> Certificate:
        """The signer's certificate; BadSignature with all findings if anything is wrong."""
        if self.findings or self.certificate is None:
            raise BadSignature(
                "; ".join(finding.detail for finding in self.findings),
                findings=[
                    {"code": finding.code.value, "detail": finding.detail, "text": finding.text}
                    for finding in self.findings
                ],
            )
        return self.certificate


def check(
    document: bytes, signature: bytes, expected_iin: str | None, at: datetime, trust: TrustStore, crl: RevocationList
) -> Verdict:
    """Judge a detached CMS over `document`, as of `at`, made by the person with this IIN (None: by anyone).

    Unavailable if it is well issued and `crl` cannot tell at that time whether it was revoked.
    """
    try:
        signed = cms.take_apart(signature)
    except BadSignature as error:
        return Verdict((Finding(Code.MALFORMED, error.detail),), None)
    findings: list[Finding] = []
    certificate = signed.certificate
    if not signed.covers(document):
        findings.append(Finding(Code.DIGEST, "the signature is over another document"))
    if fault := _fault_of_signature(signed):
        findings.append(Finding(Code.SIGNATURE, fault))
    _judge_certificate(certificate, at, trust, crl, findings)
    if certificate.usage is not Usage.SIGN:
        findings.append(Finding(Code.WRONG_KEY_USAGE, f"the certificate is for {certificate.usage}, not for signing"))
    if expected_iin is not None and certificate.person.iin != expected_iin:
        findings.append(Finding(Code.OTHER_IIN, "the IIN in the certificate is not the one expected"))
    return Verdict(tuple(findings), certificate)


def _fault_of_signature(signed: Signature) -> str:
    if signed.certificate.key is None:
        return "the key of the certificate is neither RSA-2048 nor P-256"
    if not signed.names_its_certificate():
        return "the signature names another certificate than the one it came with"
    if not signed.made_by(signed.certificate.key):
        return "the signature was not made with the key of the certificate"
    return ""


def _judge_certificate(
    certificate: Certificate, at: datetime, trust: TrustStore, crl: RevocationList, findings: list[Finding]
) -> None:
    standing = trust.standing(certificate)
    if standing.fault:
        findings.append(Finding(Code.CHAIN, standing.fault))
    if at < standing.not_before:
        findings.append(Finding(Code.NOT_YET_VALID, f"the certificate is valid from {standing.not_before:%F %T} UTC"))
    elif at > standing.not_after:
        findings.append(Finding(Code.EXPIRED, f"the certificate was valid until {standing.not_after:%F %T} UTC"))
    if standing.fault:
        return
    if crl.issuer != certificate.issuer or at > crl.next_update:
        raise Unavailable("there is no revocation list of the certificate's issuer that is in date")
    if crl.is_revoked(certificate.serial, at):
        findings.append(Finding(Code.REVOKED, "the certificate was revoked"))
