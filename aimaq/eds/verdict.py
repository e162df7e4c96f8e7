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

from aimaq.eds import texts
from aimaq.eds.cms import reader
from aimaq.eds.cms.attributes import Fault
from aimaq.eds.cms.reader import Signature
from aimaq.eds.findings import TEXTS, UNDECIDED, Code, Finding
from aimaq.eds.revocation.crl import SKEW
from aimaq.eds.revocation.status import Lookup, Status
from aimaq.eds.timestamp import texts as stamp_texts
from aimaq.eds.timestamp import token as stamps
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.profile import Role, Usage
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature

__all__ = ["TEXTS", "Asked", "Code", "Finding", "Verdict", "concerned", "judge", "opened"]


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

    def as_dict(self, language: str) -> list[dict[str, object]]:
        """The findings as they are told over HTTP to a reader of this language."""
        return [finding.as_dict(language) for finding in self.findings]


def opened(signature: bytes) -> tuple[Signature | BadSignature, ...] | Verdict:
    """The signatures in a CMS, or the verdict that it cannot be read."""
    try:
        return reader.signatures(signature)
    except BadSignature as error:
        code = Code.TOO_LARGE if error.rule == "size" else Code.MALFORMED
        return Verdict((Finding(code, error.texts),), None)


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
        findings.append(Finding(Code.SEVERAL_SIGNERS, texts.ONE_SIGNER.format(count=len(signatures))))
    certificate = signed_at = None
    for number, signed in enumerate(signatures, 1):
        whose = number if several else None
        if isinstance(signed, BadSignature):
            findings.append(Finding(Code.MALFORMED, signed.texts, whose))
            continue
        proven, faults = _proven(signed, at, trust, lookup)
        if certificate is None:
            certificate, signed_at = signed.certificate, proven
        flaws: list[Fault] = []
        _on_the_signature(flaws, signed, document)
        flaws += faults
        _on_the_certificate(flaws, signed.certificate, at, proven, trust, lookup)
        _on_the_signer(flaws, signed.certificate, asked)
        findings += [Finding(code, particulars, whose) for code, particulars in flaws]
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
    return [one for one in found.values() if not trust.chain_status(one).fault]


def _proven(signed: Signature, at: datetime, trust: TrustStore, lookup: Lookup) -> tuple[datetime | None, list[Fault]]:
    """The time at which a time stamp proves that the signature was there, or what is wrong with the time stamp."""
    if signed.stamp is None:
        return None, []
    try:
        stamp = stamps.believed(signed.stamp, signed.value, trust)
    except BadSignature as error:
        return None, [(Code.TIME_STAMP, error.texts)]
    if stamp.at > at + SKEW:
        return None, [(Code.TIME_STAMP, stamp_texts.FROM_FUTURE.format(at=stamp.at))]
    status = lookup(stamp.certificate)
    if status.since is not None and status.since <= at:
        return None, [(Code.TIME_STAMP, stamp_texts.REVOKED.format(since=status.since))]
    return min(stamp.at, at), []


def _on_the_signature(flaws: list[Fault], signed: Signature, document: bytes) -> None:
    flaws.extend(signed.faults)
    if signed.content is not None and signed.content != document:
        flaws.append((Code.OTHER_CONTENT, texts.OTHER_CONTENT))
        document = signed.content
    if signed.digest is not None and not signed.covers(document):
        flaws.append((Code.DIGEST, texts.OTHER_DOCUMENT))
    if signed.named is not None and not signed.names_its_certificate():
        flaws.append((Code.SIGNATURE, texts.OTHER_CERTIFICATE))
    if signed.certificate.key is None:
        flaws.append((Code.SIGNATURE, texts.NO_KEY))
    elif not signed.made_by(signed.certificate.key, document):
        flaws.append((Code.SIGNATURE, texts.NOT_BY_KEY))


def _on_the_certificate(
    flaws: list[Fault],
    certificate: Certificate,
    at: datetime,
    proven: datetime | None,
    trust: TrustStore,
    lookup: Lookup,
) -> None:
    chain, when = trust.chain_status(certificate), proven or at
    if chain.fault:
        flaws.append((Code.CHAIN, chain.fault))
    if chain.alone:
        flaws.append((Code.SELF_SIGNED, texts.ALONE))
    if when < chain.not_before:
        flaws.append((Code.NOT_YET_VALID, texts.VALID_FROM.format(at=chain.not_before)))
    elif when > chain.not_after:
        flaws.append((Code.EXPIRED, texts.VALID_UNTIL.format(at=chain.not_after)))
    if not chain.fault:
        _on_revocation(flaws, lookup(certificate), at, proven)


def _on_revocation(flaws: list[Fault], status: Status, at: datetime, proven: datetime | None) -> None:
    if status.unknown:
        flaws.append((Code.REVOCATION_UNKNOWN, status.unknown))
    elif status.stale:
        flaws.append((Code.REVOCATION_STALE, status.stale))
    elif status.since is not None and status.since <= at:
        if status.suspended:
            flaws.append((Code.SUSPENDED, texts.SUSPENDED.format(since=status.since)))
        elif proven is not None and proven < status.since:
            flaws.append((Code.REVOKED_AFTER_SIGNING, texts.REVOKED_AFTER.format(since=status.since, proven=proven)))
        else:
            flaws.append((Code.REVOKED, texts.REVOKED.format(since=status.since, reason=status.reason.value)))


def _on_the_signer(flaws: list[Fault], certificate: Certificate, asked: Asked) -> None:
    if certificate.usage is not asked.usage:
        if asked.usage is Usage.SIGN:
            flaws.append((Code.WRONG_KEY_USAGE, texts.NOT_FOR_SIGNING.format(usage=certificate.usage)))
        else:
            flaws.append((Code.NOT_FOR_SIGN_IN, texts.NOT_FOR_SIGN_IN.format(usage=certificate.usage)))
    if asked.iin is not None and certificate.person.iin != asked.iin:
        flaws.append((Code.OTHER_IIN, texts.OTHER_IIN))
    if asked.bin is not None and certificate.person.bin != asked.bin:
        flaws.append((Code.OTHER_BIN, texts.OTHER_BIN))
    if asked.roles and not asked.roles & certificate.roles:
        flaws.append((Code.WRONG_ROLE, texts.WRONG_ROLE.format(roles=" or ".join(sorted(asked.roles)))))
