"""Builds signatures that no honest signer would make: without an attribute, by several, over something else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, OCTETS, SEQUENCE, SET, encode, number, set_of
from aimaq.eds.asn1.oids import (
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SHA256,
    SIGNED_DATA,
    SIGNING_CERTIFICATE,
    SIGNING_TIME,
)
from aimaq.eds.cms.algorithms import scheme_of, signed_with
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.profile import PrivateKey

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


def signer(hand: Hand, text: dict[bytes, bytes], document: bytes = b"") -> bytes:
    """The information on one signer, who says this; without attributes the signature is over the document itself."""
    signed = set_of(*(encode(SEQUENCE, name, encode(SET, value)) for name, value in text.items()))
    value, scheme = signed_with(hand.key, signed if text else document), scheme_of(hand.key)
    certificate = hand.certificate
    whose = encode(SEQUENCE, certificate.issuer, number(certificate.serial))
    travelling = b"\xa0" + signed[1:] if text else b""
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
    parts = _parts(signature)
    nothing = encode(0xA1, encode(SEQUENCE, encode(OCTETS, bytes(size))))
    carried = der.only(parts[3], CONTEXT_0).content(parts[3])
    parts[3] = encode(CONTEXT_0, carried, nothing)
    return encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, encode(SEQUENCE, *parts)))


def holding(signature: bytes, document: bytes) -> bytes:
    """A detached signature with this document put inside, whatever it was made over."""
    version, algorithms, _, *rest = _parts(signature)
    content = encode(SEQUENCE, DATA, encode(CONTEXT_0, encode(OCTETS, document)))
    signed = encode(SEQUENCE, version, algorithms, content, *rest)
    return encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, signed))


def streamed(signature: bytes, document: bytes, size: int) -> bytes:
    """A detached signature with this document put inside as a stream: in pieces of `size` bytes, of unknown length."""
    version, algorithms, _, *rest = _parts(signature)
    pieces = [encode(OCTETS, document[at : at + size]) for at in range(0, len(document), size)]
    content = _open(SEQUENCE, DATA, _open(CONTEXT_0, _open(OCTETS | 0x20, *pieces)))
    return _open(SEQUENCE, SIGNED_DATA, _open(CONTEXT_0, _open(SEQUENCE, version, algorithms, content, *rest)))


def _parts(signature: bytes) -> list[bytes]:
    outer = der.inside(signature, der.only(signature, SEQUENCE))
    return [part.whole(signature) for part in der.inside(signature, der.inside(signature, outer[1])[0])]


def _open(tag: int, *contents: bytes) -> bytes:
    """An element of indefinite length, which BER allows (X.690, 8.1.3.6)."""
    return bytes((tag, 0x80)) + b"".join(contents) + b"\0\0"
