"""The status of one certificate over the wire (OCSP, RFC 6960): the question with a nonce, and the signed answer.

An answer is believed if the certificate's issuer signed it, or a responder to whom the issuer gave a certificate for
that purpose (RFC 6960, 4.2.2.2), and if it repeats the nonce and is about the certificate asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from cryptography.x509.oid import ExtendedKeyUsageOID

from aimaq.eds.asn1 import der
from aimaq.eds.revocation import texts
from aimaq.eds.revocation.status import Status
from aimaq.eds.x509.certificates import Certificate
from aimaq.language.errors import BadSignature, Unavailable
from aimaq.language.texts import LARGER

LARGEST = 64 * 1024
"""Bytes that an answer may have."""
SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of the responder may be."""
MOST_CERTIFICATES = 4

_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    NotImplementedError,
    UnsupportedAlgorithm,
    Warning,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises on an answer that is not as it should be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a responder answered about one certificate, and between which instants that may be relied upon."""

    status: Status
    this_update: datetime
    next_update: datetime

    def good_at(self, at: datetime) -> bool:
        """Whether it may be relied upon at this time, and is not from the future."""
        return self.this_update <= at + SKEW and at <= self.next_update


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one certificate, with its issuer's, and random bytes that the answer has to repeat."""

    certificate: Certificate
    issuer: x509.Certificate
    nonce: bytes

    @property
    def der(self) -> bytes:
        """The question as it is sent."""
        builder = ocsp.OCSPRequestBuilder().add_certificate(self.certificate.x509, self.issuer, hashes.SHA256())
        return builder.add_extension(x509.OCSPNonce(self.nonce), critical=False).build().public_bytes(Encoding.DER)

    def answered(self, data: bytes, at: datetime) -> Answer:
        """The answer in these bytes, received at this time.

        BadSignature if it cannot be believed, Unavailable if the responder says that it does not answer now.
        """
        if len(data) > LARGEST:
            raise BadSignature(LARGER.format(what=texts.THE_ANSWER, most=LARGEST))
        try:
            response = ocsp.load_der_ocsp_response(data)
            if response.response_status is not OCSPResponseStatus.SUCCESSFUL:
                raise Unavailable(texts.NO_ANSWER.format(why=response.response_status.name))
            _encoded(data)
            return self._read(response, at)
        except _UNREADABLE as error:
            raise BadSignature(texts.ANSWER_UNREADABLE.format(why=error)) from None

    def _read(self, response: ocsp.OCSPResponse, at: datetime) -> Answer:
        self._believed(response, at)
        nonces = [e.value.nonce for e in response.extensions if isinstance(e.value, x509.OCSPNonce)]
        if nonces != [self.nonce]:
            raise BadSignature(texts.OTHER_NONCE)
        asked = ocsp.load_der_ocsp_request(self.der)
        for one in response.responses:
            same = (one.serial_number, one.issuer_name_hash, one.issuer_key_hash) == (
                asked.serial_number,
                asked.issuer_name_hash,
                asked.issuer_key_hash,
            )
            if same:
                return self._answer(one, at)
        raise BadSignature(texts.OTHER_CERTIFICATE)

    def _answer(self, one: ocsp.OCSPSingleResponse, at: datetime) -> Answer:
        since = until = one.this_update_utc
        if one.next_update_utc is not None:
            until = one.next_update_utc
        if one.certificate_status is OCSPCertStatus.UNKNOWN:
            status = Status("ocsp", unknown=texts.NOT_KNOWN)
        elif one.certificate_status is OCSPCertStatus.GOOD:
            status = Status("ocsp")
        else:
            reason = one.revocation_reason or x509.ReasonFlags.unspecified
            status = Status("ocsp", since=one.revocation_time_utc, reason=reason)
        answer = Answer(status, since, until)
        # Without a next update there is newer news at any time: such an answer is good for the question it answers.
        if since > at + SKEW:
            stale = Status("ocsp", stale=texts.ANSWER_FROM_FUTURE.format(since=since))
            return Answer(stale, since, until)
        if one.next_update_utc is not None and at > until:
            stale = Status("ocsp", stale=texts.ANSWER_STALE.format(until=until))
            return Answer(stale, since, until)
        return answer

    def _believed(self, response: ocsp.OCSPResponse, at: datetime) -> None:
        for signer in (self.issuer, *response.certificates[:MOST_CERTIFICATES]):
            if (signer is self.issuer or self._appointed(signer, at)) and _signed_by(signer, response):
                return
        raise BadSignature(texts.ANSWER_NOT_SIGNED)

    def _appointed(self, responder: x509.Certificate, at: datetime) -> bool:
        try:
            responder.verify_directly_issued_by(self.issuer)
            purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (InvalidSignature, x509.ExtensionNotFound, *_UNREADABLE):
            return False
        in_date = responder.not_valid_before_utc <= at + SKEW and at <= responder.not_valid_after_utc
        return in_date and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _encoded(data: bytes) -> None:
    """Malformed if the signature is not a string of whole bytes, which the library does not ask for."""
    outer = der.inside(data, der.only(data, der.SEQUENCE))
    supplied = der.inside(data, der.part(der.inside(data, der.part(outer, 1, der.CONTEXT_0)), 0, der.SEQUENCE))
    basic = der.part(supplied, 1, der.OCTETS).content(data)
    der.octets(basic, der.part(der.inside(basic, der.only(basic, der.SEQUENCE)), 2))


def _signed_by(signer: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    key, algorithm = signer.public_key(), response.signature_hash_algorithm
    if not isinstance(algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
            return True
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
            return True
    except InvalidSignature:
        return False
    return False
