"""The keys on disk, as services read them: a party's signing key, whom to trust, and whose signature is whose.

`<home>/keys/<party>/key.pem, cert.pem` are a party's own; `<home>/keys/trust/ca.pem` holds the authorities and
`<home>/keys/trust/<party>*.pem` the certificates of each party, several while one is being replaced. Whatever is
missing, unreadable, mismatched or out of date is Unconfigured, in one line that names the file.

A pair is replaced by one that was written beside it (`next-key.pem`, `next-cert.pem`). Whoever is interrupted at that
leaves the old pair or the new one: where the certificate is not the key's, the next one counts if it is.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from aimaq.eds.cms.algorithms import sound
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import PrivateKey
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature, Technical, Unconfigured
from aimaq.language.messages import PARTIES
from aimaq.language.signing.jws import Directory, KeySigner
from aimaq.language.signing.system_certificate import demand

KEY, CERTIFICATE, AUTHORITIES = "key.pem", "cert.pem", "ca.pem"
NEXT_KEY, NEXT_CERTIFICATE = "next-key.pem", "next-cert.pem"

RENEWED = "`aimaq provision` and `aimaq up` put it aside and make a new one"
"""What becomes of a certificate in the home of a stand that is not that of a party's system."""

LEAST_RSA, MOST_RSA = 2048, 4096
"""Bits that an RSA key on disk may have."""


def keys_of(home: Path, party: str) -> Path:
    """The folder of a party's own key and certificate."""
    return home / "keys" / party


def trust_of(home: Path) -> Path:
    """The folder of the certificates that everyone on the stand trusts."""
    return home / "keys" / "trust"


def load_signer(home: Path, party: str, at: datetime | None = None) -> KeySigner:
    """The party's signer; if `at` is given, its certificate must be in date then.

    Unconfigured if the certificate is not that of the party's system.
    """
    folder = keys_of(home, party)
    key, certificate = load_pair(folder, at)
    try:
        demand(party, certificate)
    except Unconfigured as error:
        raise Unconfigured(f"{folder / CERTIFICATE}: {error.detail}; {RENEWED}") from None
    return KeySigner(key, certificate)


def load_document_signer(home: Path, name: str, at: datetime | None = None) -> tuple[str, DocumentSigner]:
    """The IIN and the signer of a person whose key the stand keeps (`keys/<name>`); `at` as for `load_signer`."""
    folder = keys_of(home, name)
    key, loaded = load_key(folder, at)
    certificate = read(loaded.public_bytes(Encoding.DER))
    if certificate.person.iin is None:
        raise Unconfigured(f"{folder / CERTIFICATE} is not the certificate of a person: it names no IIN")
    return certificate.person.iin, DocumentSigner(key, certificate)


def load_directory(home: Path) -> Directory:
    """Whose certificate is whose: all that lie in the trust folder under a party's name.

    Unconfigured, with the file, if one is not that of the party's system, or was not issued by an authority trusted
    here.
    """
    directory, found = Directory(()), trusted(home)
    trust = load_trust(home)
    for path, party, certificate in found:
        try:
            directory.add(party, certificate)
            if fault := trust.chain_status(read(certificate.public_bytes(Encoding.DER))).fault:
                raise BadSignature(Technical(fault.en))
        except (Unconfigured, BadSignature) as error:
            raise Unconfigured(f"{path}: {error.detail}; {RENEWED}") from None
    return directory


def trusted(home: Path) -> list[tuple[Path, str, x509.Certificate]]:
    """The certificates of systems that lie in the trust folder: the file, the party that it is named after, and each.

    There is one at least.
    """
    folder = trust_of(home)
    found = []
    for path in sorted(folder.glob("*.pem")):
        party = path.stem.partition("-")[0]
        if path.name == AUTHORITIES:
            continue
        if party not in PARTIES:
            raise Unconfigured(f"{path} is named after none of the parties {', '.join(PARTIES)}")
        found += [(path, party, certificate) for certificate in read_certificates(path)]
    if not found:
        raise Unconfigured(f"{folder} holds no certificate of any party")
    return found


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
    """As `load_key`, of a system: its key is a P-256 key."""
    return read_key(folder / KEY), load_key(folder, at)[1]


def load_key(folder: Path, at: datetime | None) -> tuple[PrivateKey, x509.Certificate]:
    """The key in `key.pem` and the certificate in `cert.pem`, which belongs to it and, if `at` is given, is in date."""
    key, path = read_any_key(folder / KEY), folder / CERTIFICATE
    certificate = read_certificates(path)[0]
    if certificate.public_key() != key.public_key():
        following = pending(folder)
        if following is None or following[1].public_key() != key.public_key():
            raise Unconfigured(f"{path} does not belong to the key in {KEY} beside it")
        certificate = following[1]
    if at is not None and at < certificate.not_valid_before_utc:
        raise Unconfigured(f"{path} is not valid before {certificate.not_valid_before_utc:%F %T} UTC")
    if at is not None and at > certificate.not_valid_after_utc:
        raise Unconfigured(f"{path} is out of date since {certificate.not_valid_after_utc:%F %T} UTC")
    return key, certificate


def pending(folder: Path) -> tuple[ec.EllipticCurvePrivateKey | None, x509.Certificate] | None:
    """The pair that is to take the place of the one there, if one was written whole; None if not.

    Its key is None if it is in its place already, and only the certificate is still to follow.
    """
    try:
        certificate = read_certificates(folder / NEXT_CERTIFICATE)[0]
        key = read_key(folder / NEXT_KEY) if (folder / NEXT_KEY).exists() else None
    except Unconfigured:
        return None
    if key is not None and certificate.public_key() != key.public_key():
        return None
    return key, certificate


def prepare(folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    """Write the pair that is to take the place of the one there. OSError if that cannot be written."""
    settle(folder)
    (folder / NEXT_CERTIFICATE).unlink(missing_ok=True)
    write(folder / NEXT_KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    write(folder / NEXT_CERTIFICATE, certificate.public_bytes(Encoding.PEM), 0o644)


def replace(folder: Path) -> None:
    """Put the pair that was prepared in its place. OSError if that cannot be done."""
    (folder / NEXT_KEY).replace(folder / KEY)
    (folder / NEXT_CERTIFICATE).replace(folder / CERTIFICATE)


def settle(folder: Path) -> None:
    """Finish a replacement that was interrupted between its two steps, if there is one."""
    following = pending(folder)
    if following is None or following[0] is not None or not (folder / KEY).exists():
        return
    if read_any_key(folder / KEY).public_key() == following[1].public_key():
        (folder / NEXT_CERTIFICATE).replace(folder / CERTIFICATE)


def write(path: Path, content: bytes, mode: int) -> None:
    """Put a file there whole and for good, never readable for longer than its mode allows. OSError if it cannot be."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file, at least one."""
    try:
        return x509.load_pem_x509_certificates(_bytes(path))
    except (ValueError, x509.InvalidVersion):
        raise Unconfigured(f"{path} is not a PEM certificate") from None


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 private key in a PEM file that has no password."""
    key = read_any_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Unconfigured(f"{path} is not a P-256 key")
    return key


def read_any_key(path: Path) -> PrivateKey:
    """The private key in a PEM file that has no password: P-256, or RSA of `LEAST_RSA` to `MOST_RSA` bits."""
    try:
        # The library's own check of an RSA key looks for primes, and takes as long as making a new one.
        key = load_pem_private_key(_bytes(path), password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unconfigured(f"{path} is not a PEM private key without a password") from None
    if (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)) or (
        isinstance(key, rsa.RSAPrivateKey) and LEAST_RSA <= key.key_size <= MOST_RSA
    ):
        if not sound(key):
            raise Unconfigured(f"{path} is damaged: what it signs does not verify")
        return key
    raise Unconfigured(f"{path} is not a P-256 key, and no RSA key of {LEAST_RSA} to {MOST_RSA} bits")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Unconfigured(f"{path} is missing") from None
    except OSError as error:
        raise Unconfigured(f"{path} cannot be read: {error.strerror}") from None
