"""An inquiry about certificates (OCSP, RFC 6960, 4.1): the bytes that verifiers send, read with care."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import Element, Malformed

LARGEST = 16 * 1024
"""Bytes that an inquiry may have."""
MOST = 64
"""Certificates that one inquiry may be about."""
LONGEST_NONCE = 128
"""Bytes that a nonce may have (RFC 9654, 2.1)."""

ENUMERATED = 0x0A
_CONTEXT_2, _TRUE = 0xA2, b"\xff"
_NONCE = "1.3.6.1.5.5.7.48.1.2"


class Status(enum.IntEnum):
    """What an inquiry that gets no answer is told instead (RFC 6960, 4.2.1)."""

    MALFORMED = 1
    INTERNAL = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


class Refusal(Exception):
    """An inquiry that gets no answer, and why."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status

    @property
    def der(self) -> bytes:
        """The refusal as it is sent."""
        return der.encode(der.SEQUENCE, der.encode(ENUMERATED, bytes((self.status,))))


@dataclass(frozen=True, slots=True)
class Question:
    """One certificate: its serial number, its issuer as digests of name and key, and all of that in DER."""

    serial: int
    algorithm: str
    issuer: tuple[bytes, bytes]
    written: bytes


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked, at least one question; `nonce` is the whole extension, empty if there was none."""

    questions: tuple[Question, ...]
    nonce: bytes

    @classmethod
    def read(cls, data: bytes) -> Inquiry:
        """The inquiry in these bytes; Refusal if it is none. Who signed it, if somebody did, does not matter."""
        try:
            if len(data) > LARGEST:
                raise Malformed("too long")
            return cls._read(data)
        except Malformed:
            raise Refusal(Status.MALFORMED) from None

    @classmethod
    def _read(cls, data: bytes) -> Inquiry:
        parts = der.inside(data, der.part(der.inside(data, der.only(data, der.SEQUENCE)), 0, der.SEQUENCE))
        while parts and parts[0].tag in (der.CONTEXT_0, der.CONTEXT_1):  # the version, and who asks
            parts.pop(0)
        asked = der.inside(data, der.part(parts, 0, der.SEQUENCE))
        if not 1 <= len(asked) <= MOST:
            raise Malformed("nobody, or too many, are asked about")
        questions = tuple(_question(data, one) for one in asked)
        if len(parts) == 1:
            return cls(questions, b"")
        wrapped = der.inside(data, der.part(parts, 1, _CONTEXT_2))
        return cls(questions, _nonce(data, der.part(wrapped, 0, der.SEQUENCE)))


def _question(data: bytes, request: Element) -> Question:
    parts = der.inside(data, request)
    asked = der.inside(data, der.part(parts, 0, der.SEQUENCE))
    if request.tag != der.SEQUENCE or len(asked) != 4:
        raise Malformed("this does not name a certificate")
    if len(parts) > 1:
        wrapped = der.inside(data, der.part(parts, 1, der.CONTEXT_0))
        _nonce(data, der.part(wrapped, 0, der.SEQUENCE))
    algorithm = der.inside(data, der.part(asked, 0, der.SEQUENCE))
    oid = der.dotted(der.part(algorithm, 0, der.OID).content(data))
    parameters = b"".join(one.whole(data) for one in algorithm[1:])
    if parameters not in (b"", der.NULL):
        raise Malformed("a digest has no parameters")
    name, key = (der.part(asked, n, der.OCTETS).content(data) for n in (1, 2))
    serial = der.integer(data, der.part(asked, 3))
    written = der.encode(
        der.SEQUENCE,
        der.encode(der.SEQUENCE, der.oid(oid), parameters),
        der.encode(der.OCTETS, name),
        der.encode(der.OCTETS, key),
        der.number(serial),
    )
    return Question(serial, oid, (name, key), written)


def _nonce(data: bytes, extensions: Element) -> bytes:
    """The nonce among these extensions; Malformed if it is not of a fit length, or another must be understood."""
    nonce = b""
    for extension in der.inside(data, extensions):
        parts = der.inside(data, extension)
        name = der.dotted(der.part(parts, 0, der.OID).content(data))
        value = der.part(parts, -1, der.OCTETS).content(data)
        if name == _NONCE:
            if nonce or not 1 <= len(_inner(value)) <= LONGEST_NONCE:
                raise Malformed("a nonce of this length has no place here")
            nonce = der.encode(der.SEQUENCE, der.oid(_NONCE), der.encode(der.OCTETS, value))
        elif len(parts) == 3 and parts[1].content(data) == _TRUE:
            raise Malformed("an extension that must be understood is not")
    return nonce


def _inner(value: bytes) -> bytes:
    """A nonce without its own wrapping, which older askers leave out."""
    try:
        return der.only(value, der.OCTETS).content(value)
    except Malformed:
        return value
