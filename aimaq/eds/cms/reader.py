"""Signatures of people over documents: CMS (RFC 5652) in the form CAdES-BES or -T (ETSI EN 319 122-1).

A CMS is detached from the document, or attached: then the document travels inside. Signed attributes are required,
with the certificate's digest among them (signing-certificate-v2, RFC 5035): without it a signature could be laid to
another certificate of the same key. The encoding is read and written by hand: a general ASN.1 library takes two (P-256)
to seven (RSA) times as long to take a signature apart as the cryptography to verify it.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from aimaq.eds import texts
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, CONTEXT_1, OCTETS, OID, SEQUENCE, SET, Element, Malformed
from aimaq.eds.asn1.oids import (
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
    SIGNING_CERTIFICATE,
    TIME_STAMP,
    TIME_STAMP_INFO,
)
from aimaq.eds.cms import attributes
from aimaq.eds.cms.attributes import Fault
from aimaq.eds.cms.container import certificate_of, opened
from aimaq.eds.cms.signer import DocumentSigner
from aimaq.eds.findings import Code
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.profile import PublicKey
from aimaq.language.errors import BadSignature
from aimaq.language.texts import Texts

__all__ = [
    "LARGEST",
    "LARGEST_CONTENT",
    "MOST_SIGNERS",
    "DocumentSigner",
    "Signature",
    "document_in",
    "signatures",
    "signers_in",
    "take_apart",
    "unreadable",
]

LARGEST = 64 * 1024
"""Bytes that a signature may have, certificates included, and the document inside not."""
LARGEST_CONTENT = 1024 * 1024
"""Bytes that the document inside may have."""
MOST_SIGNERS = 8


class Signature(NamedTuple):
    """One person's signature, taken apart: what it claims, before any of it is believed.

    `faults` are the attributes that are missing or wrong; what such a one should have said is None. `attributes` is
    empty where there are none, and then the signature is over the document itself. `stamp` is the token of its time
    stamp, if it has one. `content` is the document inside, None if it is detached; nothing says yet that it was signed.
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
    content: bytes | None = None

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
    """The one signature in a CMS; BadSignature says what is wrong with the encoding or its attributes."""
    found = signatures(data)
    if len(found) != 1:
        raise BadSignature(texts.UNREADABLE_SINCE.format(why=texts.ONE_SIGNER.format(count=len(found))))
    (one,) = found
    if isinstance(one, BadSignature):
        raise one
    if one.faults:
        raise BadSignature(texts.UNREADABLE_SINCE.format(why=one.faults[0][1]))
    return one


def document_in(data: bytes) -> bytes | None:
    """The document inside an attached CMS, whoever signed it and whether or not; None if the CMS is detached.

    BadSignature if it is no CMS.
    """
    try:
        return opened(data, DATA)[2]
    except Malformed as error:
        raise _unreadable(error) from None


def signers_in(data: bytes) -> list[Certificate | None]:
    """Whom a CMS names as its signers, whether their signatures can be read or not; BadSignature if it is no CMS.

    Who has no certificate in it that can be read is None; nobody at all may have signed.
    """
    try:
        signed, signers, _ = opened(data, DATA)
    except Malformed as error:
        raise _unreadable(error) from None
    return [_certificate_of(data, signed, signer) for signer in signers[:MOST_SIGNERS]]


def signatures(data: bytes, kind: bytes = DATA) -> tuple[Signature | BadSignature, ...]:
    """Each signer's signature in a CMS, or why that one cannot be read, in their order; at least one.

    BadSignature if no signer can be found in it. `kind` is the type of what is signed (an OID in DER).
    """
    large = len(data) > LARGEST
    if large and len(data) > LARGEST + LARGEST_CONTENT:
        raise _too_large()
    try:
        signed, signers, inside = opened(data, kind)
    except Malformed as error:
        raise _too_large() if large else _unreadable(error) from None
    if large and len(data) - len(inside or b"") > LARGEST:
        raise _too_large()
    if not 0 < len(signers) <= MOST_SIGNERS:
        count = texts.SIGNERS.format(count=len(signers), most=MOST_SIGNERS)
        raise BadSignature(texts.UNREADABLE_SINCE.format(why=count))
    return tuple([_read(data, signed, signer, kind, inside) for signer in signers])


