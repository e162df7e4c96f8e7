"""Signatures of systems over messages: a detached JWS (RFC 7515, RFC 7797) with ES256, over the very bytes sent.

The protected header is `{"alg":"ES256","b64":false,"crit":["b64"],"x5t#S256":…}`; the last member names the
sender's certificate by its SHA-256 thumbprint. Who owns which certificate is the `Directory`'s knowledge.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from aimaq.errors import BadSignature, Unconfigured, UnknownSender

_ES256 = ec.ECDSA(hashes.SHA256())
_SIZE = 32
_LONGEST_HEADER = 512
_HEADERS = 256
"""How many protected headers are remembered with the certificate that each names."""


class Signer(Protocol):
    """Signs bytes as one system."""

    def sign(self, data: bytes) -> str:
        """The detached JWS over `data`."""
        ...


class Verifier(Protocol):
    """Tells which system signed some bytes."""

    def verify(self, data: bytes, signature: str, at: datetime) -> str:
        """The party whose certificate, valid at `at`, made this signature over exactly `data`.

        BadSignature if none did; UnknownSender if the certificate is nobody's here.
        """
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """A party's certificate and the public key in it."""

    party: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePublicKey
    not_before: datetime
    not_after: datetime


class KeySigner:
    """Signs with a private P-256 key and names the certificate that belongs to it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        public = certificate.public_key()
        if (
            not isinstance(public, ec.EllipticCurvePublicKey)
            or public.public_numbers() != key.public_key().public_numbers()
        ):
            raise Unconfigured("the signing key does not belong to the certificate beside it")
        self._key = key
        self.certificate = certificate
        header = {"alg": "ES256", "b64": False, "crit": ["b64"], "x5t#S256": thumbprint(certificate)}
        self._header = _b64(json.dumps(header, separators=(",", ":")).encode())
        self._prefix = self._header.encode() + b"."

    def sign(self, data: bytes) -> str:
        """The detached JWS over `data`: header, two dots, signature."""
        r, s = decode_dss_signature(self._key.sign(self._prefix + data, _ES256))
        return f"{self._header}..{_b64(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"


class Directory:
    """The certificates of the systems of the stand, by thumbprint: whose signature is whose."""

    def __init__(self, certificates: Iterable[tuple[str, x509.Certificate]]) -> None:
        self._known: dict[str, Identity] = {}
        self._headers: dict[str, str] = {}
        for party, certificate in certificates:
            self.add(party, certificate)

    def add(self, party: str, certificate: x509.Certificate) -> None:
        """Take in one more certificate of a party; the ones before stay good."""
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Unconfigured(f"the certificate of {party} does not hold a P-256 key")
        self._known[thumbprint(certificate)] = Identity(
            party, certificate, key, certificate.not_valid_before_utc, certificate.not_valid_after_utc
        )

    def certificates(self) -> list[tuple[str, x509.Certificate]]:
        """All certificates that are known, each with its party, in the order in which they were taken in."""
        return [(identity.party, identity.certificate) for identity in self._known.values()]

    def named(self, signature: str) -> str:
        """The thumbprint of the certificate that a signature names; BadSignature if that cannot be read."""
        header = signature.partition("..")[0]
        return self._headers.get(header) or _thumbprint_in(header)

    def verify(self, data: bytes, signature: str, at: datetime) -> str:
        """See `Verifier.verify`."""
        header, dots, mark = signature.partition("..")
        if not dots:
            raise BadSignature("not a detached JWS")
        named = self._headers.get(header) or _thumbprint_in(header)
        identity = self._known.get(named)
        if identity is None:
            raise UnknownSender("no party here owns the certificate that the signature names")
        try:
            raw = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
            if len(raw) != 2 * _SIZE or _b64(raw) != mark:
                raise ValueError("length")
            dss = encode_dss_signature(int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big"))
            identity.key.verify(dss, header.encode() + b"." + data, _ES256)
        except (InvalidSignature, ValueError):
            raise BadSignature(f"the signature is not {identity.party}'s over these bytes") from None
        if not identity.not_before <= at <= identity.not_after:
            raise BadSignature(f"the certificate of {identity.party} is not in date")
        if header not in self._headers and len(self._headers) < _HEADERS:
            self._headers[header] = named
        return identity.party


def _thumbprint_in(header: str) -> str:
    if len(header) > _LONGEST_HEADER:
        raise BadSignature("the header of the signature is longer than one of ES256 can be")
    try:
        parsed = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        named = parsed["x5t#S256"]
        lawful = parsed["alg"] == "ES256" and parsed["b64"] is False and parsed["crit"] == ["b64"]
    except (ValueError, KeyError, TypeError):
        raise BadSignature("the header of the signature cannot be read") from None
    if not lawful or not isinstance(named, str) or set(parsed) != {"alg", "b64", "crit", "x5t#S256"}:
        raise BadSignature("the signature is not ES256 over the bytes as sent")
    return named


def thumbprint(certificate: x509.Certificate) -> str:
    """The certificate's SHA-256 thumbprint in base64url, as JWS writes it."""
    return _b64(hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
