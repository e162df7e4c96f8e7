"""The certification authority (ҰКО) of the stand: it issues certificates in the national profile and withdraws them.

Its names say in Kazakh and English that it is a test, and it points to none of the real authority's addresses. It
keeps no records: `registry_svc.nca_records` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aimaq.clock import Clock
from aimaq.eds.profile import POLICIES, PURPOSES, PublicKey, Role
from aimaq.errors import Unconfigured
from aimaq.ids import Ids
from aimaq.keystore import load_pair, read_certificates
from registry_svc.owner import Owner

ROOT_NAME = "AIMAQ НЕГІЗГІ СЫНАҚ ОРТАЛЫҚ (TEST)"
NAME = "AIMAQ СЫНАҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (TEST)"

ROOT_LIFE, AUTHORITY_LIFE = timedelta(days=20 * 365), timedelta(days=10 * 365)
PERSON_LIFE, SYSTEM_LIFE = timedelta(days=365), timedelta(days=3 * 365)
LIST_LIFE = timedelta(hours=24)

_CA_POLICY = "1.2.398.3.3.1.1"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A certificate that is no longer to be trusted: its serial number, since when, and why (RFC 5280, 5.3.1)."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed revocation list in DER."""

    number: int
    this_update: datetime
    next_update: datetime
    der: bytes


class Authority:
    """The issuing authority: its own key and certificate, and the root's certificate above it."""

    def __init__(
        self,
        root: x509.Certificate,
        certificate: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self.root = root
        self.certificate = certificate
        self._key = key
        self._clock = clock
        self._ids = ids

    @classmethod
    def load(cls, folder: Path, clock: Clock, ids: Ids) -> Authority:
        """The authority whose keys lie in `folder` (`<home>/nca`); Unconfigured names the file that is not right."""
        path = folder / "root" / "cert.pem"
        root = read_certificates(path)[0]
        key, certificate = load_pair(folder / "issuing", clock.now())
        try:
            certificate.verify_directly_issued_by(root)
        except (ValueError, TypeError, InvalidSignature):
            raise Unconfigured(f"{path} is not the root above the issuing authority beside it") from None
        return cls(root, certificate, key, clock, ids)

    @property
    def pem(self) -> bytes:
        """The certificates to trust: the issuing authority's and the root's, in PEM."""
        encoding = serialization.Encoding.PEM
        return self.certificate.public_bytes(encoding) + self.root.public_bytes(encoding)

    def issue(
        self, key: PublicKey, owner: Owner, *, role: Role, usage: str, life: timedelta = PERSON_LIFE
    ) -> x509.Certificate:
        """A certificate on this key for the owner, from now on and for `life`, but not beyond the authority's own.

        `usage` is `SIGN` or `AUTH`. Unconfigured if the authority's own certificate is no longer in date.
        """
        now = self._now()
        if now > self.certificate.not_valid_after_utc:
            raise Unconfigured("the certificate of the authority itself is no longer in date")
        signing = usage == "SIGN"
        purposes = [x509.ObjectIdentifier(oid) for oid in (PURPOSES[usage], *role.oids)]
        policy = x509.ObjectIdentifier(POLICIES[owner.bin is not None, usage])
        builder = (
            _begun(owner.subject(), key, self._ids, now, min(now + life, self.certificate.not_valid_after_utc))
            .issuer_name(self.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs=signing, authenticates=not signing), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), critical=False)
            .add_extension(self._key_identifier(), critical=False)
        )
        return builder.sign(self._key, hashes.SHA256())

    def revocation_list(self, number: int, withdrawn: Iterable[Withdrawn]) -> Sealed:
        """A signed list of these certificates, good for `LIST_LIFE` from now."""
        now = self._now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(now + LIST_LIFE)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(self._key_identifier(), critical=False)
        )
        for one in withdrawn:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(one.at)
            if one.reason is not x509.ReasonFlags.unspecified:
                entry = entry.add_extension(x509.CRLReason(one.reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        crl = builder.sign(self._key, hashes.SHA256())
        return Sealed(number, now, now + LIST_LIFE, crl.public_bytes(serialization.Encoding.DER))

    def _key_identifier(self) -> x509.AuthorityKeyIdentifier:
        subject = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject)

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)


def found_root(key: ec.EllipticCurvePrivateKey, ids: Ids, at: datetime) -> x509.Certificate:
    """The certificate of a new root authority, signed by itself."""
    at = at.replace(microsecond=0)
    name = _authority_name(ROOT_NAME)
    builder = _authority(_begun(name, key.public_key(), ids, at, at + ROOT_LIFE), below=1).issuer_name(name)
    return builder.sign(key, hashes.SHA256())


def found_authority(
    key: ec.EllipticCurvePublicKey,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    ids: Ids,
    at: datetime,
) -> x509.Certificate:
    """The certificate of a new issuing authority below a root."""
    at = at.replace(microsecond=0)
    begun = _begun(_authority_name(NAME), key, ids, at, min(at + AUTHORITY_LIFE, root.not_valid_after_utc))
    above = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = _authority(begun, below=0).issuer_name(root.subject)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), critical=False
    )
    return builder.sign(root_key, hashes.SHA256())


def _authority_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"), x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(subject: x509.Name, key: PublicKey, ids: Ids, since: datetime, until: datetime) -> x509.CertificateBuilder:
    # Twenty random bytes as in the profile; the highest bit is dropped, since a serial number is positive.
    serial = int(ids.token(20), 16) >> 1
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _authority(builder: x509.CertificateBuilder, *, below: int) -> x509.CertificateBuilder:
    policy = x509.PolicyInformation(x509.ObjectIdentifier(_CA_POLICY), None)
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        .add_extension(_key_usage(certifies=True), critical=True)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
    )


def _key_usage(*, signs: bool = False, authenticates: bool = False, certifies: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs or authenticates,
        content_commitment=signs,
        key_encipherment=authenticates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )
