"""What is reported of a certificate: whom it names, what it is for, and whether it counts, by the records."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Protocol

from cryptography import x509
from cryptography.x509.oid import NameOID

from aimaq.eds.asn1 import der
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.clock import Clock
from registry_svc.nca.authority import Authority
from registry_svc.nca.status import CertificateStatus, RootStatuses
from registry_svc.ncanode.encoding import encoded
from registry_svc.ncanode.schemas import CertificateInfo, Check, Revocation, Subject

KEY_USERS = {
    "1.2.398.3.3.4.1.1": "INDIVIDUAL",
    "1.2.398.3.3.4.1.2": "ORGANIZATION",
    "1.2.398.3.3.4.1.2.1": "CEO",
    "1.2.398.3.3.4.1.2.2": "CAN_SIGN",
    "1.2.398.3.3.4.1.2.3": "CAN_SIGN_FINANCIAL",
    "1.2.398.3.3.4.1.2.4": "HR",
    "1.2.398.3.3.4.1.2.5": "EMPLOYEE",
    "1.2.398.3.3.4.2": "NCA_PRIVILEGES",
    "1.2.398.3.3.4.2.1": "NCA_ADMIN",
    "1.2.398.3.3.4.2.2": "NCA_MANAGER",
    "1.2.398.3.3.4.2.3": "NCA_OPERATOR",
    "1.2.398.3.3.4.3": "IDENTIFICATION",
    "1.2.398.3.3.4.3.1": "IDENTIFICATION_CON",
    "1.2.398.3.3.4.3.2": "IDENTIFICATION_REMOTE",
    "1.2.398.3.3.4.3.2.1": "IDENTIFICATION_REMOTE_DIGITAL_ID",
}
"""What NCANode calls the purposes of a certificate."""

_REASONS = {
    x509.ReasonFlags.unspecified: "UNSPECIFIED",
    x509.ReasonFlags.key_compromise: "KEY_COMPROMISE",
    x509.ReasonFlags.ca_compromise: "CA_COMPROMISE",
    x509.ReasonFlags.affiliation_changed: "AFFILIATION_CHANGED",
    x509.ReasonFlags.superseded: "SUPERSEDED",
    x509.ReasonFlags.cessation_of_operation: "CESSATION_OF_OPERATION",
    x509.ReasonFlags.certificate_hold: "CERTIFICATE_HOLD",
    x509.ReasonFlags.privilege_withdrawn: "PRIVILEGE_WITHDRAWN",
}
_PARTS = {
    NameOID.COMMON_NAME: ("CN", "common_name"),
    NameOID.SURNAME: ("SURNAME", "sur_name"),
    NameOID.SERIAL_NUMBER: ("SERIALNUMBER", "iin"),
    NameOID.COUNTRY_NAME: ("C", "country"),
    NameOID.ORGANIZATION_NAME: ("O", "organization"),
    NameOID.ORGANIZATIONAL_UNIT_NAME: ("OU", "bin"),
    NameOID.GIVEN_NAME: ("GIVENNAME", "last_name"),
    NameOID.LOCALITY_NAME: ("L", "locality"),
    NameOID.STATE_OR_PROVINCE_NAME: ("ST", "state"),
    NameOID.EMAIL_ADDRESS: ("EMAILADDRESS", "email"),
}
"""What Java calls the parts of a name, and what NCANode calls them."""


class Records(Protocol):
    """Whoever knows how certificates stand, by their serial numbers."""

    async def of(self, serial: int) -> CertificateStatus:
        """How the certificate with this number stands now."""
        ...


class Passports:
    """Tells of certificates what the authority knows of them."""

    def __init__(self, authority: Authority, records: Records, clock: Clock) -> None:
        self.trust = TrustStore([authority.certificate, authority.root])
        self._clock = clock
        self._records: dict[bytes, Records] = {
            authority.certificate.subject.public_bytes(): records,
            authority.root.subject.public_bytes(): RootStatuses(authority),
        }

    def now(self) -> datetime:
        """The stand's time."""
        return self._clock.now()

    async def info(self, certificate: Certificate, checks: Collection[Check], at: datetime) -> CertificateInfo:
        """A certificate. Unavailable if it is asked for its status, and the records are out of reach.

        It is valid if it was issued here, was in date with all above it at this time, and those who were to be asked,
        the list and the responder, do not say that it is withdrawn by now. Here both know the same.
        """
        chain = self.trust.chain_status(certificate)
        good = not chain.fault and chain.not_before <= at <= chain.not_after
        revocations = []
        if checks:
            known = await self._known(certificate, issued=not chain.fault)
            for check in sorted(checks, reverse=True):
                described, counts = _revocation(check, known, self.now())
                revocations.append(described)
                good = good and counts
        return CertificateInfo(
            valid=good,
            revocations=revocations,
            not_before=written(certificate.not_before),
            not_after=written(certificate.not_after),
            key_usage=certificate.usage.value,
            serial_number=certificate.number,
            sign_alg=_algorithm(certificate.x509),
            key_user=[KEY_USERS[one] for one in sorted(certificate.purposes) if one in KEY_USERS],
            public_key=encoded(_public_key(certificate.der)),
            signature=encoded(certificate.x509.signature),
            subject=subject(certificate.x509, issuer=False),
            issuer=subject(certificate.x509, issuer=True),
        )

    async def _known(self, certificate: Certificate, *, issued: bool) -> CertificateStatus | None:
        records = self._records.get(certificate.issuer) if issued else None
        return await records.of(certificate.serial) if records is not None else None


