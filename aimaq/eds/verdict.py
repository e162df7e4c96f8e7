"""The verdict on a signed document: everything that is wrong with the signature, not only the first thing found.

This is the check of the acts: the signing certificate is in date, not revoked, issued here and for signing, its IIN
is the one in the request, and the signature is over this document; where the document travels inside, that is the
same, byte for byte. A certificate must be in date when it signed: that is the time of the check, or an earlier one that
a time stamp proves. What a signature itself says of its time is a claim, and nothing rests on it. A revocation is found
whenever it came; a time stamp only tells whether before or after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from aimaq.eds.cms import reader as cms
from aimaq.eds.timestamp import token as stamps
from aimaq.eds.cms.attributes import Fault
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.cms.reader import Signature
from aimaq.eds.findings import TEXTS, UNDECIDED, Code, Finding
from aimaq.eds.x509.profile import Role, Usage
from aimaq.eds.revocation.crl import SKEW, RevocationList
from aimaq.eds.revocation.status import Lookup, Status
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature, Unavailable

__all__ = ["TEXTS", "Asked", "Code", "Finding", "Verdict", "check", "concerned", "judge", "opened"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of whoever signed: their IIN, their organisation's BIN, one of these roles. None asks nothing.

    `usage` is what their certificate has to be for: signing documents, or saying who one is.
    """

    iin: str | None = None
    bin: str | None = None
    roles: frozenset[Role] = frozenset()
    usage: Usage = Usage.SIGN
    several: bool = False
    """Whether there may be several signers; all of them are then asked the same."""


class Verdict(NamedTuple):
    """What was found, and the first signer's certificate if the signature could be read.

    No findings means a good one. `signed_at` is the time that a time stamp proves.
    """

    findings: tuple[Finding, ...]
    certificate: Certificate | None
    signed_at: datetime | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def codes(self) -> tuple[str, ...]:
        """The findings as their codes alone."""
        return tuple(finding.code.value for finding in self.findings)

    @property
    def undecided(self) -> bool:
        """Whether all that is wrong is that nobody can tell whether the certificate still counts."""
        return bool(self.findings) and all(finding.code in UNDECIDED for finding in self.findings)

    def told(self) -> list[dict[str, object]]:
        """The findings as they are told over HTTP."""
        return [finding.told() for finding in self.findings]


def check(
    document: bytes, signature: bytes, expected_iin: str | None, at: datetime, trust: TrustStore, crl: RevocationList
) -> Verdict:
    """Judge a CMS over `document`, as of `at`, made by the person with this IIN (None: by anyone).

    It may be detached or attached; what is attached must be `document`.

    Unavailable if it is well issued and `crl` cannot tell at that time whether it was revoked.
    """
    found = opened(signature)
    if isinstance(found, Verdict):
        return found
    verdict = judge(document, found, Asked(iin=expected_iin), at, trust, lambda one: crl.status(one, at))
    for finding in verdict.findings:
        if finding.code in UNDECIDED:
            raise Unavailable(finding.detail)
    return verdict


def opened(signature: bytes) -> tuple[Signature | BadSignature, ...] | Verdict:
    """The signatures in a CMS, or the verdict that it cannot be read."""
    try:
        return cms.signatures(signature)
    except BadSignature as error:
        code = Code.TOO_LARGE if error.rule == "size" else Code.MALFORMED
        return Verdict((Finding(code, error.detail),), None)


def judge(
    document: bytes,
    signatures: Sequence[Signature | BadSignature],
    asked: Asked,
    at: datetime,
    trust: TrustStore,
    lookup: Lookup,
) -> Verdict:
    """Judge signatures over `document` as of `at`: every finding on every signer, and it never fails.

    `lookup` is asked only for certificates that were issued here.
    """
    findings: list[Finding] = []
    several = len(signatures) > 1
    if several and not asked.several:
        findings.append(Finding(Code.SEVERAL_SIGNERS, f"one signer is expected, not {len(signatures)}"))
    certificate = signed_at = None
    for number, signed in enumerate(signatures, 1):
        whose = number if several else None
        if isinstance(signed, BadSignature):
            findings.append(Finding(Code.MALFORMED, signed.detail, whose))
            continue
        proven, faults = _proven(signed, at, trust, lookup)
        if certificate is None:
            certificate, signed_at = signed.certificate, proven
        told: list[Fault] = []
        _on_the_signature(told, signed, document)
        told += faults
        _on_the_certificate(told, signed.certificate, at, proven, trust, lookup)
        _on_the_signer(told, signed.certificate, asked)
        findings += [Finding(code, detail, whose) for code, detail in told]
    return Verdict(tuple(findings), certificate, signed_at)


def concerned(signatures: Iterable[Signature | BadSignature], trust: TrustStore) -> list[Certificate]:
    """The certificates of signatures and their time stamps that were issued here: those that `judge` looks up."""
    found: dict[bytes, Certificate] = {}
    for signed in signatures:
        if isinstance(signed, Signature):
            found[signed.certificate.digest] = signed.certificate
            with suppress(BadSignature):
                if signed.stamp is not None:
                    stamp = stamps.believed(signed.stamp, signed.value, trust)
                    found[stamp.certificate.digest] = stamp.certificate
    return [one for one in found.values() if not trust.standing(one).fault]


def _proven(signed: Signature, at: datetime, trust: TrustStore, lookup: Lookup) -> tuple[datetime | None, list[Fault]]:
    """The time at which a time stamp proves that the signature was there, or what is wrong with the time stamp."""
    if signed.stamp is None:
        return None, []
    try:
        stamp = stamps.believed(signed.stamp, signed.value, trust)
    except BadSignature as error:
        return None, [(Code.TIME_STAMP, error.detail)]
    if stamp.at > at + SKEW:
        return None, [(Code.TIME_STAMP, f"the time stamp is from the future: {stamp.at:%F %T} UTC")]
    status = lookup(stamp.certificate)
    if status.since is not None and status.since <= at:
        return None, [(Code.TIME_STAMP, f"the certificate of the time stamp is revoked since {status.since:%F %T} UTC")]
    return min(stamp.at, at), []


def _on_the_signature(told: list[Fault], signed: Signature, document: bytes) -> None:
    told.extend(signed.faults)
    if signed.content is not None and signed.content != document:
        told.append((Code.OTHER_CONTENT, "the document inside the signature is another than the one expected"))
        document = signed.content
    if signed.digest is not None and not signed.covers(document):
        told.append((Code.DIGEST, "the signature is over another document"))
    if signed.named is not None and not signed.names_its_certificate():
        told.append((Code.SIGNATURE, "the signature names another certificate than the one it came with"))
    if signed.certificate.key is None:
        told.append((Code.SIGNATURE, "the key of the certificate is neither RSA-2048 nor P-256"))
    elif not signed.made_by(signed.certificate.key, document):
        told.append((Code.SIGNATURE, "the signature was not made with the key of the certificate"))


def _on_the_certificate(
    told: list[Fault],
    certificate: Certificate,
    at: datetime,
    proven: datetime | None,
    trust: TrustStore,
    lookup: Lookup,
) -> None:
    standing, when = trust.standing(certificate), proven or at
    if standing.fault:
        told.append((Code.CHAIN, standing.fault))
    if standing.alone:
        told.append((Code.SELF_SIGNED, "the certificate is signed with its own key"))
    if when < standing.not_before:
        told.append((Code.NOT_YET_VALID, f"the certificate is valid from {standing.not_before:%F %T} UTC"))
    elif when > standing.not_after:
        told.append((Code.EXPIRED, f"the certificate was valid until {standing.not_after:%F %T} UTC"))
    if not standing.fault:
        _on_revocation(told, lookup(certificate), at, proven)


def _on_revocation(told: list[Fault], status: Status, at: datetime, proven: datetime | None) -> None:
    if status.unknown:
        told.append((Code.REVOCATION_UNKNOWN, status.unknown))
    elif status.stale:
        told.append((Code.REVOCATION_STALE, status.stale))
    elif status.since is not None and status.since <= at:
        since = f"since {status.since:%F %T} UTC"
        if status.suspended:
            told.append((Code.SUSPENDED, f"the certificate is suspended {since}"))
        elif proven is not None and proven < status.since:
            told.append(
                (Code.REVOKED_AFTER_SIGNING, f"the certificate is revoked {since}, and signed {proven:%F %T} UTC")
            )
        else:
            told.append((Code.REVOKED, f"the certificate is revoked {since}: {status.reason.value}"))


def _on_the_signer(told: list[Fault], certificate: Certificate, asked: Asked) -> None:
    if certificate.usage is not asked.usage:
        signs = asked.usage is Usage.SIGN
        code, what = (Code.WRONG_KEY_USAGE, "signing") if signs else (Code.NOT_FOR_SIGN_IN, "signing in")
        told.append((code, f"the certificate is for {certificate.usage}, not for {what}"))
    if asked.iin is not None and certificate.person.iin != asked.iin:
        told.append((Code.OTHER_IIN, "the IIN in the certificate is not the one expected"))
    if asked.bin is not None and certificate.person.bin != asked.bin:
        told.append((Code.OTHER_BIN, "the BIN in the certificate is not the one expected"))
    if asked.roles and not asked.roles & certificate.roles:
        wanted = " or ".join(sorted(asked.roles))
        told.append((Code.WRONG_ROLE, f"the certificate does not say that its owner acts as {wanted}"))
