"""The certification authority (ҰКО) of the stand: it issues certificates in the national profile and withdraws them.

Its names say in Kazakh and English that it is a test, and it points to none of the real authority's addresses. It
keeps no records: `registry_svc.nca.records` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from aimaq.access.systems import roster_signature
from aimaq.access.systems.keystore import load_key, read_certificates
from aimaq.eds.x509.profile import POLICIES, PURPOSES, PrivateKey, PublicKey, Role
from aimaq.language.clock import Clock
from aimaq.language.errors import Unconfigured
from aimaq.language.ids import Ids
from registry_svc import texts
from registry_svc.nca.addresses import Addresses
from registry_svc.nca.crl import SignedList as SignedList
from registry_svc.nca.crl import Withdrawn as Withdrawn
from registry_svc.nca.crl import sign_list
from registry_svc.nca.owner import Owner, attribute

ROOT_NAME = "AIMAQ НЕГІЗГІ СЫНАҚ ОРТАЛЫҚ (TEST)"
NAME = "AIMAQ СЫНАҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (TEST)"

ROOT_LIFE, AUTHORITY_LIFE = timedelta(days=20 * 365), timedelta(days=10 * 365)
PERSON_LIFE, SYSTEM_LIFE = timedelta(days=365), timedelta(days=3 * 365)
RESPONDER_LIFE = timedelta(days=30)
LIST_LIFE, DELTA_LIFE, ROOT_LIST_LIFE = timedelta(hours=24), timedelta(hours=1), timedelta(days=30)

STAMPS_POLICY = "1.2.398.3.3.2.6"
"""The policy of time stamps, and of the certificate of whoever gives them."""
_CA_POLICY = "1.2.398.3.3.1.1"


class Authority:
    """The issuing authority: its own key and certificate, and the root's certificate above it."""

    def __init__(
        self,
        root: x509.Certificate,
        certificate: x509.Certificate,
        key: PrivateKey,
        clock: Clock,
        ids: Ids,
        *,
        url: str = "",
        root_key: PrivateKey | None = None,
    ) -> None:
        self.root = root
        self.certificate = certificate
        self._key = key
        self._root_key = root_key
        self._clock = clock
        self._ids = ids
        self._addresses = Addresses(url)
        self._key_identifier = _identifier(certificate)
        self._root_list: SignedList | None = None

    @classmethod
    def load(cls, folder: Path, clock: Clock, ids: Ids, url: str = "") -> Authority:
        """The authority whose keys lie in `folder` (`<home>/nca`); Unconfigured names the file that is not right.

        What it issues points to the registry at `url` for its status, or to nothing if that is empty.
        """
        path = folder / "root" / "cert.pem"
        root = read_certificates(path)[0]
        key, certificate = load_key(folder / "issuing", clock.now())
        try:
            certificate.verify_directly_issued_by(root)
        except (ValueError, TypeError, InvalidSignature):
            raise Unconfigured(f"{path} is not the root above the issuing authority beside it") from None
        root_key, _ = load_key(folder / "root", None)
        return cls(root, certificate, key, clock, ids, url=url, root_key=root_key)

    @property
    def pem(self) -> bytes:
        """The certificates to trust: the issuing authority's and the root's, in PEM."""
        encoding = serialization.Encoding.PEM
        return self.certificate.public_bytes(encoding) + self.root.public_bytes(encoding)

    @property
    def public_key(self) -> PublicKey:
        """The key that certificates and lists issued here are verified with."""
        return self._key.public_key()

    @property
    def root_public_key(self) -> PublicKey:
        """The key that the issuing authority's certificate is verified with; Unconfigured if it is not here."""
        return self._of_root().public_key()

    def issue(
        self, key: PublicKey, owner: Owner, *, role: Role, usage: str, life: timedelta = PERSON_LIFE
    ) -> x509.Certificate:
        """A certificate on this key for the owner, from now on and for `life`, but not beyond the authority's own.

        `usage` is `SIGN` or `AUTH`. Unconfigured if the authority's own certificate is no longer in date.
        """
        signing = usage == "SIGN"
        purposes = [x509.ObjectIdentifier(oid) for oid in (PURPOSES[usage], *role.oids)]
        policy = x509.ObjectIdentifier(POLICIES[owner.bin is not None, usage])
        builder = (
            self._below(owner.subject(), key, life)
            .add_extension(_key_usage(signs=signing, authenticates=not signing), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), critical=False)
        )
        return self._addresses.written_in(builder).sign(self._key, hashes.SHA256())

    def appoint_responder(self, key: PublicKey, *, of_root: bool = False) -> x509.Certificate:
        """A certificate on the key of whoever answers for the authority about certificates (RFC 6960, 4.2.2.2).

        It says that its own status is not to be asked for. With `of_root` it is the root's, for answers about what the
        root issued; Unconfigured if the root's key is not here.
        """
        issuer, signing = (self.root, self._of_root()) if of_root else (self.certificate, self._key)
        builder = (
            self._below(_service_name("AIMAQ OCSP RESPONDER (TEST)"), key, RESPONDER_LIFE, issuer)
            .add_extension(_key_usage(answers=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
            .add_extension(x509.OCSPNoCheck(), critical=False)
        )
        return builder.sign(signing, hashes.SHA256())

    def appoint_time_stamp_authority(self, key: PublicKey) -> x509.Certificate:
        """A certificate on the key of whoever stamps times in the authority's name (RFC 3161, 2.3)."""
        builder = (
            self._below(_service_name("AIMAQ TIME-STAMPING AUTHORITY (TEST)"), key, SYSTEM_LIFE)
            .add_extension(_key_usage(answers=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(
                x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(STAMPS_POLICY), None)]),
                critical=False,
            )
        )
        return self._addresses.written_in(builder).sign(self._key, hashes.SHA256())

    def revocation_list(self, number: int, withdrawn: Iterable[Withdrawn]) -> SignedList:
        """A signed list of these certificates, good for `LIST_LIFE` from now."""
        return self._signed_list(number, LIST_LIFE, withdrawn, self._addresses.freshest())

    def delta_list(self, number: int, base: int, changed: Iterable[Withdrawn]) -> SignedList:
        """A signed list of what has changed since the list number `base`, good for `DELTA_LIFE` from now.

        Who is trusted again is on it with the reason removeFromCRL.
        """
        return self._signed_list(number, DELTA_LIFE, changed, x509.DeltaCRLIndicator(base))

    def sign_roster(self, data: bytes) -> str:
        """The authority's signature over a roster of the systems' certificates."""
        return roster_signature.sign(data, self._key, self.certificate)

    def root_list(self) -> SignedList:
        """The root's own list, good for `ROOT_LIST_LIFE`, on which there is nobody: a root withdraws by beginning anew.

        A new one begins when half of that is over. Unconfigured if the root's key is not here.
        """
        key = self._of_root()
        begun, half = self.root.not_valid_before_utc, ROOT_LIST_LIFE / 2
        past = max((self._now() - begun) // half, 0)
        if self._root_list is None or self._root_list.number != past + 1:
            identifier = _identifier(self.root)
            at = begun + past * half
            self._root_list = sign_list(key, self.root.subject, past + 1, at, ROOT_LIST_LIFE, (), (identifier,))
        return self._root_list

    def _signed_list(
        self, number: int, life: timedelta, withdrawn: Iterable[Withdrawn], *more: x509.ExtensionType | None
    ) -> SignedList:
        named = (self._key_identifier, *(extension for extension in more if extension is not None))
        return sign_list(self._key, self.certificate.subject, number, self._now(), life, withdrawn, named)

    def _of_root(self) -> PrivateKey:
        if self._root_key is None:
            raise Unconfigured(texts.NO_ROOT_KEY)
        return self._root_key

    def _below(
        self, subject: x509.Name, key: PublicKey, life: timedelta, issuer: x509.Certificate | None = None
    ) -> x509.CertificateBuilder:
        """The beginning of a certificate that is no authority's, from now on; by the issuing one, or by `issuer`."""
        issuer, now = issuer or self.certificate, self._now()
        if now > issuer.not_valid_after_utc:
            raise Unconfigured(texts.AUTHORITY_OUT_OF_DATE)
        return (
            _begun(subject, key, self._ids, now, min(now + life, issuer.not_valid_after_utc))
            .issuer_name(issuer.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_identifier(issuer), critical=False)
        )

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)


def found_root(key: PrivateKey, ids: Ids, at: datetime) -> x509.Certificate:
    """The certificate of a new root authority, signed by itself."""
    at = at.replace(microsecond=0)
    name = _authority_name(ROOT_NAME)
    builder = _authority(_begun(name, key.public_key(), ids, at, at + ROOT_LIFE), below=1).issuer_name(name)
    return builder.sign(key, hashes.SHA256())


def found_authority(
    key: PublicKey,
    root: x509.Certificate,
    root_key: PrivateKey,
    ids: Ids,
    at: datetime,
    url: str = "",
) -> x509.Certificate:
    """The certificate of a new issuing authority below a root, whose list is to be found at the registry at `url`."""
    at = at.replace(microsecond=0)
    begun = _begun(_authority_name(NAME), key, ids, at, min(at + AUTHORITY_LIFE, root.not_valid_after_utc))
    builder = _authority(begun, below=0).issuer_name(root.subject).add_extension(_identifier(root), critical=False)
    return Addresses(url).of_root(builder).sign(root_key, hashes.SHA256())


def _identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    subject = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject)


def _authority_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"), x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _service_name(name: str) -> x509.Name:
    parts = ((NameOID.COMMON_NAME, name), (NameOID.COUNTRY_NAME, "KZ"), (NameOID.ORGANIZATION_NAME, NAME))
    return x509.Name([attribute(oid, value) for oid, value in parts])


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


def _key_usage(
    *, signs: bool = False, authenticates: bool = False, certifies: bool = False, answers: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs or authenticates or answers,
        content_commitment=signs,
        key_encipherment=authenticates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )
