"""Signatures of people over documents: detached CMS (RFC 5652) in the form CAdES-BES or -T (ETSI EN 319 122-1).

Signed attributes are required, with the certificate's digest among them (signing-certificate-v2, RFC 5035): without
it a signature could be laid to another certificate of the same key. The encoding is read and written by hand: a general
ASN.1 library takes two (P-256) to seven (RSA) times as long to take a signature apart as the cryptography to verify it.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from aimaq.eds import attributes, der
from aimaq.eds.attributes import Fault
from aimaq.eds.certificates import REMEMBERED, Certificate, read
from aimaq.eds.der import CONTEXT_0, CONTEXT_1, OCTETS, OID, SEQUENCE, SET, Element, Malformed
from aimaq.eds.finding import Code
from aimaq.eds.oids import (
    CONTENT_TYPE,
    DATA,
    DIGEST,
    DIGESTS,
    ECDSA,
    HASHES,
    MESSAGE_DIGEST,
    OLD_SIGNING_CERTIFICATE,
    PKCS1,
    SCHEMES,
    SIGNED_DATA,
    SIGNING_CERTIFICATE,
    TIME_STAMP,
    TIME_STAMP_INFO,
)
from aimaq.eds.profile import PublicKey
from aimaq.eds.signer import DocumentSigner
from aimaq.errors import BadSignature

__all__ = ["LARGEST", "MOST_CERTIFICATES", "MOST_SIGNERS", "DocumentSigner", "Signature", "signatures", "take_apart"]

LARGEST = 64 * 1024
"""Bytes that a signature may have, certificates included."""
MOST_CERTIFICATES = 8
MOST_SIGNERS = 4


class Signature(NamedTuple):
    """One person's signature, taken apart: what it claims, before any of it is believed.

    `faults` are the attributes that are missing or wrong; what such a one should have said is None. `attributes` is
    empty where there are none, and then the signature is over the document itself. `stamp` is the token of its time
    stamp, if it has one.
    """

    certificate: Certificate
    algorithm: str
    scheme: str
    digest: bytes | None
    named: tuple[str, bytes] | None
    attributes: bytes
    value: bytes
    faults: tuple[Fault, ...] = ()
    stamp: bytes | None = None

    def covers(self, document: bytes) -> bool:
        """Whether the digest signed is that of this document."""
        return DIGEST[self.algorithm](document).digest() == self.digest

    def made_by(self, key: PublicKey, over: bytes = b"") -> bool:
        """Whether this key made the signature over the signed attributes, or `over` these bytes if there are none."""
        signed = self.attributes or over
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                if self.scheme == "ec":
                    key.verify(self.value, signed, ECDSA[self.algorithm])
                    return True
            elif self.scheme == "rsa":
                key.verify(self.value, signed, PKCS1, HASHES[self.algorithm])
                return True
        except InvalidSignature:
            return False
        return False

    def names_its_certificate(self) -> bool:
        """Whether the digest of the signer's certificate is among the signed attributes."""
        if self.named is None:
            return False
        algorithm, digest = self.named
        if algorithm == "sha256":
            return digest == self.certificate.digest
        if algorithm == "sha1":
            return digest == hashlib.sha1(self.certificate.der, usedforsecurity=False).digest()
        return digest == DIGEST[algorithm](self.certificate.der).digest()


def take_apart(data: bytes) -> Signature:
    """The one signature in a detached CMS; BadSignature says what is wrong with the encoding or its attributes."""
    found = signatures(data)
    if len(found) != 1:
        raise BadSignature(f"the signature cannot be read: one signer is expected, not {len(found)}")
    (one,) = found
    if isinstance(one, BadSignature):
        raise one
    if one.faults:
        raise BadSignature(f"the signature cannot be read: {one.faults[0][1]}")
    return one


def signatures(data: bytes, content: bytes = DATA) -> tuple[Signature | BadSignature, ...]:
    """Each signer's signature in a CMS, or why that one cannot be read, in their order; at least one.

    BadSignature if no signer can be found in it. `content` is the type of what is signed (an OID in DER): where it is
    not plain data, which is detached, the content may be inside and the reader of that type sees to it.
    """
    if len(data) > LARGEST:
        raise BadSignature(f"the signature is larger than {LARGEST} bytes", rule="size")
    try:
        signed, signers = _opened(data, content)
    except Malformed as error:
        raise _unreadable(error) from None
    return tuple([_read(data, signed, signer, content) for signer in signers])


def _unreadable(error: Malformed) -> BadSignature:
    return BadSignature(f"the signature cannot be read: {error}")


