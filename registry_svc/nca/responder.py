"""The authority's responders: they say, signed, whether certificates are good, revoked or unknown (OCSP, RFC 6960).

One answers for the issuing authority and one for the root above it, about the issuing authority's own certificate.

Each signs with a key that is not the authority's, on a certificate that the authority gives it and that is renewed
long before it runs out. Answers are written here and not by the library, whose answers bear the machine's time and not
the stand's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems.keystore import KEY, read_any_key
from aimaq.eds.asn1 import der
from aimaq.eds.cms.algorithms import bits_of, scheme_of, signed_with
from aimaq.eds.x509.profile import PrivateKey
from aimaq.language.clock import Clock
from registry_svc.nca.authority import Authority
from registry_svc.nca.ocsp_request import ENUMERATED, Inquiry, Question, Refusal, Status
from registry_svc.nca.status import CertificateStatus

ANSWER_LIFE = timedelta(minutes=10)
"""How long an answer may be relied upon, by the stand's clock; it is true at its beginning."""

_HASHES = {
    "1.3.14.3.2.26": hashes.SHA1(),  # noqa: S303 - it names, and protects nothing
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_REASONS = {
    x509.ReasonFlags.key_compromise: 1,
    x509.ReasonFlags.ca_compromise: 2,
    x509.ReasonFlags.affiliation_changed: 3,
    x509.ReasonFlags.superseded: 4,
    x509.ReasonFlags.cessation_of_operation: 5,
    x509.ReasonFlags.certificate_hold: 6,
    x509.ReasonFlags.privilege_withdrawn: 9,
}
_GOOD, _UNKNOWN = b"\x80\x00", b"\x82\x00"
_CONTEXT_2, _TIME = 0xA2, 0x18
_BASIC = der.oid("1.3.6.1.5.5.7.48.1.1")


class Responder:
    """Answers for one authority: the issuing one, or with `of_root` the root above it."""

    def __init__(self, authority: Authority, key: PrivateKey, clock: Clock, *, of_root: bool = False) -> None:
        self._authority = authority
        self._key = key
        self._clock = clock
        self._of_root = of_root
        self._certificate = authority.appoint_responder(key.public_key(), of_root=of_root)
        self._certificates = b""
        issuer = authority.root if of_root else authority.certificate
        name = issuer.subject.public_bytes()
        bits = bits_of(authority.root_public_key if of_root else authority.public_key)
        self._issuer = {oid: (_digest(hash_, name), _digest(hash_, bits)) for oid, hash_ in _HASHES.items()}
        own = _digest(_HASHES["1.3.14.3.2.26"], bits_of(key.public_key()))
        self._name = der.encode(_CONTEXT_2, der.encode(der.OCTETS, own))

    @classmethod
    def load(cls, folder: Path, authority: Authority, clock: Clock, *, of_root: bool = False) -> Responder:
        """The responder whose key lies in `folder` (`<home>/nca/ocsp`); Unconfigured if it cannot be used."""
        return cls(authority, read_any_key(folder / KEY), clock, of_root=of_root)

    def answers_for(self, inquiry: Inquiry) -> bool:
        """Whether all the certificates asked about are of its authority."""
        return all(self._issuer.get(question.algorithm) == question.issuer for question in inquiry.questions)

    def read(self, data: bytes) -> Inquiry:
        """The inquiry in these bytes; Refusal if it is none, or is about another authority's certificate."""
        inquiry = Inquiry.read(data)
        if not self.answers_for(inquiry):
            raise Refusal(Status.UNAUTHORIZED)
        return inquiry

    def answer(self, inquiry: Inquiry, statuses: Sequence[CertificateStatus]) -> bytes:
        """The signed answer, in DER, where the certificates stand like this, in the order in which they were asked for.

        Unconfigured if the authority itself is no longer in date.
        """
        now = self._clock.now().replace(microsecond=0)
        self._appointed(now)
        since = moment(now) + der.encode(der.CONTEXT_0, moment(now + ANSWER_LIFE))
        described = [_single_response(one, at, since) for one, at in zip(inquiry.questions, statuses, strict=True)]
        echo = der.encode(der.CONTEXT_1, der.encode(der.SEQUENCE, inquiry.nonce)) if inquiry.nonce else b""
        body = der.encode(der.SEQUENCE, self._name, moment(now), der.encode(der.SEQUENCE, *described), echo)
        signature = der.encode(der.BITS, b"\0", signed_with(self._key, body))
        basic = der.encode(der.SEQUENCE, body, scheme_of(self._key), signature, self._certificates)
        content = der.encode(der.SEQUENCE, _BASIC, der.encode(der.OCTETS, basic))
        return der.encode(der.SEQUENCE, der.encode(ENUMERATED, b"\0"), der.encode(der.CONTEXT_0, content))

    def _appointed(self, now: datetime) -> None:
        since, until = self._certificate.not_valid_before_utc, self._certificate.not_valid_after_utc
        if not since <= now <= since + (until - since) / 2:
            self._certificate = self._authority.appoint_responder(self._key.public_key(), of_root=self._of_root)
            self._certificates = b""
        if not self._certificates:
            own = self._certificate.public_bytes(Encoding.DER)
            self._certificates = der.encode(der.CONTEXT_0, der.encode(der.SEQUENCE, own))


def moment(at: datetime) -> bytes:
    """A GeneralizedTime to the second."""
    return der.encode(_TIME, f"{at.astimezone(UTC):%Y%m%d%H%M%SZ}".encode())


def _single_response(question: Question, known: CertificateStatus, since: bytes) -> bytes:
    status = _GOOD if known.issued else _UNKNOWN
    if (withdrawn := known.withdrawn) is not None:
        code = _REASONS.get(withdrawn.reason)
        why = b"" if code is None else der.encode(der.CONTEXT_0, der.encode(ENUMERATED, bytes((code,))))
        status = der.encode(der.CONTEXT_1, moment(withdrawn.at), why)
    return der.encode(der.SEQUENCE, question.written, status, since)


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()
