"""How a key of the profile signs: SHA-256, with ECDSA on P-256 or with RSA as in PKCS #1 v1.5 (RFC 8017, 8.2)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aimaq.eds.asn1.der import NULL, SEQUENCE, encode
from aimaq.eds.asn1.oids import ECDSA, ECDSA_SHA256, HASHES, PKCS1, RSA_SHA256
from aimaq.eds.x509.profile import PrivateKey, PublicKey

_ECDSA_SCHEME = encode(SEQUENCE, ECDSA_SHA256)
_RSA_SCHEME = encode(SEQUENCE, RSA_SHA256, NULL)


def scheme_of(key: PrivateKey) -> bytes:
    """The algorithm of this key's signatures, as an AlgorithmIdentifier in DER (RFC 5758, 3.2; RFC 4055, 5)."""
    return _ECDSA_SCHEME if isinstance(key, ec.EllipticCurvePrivateKey) else _RSA_SCHEME


def signed_with(key: PrivateKey, data: bytes) -> bytes:
    """The key's signature over these bytes."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ECDSA["sha256"])
    return key.sign(data, PKCS1, HASHES["sha256"])


def sound(key: PrivateKey) -> bool:
    """Whether its public half verifies what the key signs: one that was damaged on disk does not."""
    return made_with(key.public_key(), signed_with(key, b""), b"")


def made_with(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether the private key that belongs to this one made this signature over these bytes."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ECDSA["sha256"])
        else:
            key.verify(signature, data, PKCS1, HASHES["sha256"])
    except InvalidSignature:
        return False
    return True


def bits_of(key: PublicKey) -> bytes:
    """The key as the content of its subjectPublicKey (RFC 5280, 4.1.2.7), which is what key identifiers digest."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
