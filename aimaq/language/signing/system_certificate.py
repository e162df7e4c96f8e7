"""The profile of a system's certificate: it says in itself that it is a system's, and which party's.

    key                   P-256
    key usage             digital signature and non-repudiation, and nothing else
    extended key usage    1.2.398.3.3.4.1.2 and 1.2.398.3.3.4.1.2.6: the information system of an organisation
    policy                1.2.398.3.3.2.1: an organisation signs
    subject               CN=AIMAQ PARTY (TEST), SERIALNUMBER=BIN…, the same BIN in OU, and no person

Whoever lacks any of it is no system, whatever its file is called and whoever hands it over. What a certificate is
worth besides, by its chain, its dates and its status, is asked elsewhere: that may change, and this cannot.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aimaq.language.errors import Unconfigured
from aimaq.language.messages import PARTIES

POLICY = "1.2.398.3.3.2.1"
ROLES = frozenset({"1.2.398.3.3.4.1.2", "1.2.398.3.3.4.1.2.6"})
_CAPACITIES = "1.2.398.3.3.4."
"""The arc of the capacities in which the owner of a certificate acts."""
_OF_PEOPLE = (NameOID.SURNAME, NameOID.GIVEN_NAME)

_UNREADABLE = (
    ValueError,
    TypeError,
    Warning,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises on a certificate that lacks a part, or has one that is not as it should be."""


def common_name(party: str) -> str:
    """The common name of a party's system."""
    return f"AIMAQ {party} (TEST)".upper()


_PARTY_OF = {common_name(party): party for party in PARTIES}


def party_in(certificate: x509.Certificate) -> str:
    """The party that the certificate says it is a system of.

    Unconfigured, with the serial number and what is wrong, if it is no system's certificate.
    """
    try:
        fault, party = _fault_of(certificate), _PARTY_OF.get(_one(certificate.subject, NameOID.COMMON_NAME), "")
    except _UNREADABLE:
        fault, party = "a part of it is missing or cannot be read", ""
    if fault or not party:
        raise Unconfigured(
            f"the certificate {certificate.serial_number:x} is no system's: "
            f"{fault or 'its subject names none of the parties'}"
        )
    return party


def demand(party: str, certificate: x509.Certificate) -> None:
    """Unconfigured, with the serial number, unless the certificate says that it is a system of this party."""
    found = party_in(certificate)
    if found != party:
        raise Unconfigured(f"the certificate {certificate.serial_number:x} is that of {found}'s system, not {party}'s")


def _fault_of(certificate: x509.Certificate) -> str:
    """What of the profile a certificate lacks; empty if nothing, but for the party."""
    key, extensions, subject = certificate.public_key(), certificate.extensions, certificate.subject
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return "its key is not a P-256 key"
    if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        return "it is an authority's"
    if not _only_signs(extensions.get_extension_for_class(x509.KeyUsage).value):
        return "its key usage is not digital signature with non-repudiation"
    purposes = {one.dotted_string for one in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value}
    if {one for one in purposes if one.startswith(_CAPACITIES)} != ROLES:
        return "its extended key usage is not that of an organisation's information system"
    policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
    if [one.policy_identifier.dotted_string for one in policies] != [POLICY]:
        return f"its policy is not {POLICY}"
    number = _one(subject, NameOID.SERIAL_NUMBER)
    if not number.startswith("BIN") or number != _one(subject, NameOID.ORGANIZATIONAL_UNIT_NAME):
        return "its subject has no BIN of an organisation"
    if any(subject.get_attributes_for_oid(oid) for oid in _OF_PEOPLE):
        return "its subject is a person"
    return ""


def _only_signs(usage: x509.KeyUsage) -> bool:
    others = (
        usage.key_encipherment,
        usage.data_encipherment,
        usage.key_agreement,
        usage.key_cert_sign,
        usage.crl_sign,
    )
    return usage.digital_signature and usage.content_commitment and not any(others)


def _one(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """The one value of this attribute; empty if there is none, or several, or it is no text."""
    values = [attribute.value for attribute in subject.get_attributes_for_oid(oid)]
    return values[0] if len(values) == 1 and isinstance(values[0], str) else ""
