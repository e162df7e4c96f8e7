"""The time stamp of a signature (RFC 3161), which makes a CAdES-BES a CAdES-T: an authority saw it at that time.

A token is believed if the certificate that it came with was issued here, for time stamps and nothing else, and was in
date at the time it tells; and if it is over the signature's value.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, CONTEXT_1, INTEGER, OCTETS, OID, SEQUENCE, SET, Element, Malformed, encode
from aimaq.eds.asn1.oids import DIGEST, DIGESTS, SHA256, TIME_STAMP, TIME_STAMP_INFO
from aimaq.eds.cms import reader
from aimaq.eds.timestamp import texts
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature, Unavailable

PURPOSE = "1.3.6.1.5.5.7.3.8"
"""The extended key usage of a time-stamping authority (id-kp-timeStamping), the only one that it may have."""
LARGEST = 32 * 1024
"""Bytes that a token may have."""

_TIME, _TRUE = 0x18, b"\x01\x01\xff"
_GRANTED = (0, 1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time-stamping authority says: that it saw the digest of something `at` this time."""

    at: datetime
    serial: int
    policy: str
    algorithm: str
    digest: bytes
    nonce: int | None
    certificate: Certificate

    def covers(self, value: bytes) -> bool:
        """Whether the digest is that of these bytes."""
        return DIGEST[self.algorithm](value).digest() == self.digest


def query(value: bytes, nonce: int) -> bytes:
    """The request for a time stamp over these bytes, in DER; the certificate is to come along."""
    imprint = encode(SEQUENCE, encode(SEQUENCE, SHA256, der.NULL), encode(OCTETS, hashlib.sha256(value).digest()))
    return encode(SEQUENCE, der.number(1), imprint, der.number(nonce), _TRUE)


def token_in(reply: bytes) -> bytes:
    """The token in a time-stamping authority's reply; Unavailable if it gives none, BadSignature if it is no reply."""
    try:
        parts = der.inside(reply, der.only(reply, SEQUENCE))
        wording = der.inside(reply, der.part(parts, 0, SEQUENCE))
        status = der.integer(reply, der.part(wording, 0, INTEGER))
        if status not in _GRANTED:
            raise Unavailable(texts.NOT_GRANTED.format(status=status))
        return der.part(parts, 1, SEQUENCE).whole(reply)
    except Malformed as error:
        raise BadSignature(texts.REPLY_UNREADABLE.format(why=error)) from None


def read(token: bytes) -> Stamp:
    """What a token says, signed by the certificate in it; BadSignature if it is not, or cannot be read.

    Whether that certificate may be trusted is for `believed`.
    """
    if len(token) > LARGEST:
        raise BadSignature(texts.TOO_LARGE.format(most=LARGEST))
    found = reader.signatures(token, TIME_STAMP_INFO)
    signed = found[0]
    if len(found) != 1:
        raise BadSignature(texts.ONE_SIGNER.format(count=len(found)))
    if isinstance(signed, BadSignature):
        raise signed
    if signed.faults:
        raise BadSignature(texts.BAD_ATTRIBUTE.format(why=signed.faults[0][1]))
    certificate, info = signed.certificate, signed.content
    if info is None:
        raise BadSignature(texts.EMPTY)
    try:
        if not signed.covers(info):
            raise BadSignature(texts.OVER_OTHER)
        if certificate.key is None or not signed.names_its_certificate() or not signed.made_by(certificate.key):
            raise BadSignature(texts.NOT_BY_KEY)
        return _stamp(info, certificate)
    except Malformed as error:
        raise BadSignature(texts.UNREADABLE.format(why=error)) from None


def believed(token: bytes, value: bytes, trust: TrustStore) -> Stamp:
    """The time stamp in a token, over these bytes and by an authority trusted here; BadSignature if it is not."""
    stamp = read(token)
    if not stamp.covers(value):
        raise BadSignature(texts.OTHER_SIGNATURE)
    certificate, chain = stamp.certificate, trust.chain_status(stamp.certificate)
    if chain.fault:
        raise BadSignature(texts.NOT_TRUSTED.format(why=chain.fault))
    if certificate.purposes != {PURPOSE} or not _critical(certificate.x509):
        raise BadSignature(texts.NOT_FOR_STAMPS)
    if not chain.not_before <= stamp.at <= chain.not_after:
        raise BadSignature(texts.NOT_IN_DATE)
    return stamp


def stamped(signature: bytes, token: bytes) -> bytes:
    """A signature by one signer, with this token put to it: CAdES-T. BadSignature if there is no place for it."""
    try:
        outer = der.inside(signature, der.only(signature, SEQUENCE))
        signed = der.inside(signature, der.part(der.inside(signature, der.part(outer, 1, CONTEXT_0)), 0, SEQUENCE))
        signers = der.inside(signature, der.part(signed, -1, SET))
        signer = der.inside(signature, der.part(signers, 0, SEQUENCE))
        if len(signers) != 1 or der.part(signer, -1).tag == CONTEXT_1:
            raise Malformed("there must be one signer, and no unsigned attribute yet")
    except Malformed as error:
        raise BadSignature(texts.CANNOT_BE_STAMPED.format(why=error)) from None
    attribute = encode(CONTEXT_1, encode(SEQUENCE, TIME_STAMP, encode(SET, token)))
    with_it = encode(SEQUENCE, *(part.whole(signature) for part in signer), attribute)
    parts = [*(part.whole(signature) for part in signed[:-1]), encode(SET, with_it)]
    return encode(SEQUENCE, outer[0].whole(signature), encode(CONTEXT_0, encode(SEQUENCE, *parts)))


def _stamp(info: bytes, certificate: Certificate) -> Stamp:
    parts = der.inside(info, der.only(info, SEQUENCE))
    imprint = der.inside(info, der.part(parts, 2, SEQUENCE))
    algorithm = DIGESTS.get(der.part(imprint, 0, SEQUENCE).whole(info))
    if algorithm is None:
        raise Malformed("its digest is none of SHA-256, SHA-384 and SHA-512")
    nonces = [der.integer(info, part) for part in parts[5:] if part.tag == INTEGER]
    return Stamp(
        at=_time(info, der.part(parts, 4, _TIME)),
        serial=der.integer(info, der.part(parts, 3, INTEGER)),
        policy=der.dotted(der.part(parts, 1, OID).content(info)),
        algorithm=algorithm,
        digest=der.part(imprint, 1, OCTETS).content(info),
        nonce=nonces[0] if nonces else None,
        certificate=certificate,
    )


def _time(info: bytes, of: Element) -> datetime:
    text = of.content(info)
    whole, _, fraction = text.removesuffix(b"Z").partition(b".")
    if len(whole) != 14 or not text.endswith(b"Z") or not (whole + fraction).isdigit() or len(fraction) > 9:
        raise Malformed("its time is not one in UTC")
    try:
        at = datetime.strptime(whole.decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("its time is none") from None
    return at.replace(microsecond=int(fraction[:6].ljust(6, b"0"))) if fraction else at


def _critical(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).critical
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
