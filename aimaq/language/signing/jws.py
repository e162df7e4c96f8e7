"""Signatures of systems over messages: a detached JWS (RFC 7515, RFC 7797) with ES256, over the very bytes sent.

The protected header is `{"alg":"ES256","b64":false,"crit":["b64"],"x5t#S256":…}`; the last member names the
sender's certificate by its SHA-256 thumbprint. Who owns which certificate is the `Directory`'s knowledge.

Where many messages share one signature, it is over their sheaf (`aimaq.language.signing.merkle_signature`): the header
has `"sheaf":"RFC6962"` too, among what is critical, and the message's own proof follows after one more dot.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from aimaq.language.errors import BadSignature, Technical, Unconfigured, UnknownSender, WithdrawnCertificate
from aimaq.language.signing import merkle_signature
from aimaq.language.signing.system_certificate import demand

_ES256 = ec.ECDSA(hashes.SHA256())
_SIZE = 32
_SHEAF = "RFC6962"
_LONGEST_HEADER = 512
_HEADERS = 256
"""How many protected headers are remembered with the certificate that each names."""
_SHEAVES = 128
"""How many signatures over sheaves are remembered with what they were found to be over."""
MOST = 4096
"""Certificates that a directory holds: some 4 KB each. Those replaced are kept, for what was signed with them."""


class Signer(Protocol):
    """Signs bytes as one system."""

    def sign(self, data: bytes) -> str:
        """The detached JWS over `data`."""
        ...

    def sign_all(self, messages: Sequence[bytes], most: int) -> list[str]:
        """A signature for each of these, up to `most` of them bound together under one."""
        ...


class Verifier(Protocol):
    """Tells which system signed some bytes."""

    def verify(self, data: bytes, signature: str, at: datetime) -> str:
        """The party whose certificate, valid at `at`, made this signature over exactly `data`.

        BadSignature if none did; UnknownSender if the certificate is nobody's here; WithdrawnCertificate, which names
        the party, if all is right but that the certificate had been revoked or suspended by `at`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Since when a certificate is good for nothing, and whether that is for good or until it is resumed."""

    since: datetime
    status: Literal["revoked", "suspended"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A party's certificate, the public key in it, and its withdrawal if there was one."""

    party: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePublicKey
    not_before: datetime
    not_after: datetime
    withdrawal: Withdrawal | None = None


