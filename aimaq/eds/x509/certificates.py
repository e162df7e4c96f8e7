"""Reading certificates: whose one is, what it is for, and when it is in date, by the national authority's profile.

Reading costs some 100 microseconds and is remembered by the bytes, for the last `REMEMBERED` certificates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from aimaq.eds import texts
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import Element, Malformed
from aimaq.eds.x509.profile import PublicKey, Role, Usage, accepted
from aimaq.language.errors import BadSignature

REMEMBERED = 1024
LARGEST = 16 * 1024
"""Bytes that a certificate may have."""

_COMMON_NAME, _SURNAME, _SERIAL_NUMBER = b"\x55\x04\x03", b"\x55\x04\x04", b"\x55\x04\x05"
_ORGANISATION, _UNIT, _GIVEN_NAME = b"\x55\x04\x0a", b"\x55\x04\x0b", b"\x55\x04\x2a"
_KEY_ID, _KEY_USAGE, _PURPOSES = b"\x55\x1d\x0e", b"\x55\x1d\x0f", b"\x55\x1d\x25"
_DIGITAL_SIGNATURE, _NON_REPUDIATION, _KEY_ENCIPHERMENT = 0x80, 0x40, 0x20
_TEXT = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Person:
    """The owner of a certificate as its subject names it. What the subject does not say is empty, or None."""

    common_name: str
    surname: str
    patronymic: str
    iin: str | None
    bin: str | None
    organisation: str

    @property
    def full_name(self) -> str:
        """Surname, given name and patronymic, which the profile keeps in two fields."""
        return " ".join(part for part in (self.common_name, self.patronymic) if part)

    @property
    def given_name(self) -> str:
        """The given name: the profile has no field for it but the common name, where it follows the surname."""
        return self.common_name.removeprefix(self.surname).strip()


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A certificate that was read. `key` is None where its kind is not one of the profile's."""

    der: bytes
    digest: bytes
    serial: int
    issuer: bytes
    key_id: bytes
    person: Person
    usage: Usage
    purposes: frozenset[str]
    not_before: datetime
    not_after: datetime
    key: PublicKey | None
    x509: x509.Certificate

    def __eq__(self, other: object) -> bool:
        """Certificates of the same bytes are one, though they may be read again once they are forgotten."""
        return isinstance(other, Certificate) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def roles(self) -> frozenset[Role]:
        """In what capacities the owner acts, by the extended key usages."""
        return frozenset(role for role in Role if self.purposes.issuperset(role.oids))

    @property
    def number(self) -> str:
        """The serial number in lower-case hexadecimal without leading zeros, as the registry's API writes it."""
        return f"{self.serial:x}"


@lru_cache(maxsize=REMEMBERED)
def read(data: bytes) -> Certificate:
    """The certificate in these DER bytes; BadSignature if it cannot be read."""
    if len(data) > LARGEST:
        raise BadSignature(texts.CERTIFICATE_TOO_LARGE.format(most=LARGEST))
    try:
        return _read(data)
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion, Warning) as error:
        raise BadSignature(texts.CERTIFICATE_UNREADABLE.format(why=error)) from None


def _read(data: bytes) -> Certificate:
    loaded = x509.load_der_x509_certificate(data)
    # The library reads only DER, so what it took is DER to the last byte and both readers see the same certificate.
    outer = der.inside(data, der.only(data, der.SEQUENCE))
    body = der.inside(data, der.part(outer, 0, der.SEQUENCE))
    der.octets(data, der.part(outer, -1))
    if body and body[0].tag == der.CONTEXT_0:
        del body[0]
    serial = der.integer(data, der.part(body, 0, der.INTEGER))
    if serial <= 0:
        raise Malformed("the serial number is not positive")
    extensions = _extensions(data, body)
    return Certificate(
        der=data,
        digest=hashlib.sha256(data).digest(),
        serial=serial,
        issuer=der.part(body, 2, der.SEQUENCE).whole(data),
        key_id=der.only(extensions[_KEY_ID], der.OCTETS).content(extensions[_KEY_ID]) if _KEY_ID in extensions else b"",
        person=_person(data, der.part(body, 4, der.SEQUENCE)),
        usage=_usage(extensions.get(_KEY_USAGE)),
        purposes=_purposes(extensions.get(_PURPOSES)),
        not_before=loaded.not_valid_before_utc,
        not_after=loaded.not_valid_after_utc,
        key=_key(loaded),
        x509=loaded,
    )


def _key(certificate: x509.Certificate) -> PublicKey | None:
    try:
        return accepted(certificate.public_key())
    except UnsupportedAlgorithm:
        return None


def _extensions(data: bytes, body: list[Element]) -> dict[bytes, bytes]:
    if not body or body[-1].tag != der.CONTEXT_3:
        return {}
    found: dict[bytes, bytes] = {}
    for extension in der.inside(data, der.part(der.inside(data, body[-1]), 0, der.SEQUENCE)):
        parts = der.inside(data, extension)
        name = der.part(parts, 0, der.OID).content(data)
        if name in found:
            raise Malformed("an extension is there twice")
        found[name] = der.part(parts, -1, der.OCTETS).content(data)
    return found


def _person(data: bytes, subject: Element) -> Person:
    text: dict[bytes, list[str]] = {}
    for group in der.inside(data, subject):
        for attribute in der.inside(data, group):
            parts = der.inside(data, attribute)
            value = der.part(parts, 1)
            if (encoding := _TEXT.get(value.tag)) is not None:
                name = der.part(parts, 0, der.OID).content(data)
                text.setdefault(name, []).append(value.content(data).decode(encoding))

    def one(name: bytes) -> str:
        values = text.get(name, [])
        return values[0] if len(values) == 1 else ""

    def numbered(prefix: str) -> str | None:
        # An organisation's number stands in OU, and in the certificates of some systems in SERIALNUMBER.
        values = {value for name in (_SERIAL_NUMBER, _UNIT) for value in text.get(name, []) if value.startswith(prefix)}
        return values.pop().removeprefix(prefix) if len(values) == 1 else None

    return Person(
        common_name=one(_COMMON_NAME),
        surname=one(_SURNAME),
        patronymic=one(_GIVEN_NAME),
        iin=numbered("IIN"),
        bin=numbered("BIN"),
        organisation=one(_ORGANISATION),
    )


def _usage(extension: bytes | None) -> Usage:
    if extension is None:
        return Usage.UNKNOWN
    bits = der.only(extension, der.BITS).content(extension)
    first = bits[1] if len(bits) > 1 else 0
    if first & _DIGITAL_SIGNATURE and first & _NON_REPUDIATION:
        return Usage.SIGN
    if first & _DIGITAL_SIGNATURE and first & _KEY_ENCIPHERMENT:
        return Usage.AUTH
    return Usage.UNKNOWN


def _purposes(extension: bytes | None) -> frozenset[str]:
    if extension is None:
        return frozenset()
    return frozenset(
        der.dotted(purpose.content(extension)) for purpose in der.inside(extension, der.only(extension, der.SEQUENCE))
    )
