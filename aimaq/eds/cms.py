"""Signatures of people over documents: detached CMS (RFC 5652) in the form CAdES-BES (ETSI EN 319 122-1).

Signed attributes are required, with the certificate's digest among them (signing-certificate-v2, RFC 5035): without
it a signature could be laid to another certificate of the same key. The encoding is read and written by hand: a general
ASN.1 library takes two (P-256) to seven (RSA) times as long to take a signature apart as the cryptography to verify it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from aimaq.eds import der
from aimaq.eds.certificates import Certificate, read
from aimaq.eds.der import CONTEXT_0, OCTETS, OID, SEQUENCE, SET, Element, Malformed, encode, oid, set_of
from aimaq.eds.profile import PrivateKey, PublicKey
from aimaq.errors import BadSignature, Unconfigured

LARGEST = 64 * 1024
"""Bytes that a signature may have, certificates included."""
MOST_CERTIFICATES = 8

_DATA, _SIGNED_DATA = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE, _MESSAGE_DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
_SIGNING_TIME, _SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.5"), oid("1.2.840.113549.1.9.16.2.47")
_SHA256, _SHA384, _SHA512 = (oid(f"2.16.840.1.101.3.4.2.{n}") for n in (1, 2, 3))
_RSA, _RSA_SHA256, _RSA_SHA384, _RSA_SHA512 = (oid(f"1.2.840.113549.1.1.{n}") for n in (1, 11, 12, 13))
_ECDSA_SHA256, _ECDSA_SHA384, _ECDSA_SHA512 = (oid(f"1.2.840.10045.4.3.{n}") for n in (2, 3, 4))

T = TypeVar("T")


def _identified(names: Mapping[bytes, T]) -> dict[bytes, T]:
    """The same by algorithm identifier: some leave the parameters out, and some write that there are none."""
    return {encode(SEQUENCE, name, end): meaning for name, meaning in names.items() for end in (b"", der.NULL)}


_DIGESTS = _identified({_SHA256: "sha256", _SHA384: "sha384", _SHA512: "sha512"})
_SCHEMES = _identified(
    {
        _RSA: ("rsa", ""),
        _RSA_SHA256: ("rsa", "sha256"),
        _RSA_SHA384: ("rsa", "sha384"),
        _RSA_SHA512: ("rsa", "sha512"),
        _ECDSA_SHA256: ("ec", "sha256"),
        _ECDSA_SHA384: ("ec", "sha384"),
        _ECDSA_SHA512: ("ec", "sha512"),
    }
)
"""The kind of key and the digest by the signature's algorithm; plain RSA leaves the digest to the signer's."""

_DIGEST = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_ECDSA = {name: ec.ECDSA(algorithm) for name, algorithm in _HASHES.items()}
_PKCS1 = padding.PKCS1v15()
_UTC_TIME, _GENERAL_TIME = 0x17, 0x18


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature, taken apart: what it claims, before any of it is believed."""

    certificate: Certificate
    algorithm: str
    scheme: str
    digest: bytes
    named: tuple[str, bytes]
    attributes: bytes
    value: bytes

    def covers(self, document: bytes) -> bool:
        """Whether the digest signed is that of this document."""
        return _DIGEST[self.algorithm](document).digest() == self.digest

    def made_by(self, key: PublicKey) -> bool:
        """Whether this key made the signature over the signed attributes."""
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                if self.scheme == "ec":
                    key.verify(self.value, self.attributes, _ECDSA[self.algorithm])
                    return True
            elif self.scheme == "rsa":
                key.verify(self.value, self.attributes, _PKCS1, _HASHES[self.algorithm])
                return True
        except InvalidSignature:
            return False
        return False

    def names_its_certificate(self) -> bool:
        """Whether the digest of the signer's certificate is among the signed attributes."""
        algorithm, digest = self.named
        if algorithm == "sha256":
            return digest == self.certificate.digest
        return digest == _DIGEST[algorithm](self.certificate.der).digest()


def take_apart(data: bytes) -> Signature:
    """The one signature in a detached CMS; BadSignature says what is wrong with the encoding."""
    if len(data) > LARGEST:
        raise BadSignature(f"the signature is larger than {LARGEST} bytes")
    try:
        return _signature(data)
    except Malformed as error:
        raise BadSignature(f"the signature cannot be read: {error}") from None


def _signature(data: bytes) -> Signature:
    outer = der.inside(data, der.only(data, SEQUENCE))
    if der.part(outer, 0, OID).whole(data) != _SIGNED_DATA:
        raise Malformed("it is not signed data")
    signed = der.inside(data, der.part(der.inside(data, der.part(outer, 1, CONTEXT_0)), 0, SEQUENCE))
    content = der.inside(data, der.part(signed, 2, SEQUENCE))
    if der.part(content, 0, OID).whole(data) != _DATA or len(content) > 1:
        raise Malformed("it is not detached from its document")
    signers = der.inside(data, der.part(signed, -1, SET))
    if len(signers) != 1:
        raise Malformed(f"one signer is expected, not {len(signers)}")
    signer = der.inside(data, der.part(signers, 0, SEQUENCE))
    attributes = der.part(signer, 3)
    if attributes.tag != CONTEXT_0:
        raise Malformed("there are no signed attributes")
    algorithm = _DIGESTS.get(der.part(signer, 2, SEQUENCE).whole(data))
    if algorithm is None:
        raise Malformed("its digest is none of SHA-256, SHA-384 and SHA-512")
    said = _attributes(data, attributes)
    if _value(said, _CONTENT_TYPE) != _DATA:
        raise Malformed("it signs something else than data")
    digest = _value(said, _MESSAGE_DIGEST)
    return Signature(
        certificate=_signers_certificate(data, signed, der.part(signer, 1)),
        algorithm=algorithm,
        scheme=_scheme(der.part(signer, 4, SEQUENCE).whole(data), algorithm),
        digest=der.only(digest, OCTETS).content(digest),
        named=_certificate_named(_value(said, _SIGNING_CERTIFICATE)),
        # What is signed is the attributes as a SET OF, not under the tag they travel with (RFC 5652, 5.4).
        attributes=b"\x31" + data[attributes.start + 1 : attributes.end],
        value=der.part(signer, 5, OCTETS).content(data),
    )


