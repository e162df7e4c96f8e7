"""The roster's signature: a detached JWS (RFC 7515, RFC 7797) by the certification authority, over the very bytes sent.

The authority signs, and no system: a system's key is what the roster is about, and its withdrawal must not take away
the means to tell of it. The protected header is one of those that an authority trusted here can have, so that nothing
in it is read:

    {"alg":"RS256","b64":false,"crit":["b64"],"typ":"aimaq-roster","x5t#S256":…}

with ES256 if the authority's key is a P-256 key. `typ` keeps any other signature from being taken for a roster's.
"""

from __future__ import annotations

import json

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from aimaq.eds.x509.profile import PrivateKey
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature, Technical
from aimaq.language.signing.jws import thumbprint
from aimaq.language.signing.merkle_signature import decode, encode

HEADER = "Signature-JWS"
"""The HTTP header that the signature stands in, beside the bytes that it is over."""
_SIZE = 32
_HASH = hashes.SHA256()


class SignedRoster(msgspec.Struct, frozen=True):
    """A roster as the authority signed it, and the signature over exactly these bytes in UTF-8."""

    roster: str
    signature: str


def sign(data: bytes, key: PrivateKey, certificate: x509.Certificate) -> str:
    """The signature of the authority with this certificate over a roster."""
    header = _header(certificate)
    signed = header.encode() + b"." + data
    if isinstance(key, rsa.RSAPrivateKey):
        return f"{header}..{encode(key.sign(signed, padding.PKCS1v15(), _HASH))}"
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(_HASH)))
    return f"{header}..{encode(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"


def verify(signed: SignedRoster, trust: TrustStore) -> bytes:
    """The bytes that were signed; BadSignature unless an authority trusted here signed them as a roster."""
    header, _, mark = signed.signature.partition("..")
    authority = next((one for one in trust.authorities if _header(one) == header), None)
    if authority is None:
        raise BadSignature(Technical("the roster is not signed by an authority trusted here"))
    data = signed.roster.encode()
    try:
        _verify(authority, header.encode() + b"." + data, decode(mark))
    except (InvalidSignature, ValueError):
        raise BadSignature(Technical("the roster is not what the authority signed")) from None
    return data


def _verify(authority: x509.Certificate, signed: bytes, mark: bytes) -> None:
    """InvalidSignature or ValueError unless this is the authority's signature over these bytes."""
    key = authority.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(mark, signed, padding.PKCS1v15(), _HASH)
    elif isinstance(key, ec.EllipticCurvePublicKey) and len(mark) == 2 * _SIZE:
        r, s = (int.from_bytes(half, "big") for half in (mark[:_SIZE], mark[_SIZE:]))
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(_HASH))
    else:
        raise ValueError("length")


def _header(certificate: x509.Certificate) -> str:
    algorithm = "RS256" if isinstance(certificate.public_key(), rsa.RSAPublicKey) else "ES256"
    protected = {
        "alg": algorithm,
        "b64": False,
        "crit": ["b64"],
        "typ": "aimaq-roster",
        "x5t#S256": thumbprint(certificate),
    }
    return encode(json.dumps(protected, separators=(",", ":")).encode())
