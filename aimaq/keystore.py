"""The keys on disk, as services read them: a party's signing key, whom to trust, and whose signature is whose.

`<home>/keys/<party>/key.pem, cert.pem` are a party's own; `<home>/keys/trust/ca.pem` holds the authorities and
`<home>/keys/trust/<party>*.pem` the certificates of each party, several while one is being replaced. Whatever is
missing, unreadable, mismatched or out of date is Unconfigured, in one line that names the file.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from aimaq.eds.certificates import read
from aimaq.eds.cms import DocumentSigner
from aimaq.eds.trust import TrustStore
from aimaq.errors import Unconfigured
from aimaq.messages import PARTIES
from aimaq.signing import Directory, KeySigner

KEY, CERTIFICATE, AUTHORITIES = "key.pem", "cert.pem", "ca.pem"


def keys_of(home: Path, party: str) -> Path:
    """The folder of a party's own key and certificate."""
    return home / "keys" / party


def trust_of(home: Path) -> Path:
    """The folder of the certificates that everyone on the stand trusts."""
    return home / "keys" / "trust"


def load_signer(home: Path, party: str, at: datetime | None = None) -> KeySigner:
    """The party's signer; if `at` is given, its certificate must be in date then."""
    key, certificate = load_pair(keys_of(home, party), at)
    return KeySigner(key, certificate)


def load_document_signer(home: Path, name: str, at: datetime | None = None) -> tuple[str, DocumentSigner]:
    """The IIN and the signer of a person whose key the stand keeps (`keys/<name>`); `at` as for `load_signer`."""
    folder = keys_of(home, name)
    key, loaded = load_pair(folder, at)
    certificate = read(loaded.public_bytes(Encoding.DER))
    if certificate.person.iin is None:
        raise Unconfigured(f"{folder / CERTIFICATE} is not the certificate of a person: it names no IIN")
    return certificate.person.iin, DocumentSigner(key, certificate)


def load_directory(home: Path) -> Directory:
    """Whose certificate is whose: all that lie in the trust folder under a party's name."""
    folder = trust_of(home)
    directory = Directory(())
    known = 0
    for path in sorted(folder.glob("*.pem")):
        party = path.stem.partition("-")[0]
        if path.name == AUTHORITIES:
            continue
        if party not in PARTIES:
            raise Unconfigured(f"{path} is named after none of the parties {', '.join(PARTIES)}")
        for certificate in read_certificates(path):
            try:
                directory.add(party, certificate)
            except Unconfigured as error:
                raise Unconfigured(f"{path}: {error.detail}") from None
            known += 1
    if not known:
        raise Unconfigured(f"{folder} holds no certificate of any party")
    return directory


def load_trust(home: Path) -> TrustStore:
    """The authorities that this stand trusts to issue certificates."""
    path = trust_of(home) / AUTHORITIES
    authorities = read_certificates(path)
    try:
        return TrustStore(authorities)
    except ValueError as error:
        raise Unconfigured(f"{path} holds what cannot be an authority's certificate: {error}") from None
    except Unconfigured as error:
        raise Unconfigured(f"{path}: {error.detail}") from None


def load_pair(folder: Path, at: datetime | None) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The key in `key.pem` and the certificate in `cert.pem`, which belongs to it and, if `at` is given, is in date."""
    key, path = read_key(folder / KEY), folder / CERTIFICATE
    certificate = read_certificates(path)[0]
    public = certificate.public_key()
    if (
        not isinstance(public, ec.EllipticCurvePublicKey)
        or public.public_numbers() != key.public_key().public_numbers()
    ):
        raise Unconfigured(f"{path} does not belong to the key in {KEY} beside it")
    if at is not None and at < certificate.not_valid_before_utc:
        raise Unconfigured(f"{path} is not valid before {certificate.not_valid_before_utc:%F %T} UTC")
    if at is not None and at > certificate.not_valid_after_utc:
        raise Unconfigured(f"{path} is out of date since {certificate.not_valid_after_utc:%F %T} UTC")
    return key, certificate


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file, at least one."""
    try:
        return x509.load_pem_x509_certificates(_bytes(path))
    except (ValueError, x509.InvalidVersion):
        raise Unconfigured(f"{path} is not a PEM certificate") from None


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 private key in a PEM file that has no password."""
    try:
        key = load_pem_private_key(_bytes(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unconfigured(f"{path} is not a PEM private key without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Unconfigured(f"{path} is not a P-256 key")
    return key


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Unconfigured(f"{path} is missing") from None
    except OSError as error:
        raise Unconfigured(f"{path} cannot be read: {error.strerror}") from None