def _scheme(identifier: bytes, algorithm: str) -> str:
    scheme, hashed_with = _SCHEMES.get(identifier, ("", ""))
    if not scheme:
        raise Malformed("its algorithm is neither RSA nor ECDSA")
    if hashed_with not in (algorithm, ""):
        raise Malformed("its two digest algorithms differ")
    return scheme


def _attributes(data: bytes, attributes: Element) -> dict[bytes, list[bytes]]:
    if attributes.stop != attributes.end:
        raise Malformed("the signed attributes are not DER")
    said: dict[bytes, list[bytes]] = {}
    for attribute in der.inside(data, attributes):
        parts = der.inside(data, attribute)
        name = der.part(parts, 0, OID).whole(data)
        if name in said:
            raise Malformed("a signed attribute is there twice")
        said[name] = [value.whole(data) for value in der.inside(data, der.part(parts, 1, SET))]
    return said


_NAMES = {
    _CONTENT_TYPE: "content-type",
    _MESSAGE_DIGEST: "message-digest",
    _SIGNING_CERTIFICATE: "signing-certificate-v2",
}


def _value(said: dict[bytes, list[bytes]], name: bytes) -> bytes:
    values = said.get(name, [])
    if len(values) != 1:
        raise Malformed(f"the signed attribute {_NAMES[name]} must be there once")
    return values[0]


def _certificate_named(attribute: bytes) -> tuple[str, bytes]:
    identifiers = der.inside(attribute, der.part(der.inside(attribute, der.only(attribute, SEQUENCE)), 0, SEQUENCE))
    first = der.inside(attribute, der.part(identifiers, 0, SEQUENCE))
    algorithm: str | None = "sha256"
    if first and first[0].tag == SEQUENCE:
        algorithm = _DIGESTS.get(first.pop(0).whole(attribute))
    if algorithm is None:
        raise Malformed("it names its certificate by a digest other than SHA-256, SHA-384 and SHA-512")
    return algorithm, der.part(first, 0, OCTETS).content(attribute)


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


def _is_of(certificate: Certificate, data: bytes, signer: Element) -> bool:
    if signer.tag == SEQUENCE:
        parts = der.inside(data, signer)
        issuer, serial = der.part(parts, 0, SEQUENCE), der.part(parts, 1, der.INTEGER)
        return certificate.serial == der.integer(data, serial) and certificate.issuer == issuer.whole(data)
    return signer.tag == 0x80 and bool(certificate.key_id) and certificate.key_id == signer.content(data)


class DocumentSigner:
    """Signs documents with one person's key; all that is the same in every signature is encoded once."""

    def __init__(self, key: PrivateKey, certificate: Certificate) -> None:
        if certificate.key is None or key.public_key().public_numbers() != certificate.key.public_numbers():
            raise Unconfigured("the key does not belong to the certificate")
        self._key = key
        sha256 = encode(SEQUENCE, _SHA256)
        named = encode(SEQUENCE, encode(SEQUENCE, encode(SEQUENCE, encode(OCTETS, certificate.digest))))
        self._fixed = (_attribute(_CONTENT_TYPE, _DATA), _attribute(_SIGNING_CERTIFICATE, named))
        self._before = (der.number(1), encode(SET, sha256), encode(SEQUENCE, _DATA), encode(CONTEXT_0, certificate.der))
        self._signer = (der.number(1), encode(SEQUENCE, certificate.issuer, der.number(certificate.serial)), sha256)
        rsa_key = isinstance(key, rsa.RSAPrivateKey)
        self._scheme = encode(SEQUENCE, _RSA_SHA256, der.NULL) if rsa_key else encode(SEQUENCE, _ECDSA_SHA256)

    def sign(self, document: bytes, at: datetime | None = None) -> bytes:
        """A detached CMS over the document in DER; with the signing time `at` among the attributes, if it is given."""
        digest = encode(OCTETS, hashlib.sha256(document).digest())
        attributes = [*self._fixed, _attribute(_MESSAGE_DIGEST, digest)]
        if at is not None:
            attributes.append(_attribute(_SIGNING_TIME, _time(at)))
        signed = set_of(*attributes)
        travelling = b"\xa0" + signed[1:]
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            value = self._key.sign(signed, _ECDSA["sha256"])
        else:
            value = self._key.sign(signed, _PKCS1, _HASHES["sha256"])
        signer = encode(SEQUENCE, *self._signer, travelling, self._scheme, encode(OCTETS, value))
        return encode(SEQUENCE, _SIGNED_DATA, encode(CONTEXT_0, encode(SEQUENCE, *self._before, encode(SET, signer))))


def _attribute(name: bytes, value: bytes) -> bytes:
    return encode(SEQUENCE, name, encode(SET, value))


def _time(at: datetime) -> bytes:
    at = at.astimezone(UTC)
    if 1950 <= at.year < 2050:
        return encode(_UTC_TIME, f"{at:%y%m%d%H%M%S}Z".encode())
    return encode(_GENERAL_TIME, f"{at:%Y%m%d%H%M%S}Z".encode())
