"""The names of algorithms and attributes in signatures, as they are encoded, and what the library calls them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from aimaq.eds.asn1.der import NULL, SEQUENCE, encode, oid

DATA, SIGNED_DATA = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.7.2")
TIME_STAMP_INFO = oid("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE, MESSAGE_DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
SIGNING_TIME, SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.5"), oid("1.2.840.113549.1.9.16.2.47")
OLD_SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.16.2.12")
TIME_STAMP = oid("1.2.840.113549.1.9.16.2.14")
"""The unsigned attribute that holds the time stamp of a signature (RFC 5126, 6.1.1)."""
SHA256, SHA384, SHA512 = (oid(f"2.16.840.1.101.3.4.2.{n}") for n in (1, 2, 3))
RSA, RSA_SHA256, RSA_SHA384, RSA_SHA512 = (oid(f"1.2.840.113549.1.1.{n}") for n in (1, 11, 12, 13))
ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512 = (oid(f"1.2.840.10045.4.3.{n}") for n in (2, 3, 4))

T = TypeVar("T")


def _identified(names: Mapping[bytes, T]) -> dict[bytes, T]:
    """The same by algorithm identifier: some leave the parameters out, and some write that there are none."""
    return {encode(SEQUENCE, name, end): meaning for name, meaning in names.items() for end in (b"", NULL)}


DIGESTS = _identified({SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"})
SCHEMES = _identified(
    {
        RSA: ("rsa", ""),
        RSA_SHA256: ("rsa", "sha256"),
        RSA_SHA384: ("rsa", "sha384"),
        RSA_SHA512: ("rsa", "sha512"),
        ECDSA_SHA256: ("ec", "sha256"),
        ECDSA_SHA384: ("ec", "sha384"),
        ECDSA_SHA512: ("ec", "sha512"),
    }
)
"""The kind of key and the digest by the signature's algorithm; plain RSA leaves the digest to the signer's."""

DIGEST = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
ECDSA = {name: ec.ECDSA(algorithm) for name, algorithm in HASHES.items()}
PKCS1 = padding.PKCS1v15()