def _unreadable(why: Malformed) -> BadSignature:
    return BadSignature(unreadable(why))


def unreadable(why: Malformed) -> Texts:
    """That a signature cannot be read, and why, as far as that helps a person."""
    if why.texts is not None:
        return texts.UNREADABLE_SINCE.format(why=why.texts)
    return texts.UNREADABLE.format(why=why)


def _too_large() -> BadSignature:
    return BadSignature(texts.TOO_LARGE.format(most=LARGEST), rule="size")


def _read(
    data: bytes, signed: list[Element], of: Element, kind: bytes, inside: bytes | None
) -> Signature | BadSignature:
    try:
        return _signature(data, signed, of, kind, inside)
    except Malformed as error:
        return _unreadable(error)
    except BadSignature as error:
        return error


def _signature(data: bytes, signed: list[Element], of: Element, kind: bytes, inside: bytes | None) -> Signature:
    signer = der.inside(data, of)
    algorithm = DIGESTS.get(der.part(signer, 2, SEQUENCE).whole(data))
    if algorithm is None:
        raise Malformed(texts.NO_DIGEST)
    faults: list[Fault] = []
    digest = named = None
    over, after = b"", 3
    if (signed_ones := der.part(signer, 3)).tag == CONTEXT_0:
        if signed_ones.stop != signed_ones.end:
            raise Malformed(texts.NOT_DER)
        # What is signed is the attributes as a SET OF, not under the tag they travel with (RFC 5652, 5.4).
        over, after = b"\x31" + data[signed_ones.start + 1 : signed_ones.end], 4
        text = attributes.read(data, signed_ones)
        if attributes.value(text, CONTENT_TYPE, faults) not in (kind, None):
            faults.append((Code.BAD_ATTRIBUTE, texts.NOT_DATA))
        digest = attributes.digest(attributes.value(text, MESSAGE_DIGEST, faults), faults)
        if kind == TIME_STAMP_INFO and SIGNING_CERTIFICATE not in text and OLD_SIGNING_CERTIFICATE in text:
            # Time-stamping authorities older than RFC 5816 name their certificate by SHA-1 and cannot do otherwise.
            named = attributes.named(attributes.value(text, OLD_SIGNING_CERTIFICATE, faults), faults, "sha1")
        else:
            named = attributes.named(attributes.value(text, SIGNING_CERTIFICATE, faults), faults)
    else:
        faults.append((Code.MISSING_ATTRIBUTE, texts.NO_ATTRIBUTES))
    certificate = certificate_of(data, signed, der.part(signer, 1))
    scheme = _scheme(der.part(signer, after, SEQUENCE).whole(data), algorithm)
    value = der.part(signer, after + 1, OCTETS).content(data)
    stamp = _stamp(data, signer[after + 2]) if len(signer) > after + 2 else None
    return Signature(certificate, algorithm, scheme, digest, named, over, value, tuple(faults), stamp, inside)


def _scheme(identifier: bytes, algorithm: str) -> str:
    scheme, hashed_with = SCHEMES.get(identifier, ("", ""))
    if not scheme:
        raise Malformed(texts.NO_SCHEME)
    if hashed_with not in (algorithm, ""):
        raise Malformed(texts.TWO_DIGESTS)
    return scheme


def _stamp(data: bytes, unsigned: Element) -> bytes | None:
    if unsigned.tag != CONTEXT_1:
        return None
    for attribute in der.inside(data, unsigned):
        parts = der.inside(data, attribute)
        if der.part(parts, 0, OID).whole(data) == TIME_STAMP:
            return der.part(der.inside(data, der.part(parts, 1, SET)), 0).whole(data)
    return None


def _certificate_of(data: bytes, signed: list[Element], signer: Element) -> Certificate | None:
    try:
        return certificate_of(data, signed, der.part(der.inside(data, signer), 1))
    except (Malformed, BadSignature):
        return None