def _opened(data: bytes, kind: bytes) -> tuple[list[Element], list[Element]]:
    outer = der.inside(data, der.only(data, SEQUENCE))
    if der.part(outer, 0, OID).whole(data) != SIGNED_DATA:
        raise Malformed("it is not signed data")
    signed = der.inside(data, der.part(der.inside(data, der.part(outer, 1, CONTEXT_0)), 0, SEQUENCE))
    content = der.inside(data, der.part(signed, 2, SEQUENCE))
    if der.part(content, 0, OID).whole(data) != kind or (kind == DATA and len(content) > 1):
        raise Malformed("it is not detached from its document" if kind == DATA else "it is of another content")
    signers = der.inside(data, der.part(signed, -1, SET))
    if not 0 < len(signers) <= MOST_SIGNERS:
        raise Malformed(f"one signer is expected, not {len(signers)}")
    return signed, signers


def _read(data: bytes, signed: list[Element], of: Element, content: bytes) -> Signature | BadSignature:
    try:
        return _signature(data, signed, of, content)
    except Malformed as error:
        return _unreadable(error)
    except BadSignature as error:
        return error


def _signature(data: bytes, signed: list[Element], of: Element, content: bytes) -> Signature:
    signer = der.inside(data, of)
    algorithm = DIGESTS.get(der.part(signer, 2, SEQUENCE).whole(data))
    if algorithm is None:
        raise Malformed("its digest is none of SHA-256, SHA-384 and SHA-512")
    faults: list[Fault] = []
    digest = named = None
    over, after = b"", 3
    if (signed_ones := der.part(signer, 3)).tag == CONTEXT_0:
        if signed_ones.stop != signed_ones.end:
            raise Malformed("the signed attributes are not DER")
        # What is signed is the attributes as a SET OF, not under the tag they travel with (RFC 5652, 5.4).
        over, after = b"\x31" + data[signed_ones.start + 1 : signed_ones.end], 4
        said = attributes.read(data, signed_ones)
        if attributes.value(said, CONTENT_TYPE, faults) not in (content, None):
            faults.append((Code.BAD_ATTRIBUTE, "it signs something else than data"))
        digest = attributes.digest(attributes.value(said, MESSAGE_DIGEST, faults), faults)
        if content == TIME_STAMP_INFO and SIGNING_CERTIFICATE not in said and OLD_SIGNING_CERTIFICATE in said:
            # Time-stamping authorities older than RFC 5816 name their certificate by SHA-1 and cannot do otherwise.
            named = attributes.named(attributes.value(said, OLD_SIGNING_CERTIFICATE, faults), faults, "sha1")
        else:
            named = attributes.named(attributes.value(said, SIGNING_CERTIFICATE, faults), faults)
    else:
        faults.append((Code.MISSING_ATTRIBUTE, "there are no signed attributes"))
    return Signature(
        certificate=_signers_certificate(data, signed, der.part(signer, 1)),
        algorithm=algorithm,
        scheme=_scheme(der.part(signer, after, SEQUENCE).whole(data), algorithm),
        digest=digest,
        named=named,
        attributes=over,
        value=der.part(signer, after + 1, OCTETS).content(data),
        faults=tuple(faults),
        stamp=_stamp(data, signer[after + 2 :]),
    )


def _scheme(identifier: bytes, algorithm: str) -> str:
    scheme, hashed_with = SCHEMES.get(identifier, ("", ""))
    if not scheme:
        raise Malformed("its algorithm is neither RSA nor ECDSA")
    if hashed_with not in (algorithm, ""):
        raise Malformed("its two digest algorithms differ")
    return scheme


def _stamp(data: bytes, rest: list[Element]) -> bytes | None:
    if not rest or rest[0].tag != CONTEXT_1:
        return None
    for attribute in der.inside(data, rest[0]):
        parts = der.inside(data, attribute)
        if der.part(parts, 0, OID).whole(data) == TIME_STAMP:
            return der.part(der.inside(data, der.part(parts, 1, SET)), 0).whole(data)
    return None


def _signers_certificate(data: bytes, signed: list[Element], signer: Element) -> Certificate:
    certificates = der.inside(data, der.part(signed, 3, CONTEXT_0))
    if len(certificates) > MOST_CERTIFICATES:
        raise Malformed("it carries too many certificates")
    for encoded in certificates:
        if encoded.tag == SEQUENCE:
            certificate = read(encoded.whole(data))
            if _is_of(certificate, data, signer):
                return certificate
    raise Malformed("the signer's certificate is not in it")


@lru_cache(maxsize=REMEMBERED)
def _usual_name(certificate: Certificate) -> bytes:
    """How a signer is mostly named: by the issuer and the serial number of the certificate, in DER."""
    return der.encode(SEQUENCE, certificate.issuer, der.number(certificate.serial))


def _is_of(certificate: Certificate, data: bytes, signer: Element) -> bool:
    if signer.tag == SEQUENCE:
        if signer.whole(data) == _usual_name(certificate):
            return True
        parts = der.inside(data, signer)
        issuer, serial = der.part(parts, 0, SEQUENCE), der.part(parts, 1, der.INTEGER)
        return certificate.serial == der.integer(data, serial) and certificate.issuer == issuer.whole(data)
    return signer.tag == 0x80 and bool(certificate.key_id) and certificate.key_id == signer.content(data)