class _Headers(NamedTuple):
    """A key and what a signature with it begins with: one object, so that nobody gets half of two."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    header: str
    header_of_sheaf: str

    def sign(self, header: str, data: bytes) -> str:
        """Header, two dots, signature."""
        r, s = decode_dss_signature(self.key.sign(header.encode() + b"." + data, _ES256))
        return f"{header}..{merkle_signature.encode(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"


class KeySigner:
    """Signs with a private P-256 key and names the certificate that belongs to it; both can be replaced at any time."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._headers = _headers(key, certificate)

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that signatures name now."""
        return self._headers.certificate

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The key that signatures are made with now."""
        return self._headers.key

    def renew(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        """Sign with this key from the next signature on; Unconfigured if the certificate is not the key's."""
        self._headers = _headers(key, certificate)

    def sign(self, data: bytes) -> str:
        """The detached JWS over `data`: header, two dots, signature."""
        headers = self._headers
        return headers.sign(headers.header, data)

    def sign_all(self, messages: Sequence[bytes], most: int) -> list[str]:
        """See `Signer.sign_all`; one that is left alone gets a signature as by `sign`."""
        headers, marks, most = self._headers, list[str](), min(most, merkle_signature.MOST)
        for start in range(0, len(messages), most):
            together = messages[start : start + most]
            if len(together) == 1:
                marks.append(headers.sign(headers.header, together[0]))
                continue
            data, proofs = merkle_signature.bind(together)
            mark = headers.sign(headers.header_of_sheaf, data)
            marks += [f"{mark}.{proof}" for proof in proofs]
        return marks


class Directory:
    """The certificates of the systems of the stand, by thumbprint: whose signature is whose.

    It may change while others, in any thread, verify by it: what is known of a certificate is replaced as a whole.
    """

    def __init__(self, certificates: Iterable[tuple[str, x509.Certificate]]) -> None:
        self._known: dict[str, Identity] = {}
        self._headers: dict[str, tuple[str, bool]] = {}
        self._sheaves: dict[str, bytes] = {}
        for party, certificate in certificates:
            self.add(party, certificate)

    def add(self, party: str, certificate: x509.Certificate, withdrawal: Withdrawal | None = None) -> None:
        """Take in a certificate of a party as it stands now; the ones before stay as they are.

        One that was revoked stays revoked, as of the earlier time that is known: X.509 has no way back. Unconfigured if
        it does not say in itself that it is a system of this party, or if there are `MOST` others.
        """
        demand(party, certificate)
        key, named = certificate.public_key(), thumbprint(certificate)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise Unconfigured(f"the certificate of {party} does not hold a P-256 key")
        known = self._known.get(named)
        withdrawal = withdrawal if known is None else _final(known.withdrawal, withdrawal)
        if named not in self._known and len(self._known) >= MOST:
            raise Unconfigured(f"there are {MOST} certificates of systems already")
        self._known[named] = Identity(
            party, certificate, key, certificate.not_valid_before_utc, certificate.not_valid_after_utc, withdrawal
        )

    def certificates(self) -> list[tuple[str, x509.Certificate]]:
        """All certificates that are known, each with its party, in the order in which they were taken in."""
        return [(identity.party, identity.certificate) for identity in self.identities()]

    def identities(self) -> list[Identity]:
        """All that is known, in the order in which it was taken in."""
        return list(self._known.values())

    def identity(self, certificate: x509.Certificate) -> Identity | None:
        """What is known of a certificate, if anything is."""
        return self._known.get(thumbprint(certificate))

    def signer(self, signature: str) -> Identity | None:
        """Whose certificate a signature names, if anybody's; whether the signature holds is not asked."""
        return self._known.get(self.named(signature))

    def by_thumbprint(self, named: str) -> Identity | None:
        """What is known of the certificate with this thumbprint, if anything is."""
        return self._known.get(named)

    def named(self, signature: str) -> str:
        """The thumbprint of the certificate that a signature names; BadSignature if that cannot be read."""
        header = signature.partition("..")[0]
        return (self._headers.get(header) or _read(header))[0]

    def verify(self, data: bytes, signature: str, at: datetime) -> str:
        """See `Verifier.verify`."""
        header, dots, mark = signature.partition("..")
        if not dots:
            raise BadSignature(Technical("not a detached JWS"))
        named, bound = self._headers.get(header) or _read(header)
        identity = self._known.get(named)
        if identity is None:
            raise UnknownSender("no party here owns the certificate that the signature names")
        try:
            if bound:
                self._verify_sheaf(identity, header, mark, data)
            else:
                _verify(identity, header, mark, data)
        except (InvalidSignature, ValueError):
            raise BadSignature(Technical(f"the signature is not {identity.party}'s over these bytes")) from None
        if not identity.not_before <= at <= identity.not_after:
            raise BadSignature(Technical(f"the certificate of {identity.party} is not in date"))
        if identity.withdrawal is not None and identity.withdrawal.since <= at:
            raise _withdrawn(identity, identity.withdrawal)
        if header not in self._headers and len(self._headers) < _HEADERS:
            self._headers[header] = named, bound
        return identity.party

    def _verify_sheaf(self, identity: Identity, header: str, mark: str, message: bytes) -> None:
        """A message's place in its sheaf is looked at each time, the signature over the whole sheaf once."""
        mark, _, proof = mark.partition(".")
        data, name = merkle_signature.bound(message, proof), f"{header}..{mark}"
        if self._sheaves.get(name) == data:
            return
        _verify(identity, header, mark, data)
        if len(self._sheaves) >= _SHEAVES:
            self._sheaves.clear()
        self._sheaves[name] = data


def _verify(identity: Identity, header: str, mark: str, data: bytes) -> None:
    """InvalidSignature or ValueError unless this is the identity's signature over these bytes."""
    raw = merkle_signature.decode(mark)
    if len(raw) != 2 * _SIZE:
        raise ValueError("length")
    dss = encode_dss_signature(int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big"))
    identity.key.verify(dss, header.encode() + b"." + data, _ES256)


def _headers(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> _Headers:
    public = certificate.public_key()
    if (
        not isinstance(public, ec.EllipticCurvePublicKey)
        or public.public_numbers() != key.public_key().public_numbers()
    ):
        raise Unconfigured("the signing key does not belong to the certificate beside it")
    alone = {"alg": "ES256", "b64": False, "crit": ["b64"], "x5t#S256": thumbprint(certificate)}
    bound = alone | {"crit": ["b64", "sheaf"], "sheaf": _SHEAF}
    return _Headers(
        key,
        certificate,
        *(merkle_signature.encode(json.dumps(one, separators=(",", ":")).encode()) for one in (alone, bound)),
    )


def _withdrawn(identity: Identity, withdrawal: Withdrawal) -> WithdrawnCertificate:
    whose = f"the certificate {identity.certificate.serial_number:x} of {identity.party}"
    what = f"{whose} is {withdrawal.status} since {withdrawal.since:%F %T} UTC"
    return WithdrawnCertificate(what, party=identity.party, rule=withdrawal.status)


def _final(known: Withdrawal | None, news: Withdrawal | None) -> Withdrawal | None:
    """The withdrawal that counts of what was known and what is new."""
    if known is None or known.status != "revoked":
        return news
    if news is None or news.status != "revoked":
        return known
    return min(known, news, key=lambda one: one.since)


def _read(header: str) -> tuple[str, bool]:
    """The thumbprint that a protected header names, and whether the signature is over a sheaf."""
    if len(header) > _LONGEST_HEADER:
        raise BadSignature(Technical("the header of the signature is longer than one of ES256 can be"))
    try:
        parsed = json.loads(merkle_signature.decode(header))
        named, bound = parsed["x5t#S256"], "sheaf" in parsed
        more = {"sheaf": _SHEAF} if bound else {}
        lawful = (
            parsed["b64"] is False
            and parsed == {"alg": "ES256", "b64": False, "crit": ["b64", *more], "x5t#S256": named} | more
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadSignature(Technical("the header of the signature cannot be read")) from None
    if not lawful or not isinstance(named, str):
        raise BadSignature(Technical("the signature is not ES256 over the bytes as sent"))
    return named, bound


def thumbprint(certificate: x509.Certificate) -> str:
    """The certificate's SHA-256 thumbprint in base64url, as JWS writes it."""
    return merkle_signature.encode(hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest())
