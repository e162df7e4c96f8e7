"""Builds signatures that no honest signer would make: without an attribute, by several, over something else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from aimaq.eds import der
from aimaq.eds.certificates import Certificate
from aimaq.eds.der import CONTEXT_0, NULL, OCTETS, SEQUENCE, SET, encode, number, set_of
from aimaq.eds.oids import (
    CONTENT_TYPE,
    DATA,
    ECDSA_SHA256,
    MESSAGE_DIGEST,
    PKCS1,
    RSA_SHA256,
    SHA256,
    SIGNED_DATA,
    SIGNING_CERTIFICATE,
    SIGNING_TIME,
)
from aimaq.eds.profile import PrivateKey

_UTC_TIME = 0x17


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who signs: a key and its certificate."""

    key: PrivateKey
    certificate: Certificate


def attributes(hand: Hand, document: bytes, at: datetime) -> dict[bytes, bytes]:
    """The signed attributes of an honest signature, by name: their values in DER."""
    named = encode(SEQUENCE, encode(SEQUENCE, encode(SEQUENCE, encode(OCTETS, hand.certificate.digest))))
    return {
        CONTENT_TYPE: DATA,
        MESSAGE_DIGEST: encode(OCTETS, hashlib.sha256(document).digest()),
        SIGNING_CERTIFICATE: named,
        SIGNING_TIME: encode(_UTC_TIME, f"{at.astimezone(UTC):%y%m%d%H%M%S}Z".encode()),
    }


def signer(hand: Hand, said: dict[bytes, bytes], document: bytes = b"") -> bytes:
    """The information on one signer, who says this; without attributes the signature is over the document itself."""
    signed = set_of(*(encode(SEQUENCE, name, encode(SET, value)) for name, value in said.items()))
    value, scheme = _signed(hand.key, signed if said else document)
    certificate = hand.certificate
    whose = encode(SEQUENCE, certificate.issuer, number(certificate.serial))
    travelling = b"\xa0" + signed[1:] if said else b""
    return encode(SEQUENCE, number(1), whose, encode(SEQUENCE, SHA256), travelling, scheme, encode(OCTETS, value))


def message(signers: Sequence[bytes], certificates: Sequence[Certificate]) -> bytes:
    """A detached CMS with these signers and certificates."""
    algorithms = encode(SET, encode(SEQUENCE, SHA256))
    carried = encode(CONTEXT_0, *(certificate.der for certificate in certificates))
    signed = encode(SEQUENCE, number(1), algorithms, encode(SEQUENCE, DATA), carried, set_of(*signers))
    return encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, signed))


def changed(signature: bytes) -> bytes:
    """A signature with the last byte of its signer's value changed."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


def padded(signature: bytes, size: int) -> bytes:
    """The same signature in DER as sound as before, with so many bytes of nothing among its certificates."""
    outer = der.inside(signature, der.only(signature, SEQUENCE))
    parts = [p.whole(signature) for p in der.inside(signature, der.inside(signature, outer[1])[0])]
    nothing = encode(0xA1, encode(SEQUENCE, encode(OCTETS, bytes(size))))
    carried = der.only(parts[3], CONTEXT_0).content(parts[3])
    parts[3] = encode(CONTEXT_0, carried, nothing)
    return encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, encode(SEQUENCE, *parts)))


def _signed(key: PrivateKey, content: bytes) -> tuple[bytes, bytes]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(content, ec.ECDSA(hashes.SHA256())), encode(SEQUENCE, ECDSA_SHA256)
    return key.sign(content, PKCS1, hashes.SHA256()), encode(SEQUENCE, RSA_SHA256, NULL)