def written(at: datetime) -> str:
    """A time as NCANode writes it: ISO 8601 in UTC, to the millisecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+00:00"


def subject(certificate: x509.Certificate, *, issuer: bool) -> Subject:
    """Whom a certificate names as its owner or its issuer; nothing if the name cannot be read."""
    try:
        names = list(certificate.issuer if issuer else certificate.subject)
    except (ValueError, TypeError, Warning):
        return Subject()
    known: dict[str, str] = {}
    shown = []
    for name in reversed(names):
        label, field = _PARTS.get(name.oid, (f"OID.{name.oid.dotted_string}", ""))
        value = name.value if isinstance(name.value, str) else name.value.hex()
        shown.append(f"{label}={_quoted(value)}")
        if label == "SERIALNUMBER" and value.startswith("BIN"):
            field = "bin"
        if field:
            known[field] = value.removeprefix(field.upper()) if field in ("iin", "bin") else value
    return Subject.model_validate(known | {"dn": ", ".join(shown)})


def _revocation(check: Check, known: CertificateStatus | None, now: datetime) -> tuple[Revocation, bool]:
    """What the list or the responder says, and whether the certificate counts by it."""
    if known is None or not known.issued:
        # A list says nothing of those who are not on it; a responder says that it does not know them.
        why = "the certificate was not issued by the authority of this stand" if check == "OCSP" else None
        return Revocation(revoked=False, by=check, reason=why), check == "CRL"
    if known.withdrawn is None or known.withdrawn.at > now:
        return Revocation(revoked=False, by=check, reason="OK" if check == "OCSP" else None), True
    since, reason = known.withdrawn.at, _REASONS.get(known.withdrawn.reason, "UNSPECIFIED")
    return Revocation(revoked=True, by=check, revocation_time=written(since), reason=reason), False


def _quoted(value: str) -> str:
    """A value as Java shows it in a name: in quotes where it has letters that part names (RFC 1779)."""
    if not value or value != value.strip() or any(char in ',+=\n<>#;\\"' for char in value):
        inner = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{inner}"'
    return value


def _algorithm(certificate: x509.Certificate) -> str:
    """What the issuer signed with, as Java calls it; the OID where it has no name."""
    oid = certificate.signature_algorithm_oid.dotted_string
    return _ALGORITHMS.get(oid, oid)


_ALGORITHMS = {
    "1.2.840.113549.1.1.11": "SHA256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "SHA384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "SHA512WithRSAEncryption",
    "1.2.840.10045.4.3.2": "SHA256withECDSA",
    "1.2.840.10045.4.3.3": "SHA384withECDSA",
    "1.2.840.10045.4.3.4": "SHA512withECDSA",
    "1.2.398.3.10.1.1.1.2": "ECGOST34310",
    "1.2.398.3.10.1.1.2.3.2": "ECGOST3410-2015-512",
}


def _public_key(certificate: bytes) -> bytes:
    """The subjectPublicKeyInfo in a certificate, of whatever kind."""
    body = der.inside(certificate, der.inside(certificate, der.only(certificate, der.SEQUENCE))[0])
    return body[6 if body[0].tag == der.CONTEXT_0 else 5].whole(certificate)
