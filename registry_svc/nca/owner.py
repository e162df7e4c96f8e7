"""The owner of a certificate, and the subject by which the national authority's profile names him.

The order of the parts is the profile's: CN, SURNAME, SERIALNUMBER, C, then O and OU for an organisation, and last
GIVENNAME, which holds the patronymic. All is in capitals, the IIN and BIN with their prefixes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from cryptography import x509
from cryptography.x509.oid import NameOID

from aimaq.language.iin import synthetic_bin
from aimaq.language.signing.system_certificate import common_name

ORGANISATION = "AIMAQ СЫНАҚ СТЕНДІ (TEST)"
"""The organisation that the stand's own systems and officials belong to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom a certificate is for: a person, a person in an organisation, or an organisation's system."""

    common_name: str
    surname: str = ""
    patronymic: str = ""
    iin: str | None = None
    bin: str | None = None
    organisation: str = ""

    @classmethod
    def person(
        cls, *, surname: str, given_name: str, patronymic: str, iin: str, bin: str | None, organisation: str
    ) -> Owner:
        """A person; acting for an organisation if `bin` and `organisation` say which."""
        return cls(
            common_name=f"{surname} {given_name}",
            surname=surname,
            patronymic=patronymic,
            iin=iin,
            bin=bin,
            organisation=organisation,
        )

    def subject(self) -> x509.Name:
        """The name that the certificate bears."""
        return x509.Name([attribute(oid, value) for _, oid, value in self._parts()])

    def __str__(self) -> str:
        return ", ".join(f"{label}={value}" for label, _, value in self._parts())

    def _parts(self) -> Iterator[tuple[str, x509.ObjectIdentifier, str]]:
        parts = (
            ("CN", NameOID.COMMON_NAME, self.common_name),
            ("SURNAME", NameOID.SURNAME, self.surname),
            ("SERIALNUMBER", NameOID.SERIAL_NUMBER, f"IIN{self.iin}" if self.iin else f"BIN{self.bin}"),
            ("C", NameOID.COUNTRY_NAME, "KZ"),
            ("O", NameOID.ORGANIZATION_NAME, self.organisation),
            ("OU", NameOID.ORGANIZATIONAL_UNIT_NAME, f"BIN{self.bin}" if self.bin else ""),
            ("G", NameOID.GIVEN_NAME, self.patronymic),
        )
        for label, oid, value in parts:
            if value:
                yield label, oid, value.upper()


def system_of(party: str, bin_: str | None = None, organisation: str | None = None) -> Owner:
    """The system of a party: one of the stand's own organisation, unless it is said whose it is."""
    made_up = synthetic_bin(Random(party))  # noqa: S311 - the number of nobody, which guards nothing
    return Owner(common_name=common_name(party), bin=bin_ or made_up, organisation=organisation or ORGANISATION)


def attribute(oid: x509.ObjectIdentifier, value: str) -> x509.NameAttribute[str]:
    """A part of a name, however many letters the library thinks that it has."""
    # X.520 bounds a name to 64 letters; the library counts bytes, of which a Kazakh letter has two.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x509.NameAttribute(oid, value, _validate=False)
