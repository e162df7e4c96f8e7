"""The authority's time stamps (RFC 3161): signed words that some bytes, known by their digest, were there at a time.

The time is the stand's. The stamping authority signs with a key of its own, on a certificate that the authority gives
it and that is renewed long before it runs out.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems.keystore import KEY, read_any_key
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import Element, Malformed
from aimaq.eds.cms.algorithms import scheme_of, signed_with
from aimaq.eds.x509.profile import PrivateKey
from aimaq.language.clock import Clock
from aimaq.language.ids import Ids
from registry_svc.nca.authority import STAMPS_POLICY, Authority
from registry_svc.nca.responder import moment

LARGEST = 4096
"""Bytes that a request may have."""
ACCURACY = 1
"""Seconds by which a stamp may be off, since it says whole ones."""
POLICIES = (STAMPS_POLICY, *(f"{STAMPS_POLICY}.{n}" for n in range(1, 5)))
"""The policies that may be asked for: the real authority has one for each kind of key, and here they are all one."""

_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": 32,
    "2.16.840.1.101.3.4.2.2": 48,
    "2.16.840.1.101.3.4.2.3": 64,
}
_CONTEXT_4, _BOOLEAN, _UTF8, _UTC_TIME = 0xA4, 0x01, 0x0C, 0x17
_SIGNED_DATA, _STAMP = der.oid("1.2.840.113549.1.7.2"), der.oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE, _MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.3"), der.oid("1.2.840.113549.1.9.4")
_SIGNING_TIME, _SIGNING_CERTIFICATE = der.oid("1.2.840.113549.1.9.5"), der.oid("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.encode(der.SEQUENCE, der.oid("2.16.840.1.101.3.4.2.1"))


class Failure(enum.IntEnum):
    """Why no stamp was given (RFC 3161, 2.4.2)."""

    BAD_ALGORITHM = 0
    BAD_REQUEST = 2
    BAD_DATA = 5
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    SYSTEM = 25


class Refused(Exception):
    """A request that gets no stamp, and why."""

    def __init__(self, failure: Failure, why: str) -> None:
        super().__init__(why)
        self.failure, self.why = failure, why

    @property
    def der(self) -> bytes:
        """The refusal as it is sent."""
        described = der.encode(der.SEQUENCE, der.encode(_UTF8, self.why.encode()))
        bits = 1 << 31 >> self.failure
        size = self.failure // 8 + 1
        info = der.encode(der.BITS, bytes((7 - self.failure % 8,)), bits.to_bytes(4, "big")[:size])
        return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.number(2), described, info))


@dataclass(frozen=True, slots=True)
class Order:
    """A request for a stamp: the digest to be stamped in DER, and what the answer must hold."""

    imprint: bytes
    policy: str
    nonce: int | None
    with_certificates: bool

    @classmethod
    def read(cls, data: bytes) -> Order:
        """The request in these bytes; Refused if it is none, or asks for what is not done here."""
        if len(data) > LARGEST:
            raise Refused(Failure.BAD_DATA, "the request is too long")
        try:
            return cls._read(data)
        except Malformed as error:
            raise Refused(Failure.BAD_DATA, f"the request cannot be read: {error}") from None

    @classmethod
    def _read(cls, data: bytes) -> Order:
        parts = der.inside(data, der.only(data, der.SEQUENCE))
        if der.integer(data, der.part(parts, 0)) != 1:
            raise Refused(Failure.BAD_REQUEST, "the request is not of version 1")
        imprint = _imprint(data, der.part(parts, 1, der.SEQUENCE))
        rest = parts[2:]
        policy, nonce, wanted = STAMPS_POLICY, None, False
        if rest and rest[0].tag == der.OID:
            policy = der.dotted(rest.pop(0).content(data))
        if rest and rest[0].tag == der.INTEGER:
            nonce = der.integer(data, rest.pop(0))
        if rest and rest[0].tag == _BOOLEAN:
            wanted = rest.pop(0).content(data) != b"\0"
        if rest and rest[0].tag == der.CONTEXT_0:
            raise Refused(Failure.UNACCEPTED_EXTENSION, "no extensions are known here")
        if rest:
            raise Malformed("there is something after it")
        if policy not in POLICIES:
            raise Refused(Failure.UNACCEPTED_POLICY, "no stamps are given under this policy")
        return cls(imprint, policy, nonce, wanted)


Note = Callable[[x509.Certificate], None]
"""Called with each certificate that the TSA gets."""


class TimeStampAuthority:
    """Gives stamps in the name of one authority."""

    def __init__(
        self, authority: Authority, key: PrivateKey, clock: Clock, ids: Ids, note: Note = lambda certificate: None
    ) -> None:
        self._authority = authority
        self._note = note
        self._key = key
        self._clock = clock
        self._ids = ids
        self._certificate = self._appointed()

    @classmethod
    def load(
        cls, folder: Path, authority: Authority, clock: Clock, ids: Ids, note: Note = lambda certificate: None
    ) -> TimeStampAuthority:
        """The TSA whose key lies in `folder` (`<home>/nca/tsa`); Unconfigured if it cannot be used."""
        return cls(authority, read_any_key(folder / KEY), clock, ids, note)

    def stamp(self, order: Order) -> bytes:
        """A stamp of this moment, as an answer in DER. Unconfigured if the authority itself is no longer in date."""
        now = self._clock.now().replace(microsecond=0)
        certificate = self._in_date(now)
        subject = der.encode(der.CONTEXT_0, der.encode(_CONTEXT_4, certificate.subject.public_bytes()))
        content = der.encode(
            der.SEQUENCE,
            der.number(1),
            der.oid(order.policy),
            order.imprint,
            der.number(int(self._ids.token(16), 16) + 1),
            moment(now),
            der.encode(der.SEQUENCE, der.number(ACCURACY)),
            der.number(order.nonce) if order.nonce is not None else b"",
            subject,
        )
        granted = der.encode(der.SEQUENCE, der.number(0))
        return der.encode(der.SEQUENCE, granted, self._signed(content, certificate, now, order))

    def _signed(self, content: bytes, certificate: x509.Certificate, now: datetime, order: Order) -> bytes:
        own = certificate.public_bytes(Encoding.DER)
        named = der.encode(der.SEQUENCE, der.encode(der.OCTETS, hashlib.sha256(own).digest()))
        attributes = der.set_of(
            _attribute(_CONTENT_TYPE, _STAMP),
            _attribute(_MESSAGE_DIGEST, der.encode(der.OCTETS, hashlib.sha256(content).digest())),
            _attribute(_SIGNING_TIME, der.encode(_UTC_TIME, f"{now.astimezone(UTC):%y%m%d%H%M%SZ}".encode())),
            _attribute(_SIGNING_CERTIFICATE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, named))),
        )
        signer = der.encode(
            der.SEQUENCE,
            der.number(1),
            der.encode(der.SEQUENCE, certificate.issuer.public_bytes(), der.number(certificate.serial_number)),
            _SHA256,
            bytes((der.CONTEXT_0,)) + attributes[1:],
            scheme_of(self._key),
            der.encode(der.OCTETS, signed_with(self._key, attributes)),
        )
        chain = (own, self._authority.certificate.public_bytes(Encoding.DER)) if order.with_certificates else ()
        data = der.encode(
            der.SEQUENCE,
            der.number(3),
            der.set_of(_SHA256),
            der.encode(der.SEQUENCE, _STAMP, der.encode(der.CONTEXT_0, der.encode(der.OCTETS, content))),
            der.set_of(*chain, tag=der.CONTEXT_0) if chain else b"",
            der.set_of(signer),
        )
        return der.encode(der.SEQUENCE, _SIGNED_DATA, der.encode(der.CONTEXT_0, data))

    def _in_date(self, now: datetime) -> x509.Certificate:
        since, until = self._certificate.not_valid_before_utc, self._certificate.not_valid_after_utc
        if not since <= now <= since + (until - since) / 2:
            self._certificate = self._appointed()
        return self._certificate

    def _appointed(self) -> x509.Certificate:
        certificate = self._authority.appoint_time_stamp_authority(self._key.public_key())
        self._note(certificate)
        return certificate


def _imprint(data: bytes, imprint: Element) -> bytes:
    parts = der.inside(data, imprint)
    algorithm = der.inside(data, der.part(parts, 0, der.SEQUENCE))
    name = der.dotted(der.part(algorithm, 0, der.OID).content(data))
    parameters = b"".join(one.whole(data) for one in algorithm[1:])
    digest = der.part(parts, 1, der.OCTETS).content(data)
    if name not in _DIGESTS or parameters not in (b"", der.NULL):
        raise Refused(Failure.BAD_ALGORITHM, "the digest is none of SHA-256, SHA-384 and SHA-512")
    if len(digest) != _DIGESTS[name]:
        raise Refused(Failure.BAD_DATA, "the digest is not as long as its kind is")
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.oid(name), parameters), der.encode(der.OCTETS, digest))


def _attribute(name: bytes, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, name, der.encode(der.SET, value))
