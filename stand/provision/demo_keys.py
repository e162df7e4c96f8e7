"""The demo key store: private keys that the stand made for people who do not exist, kept open in its home.

    <home>/demo-keys/README                      says what this is
    <home>/demo-keys/<serial>/key.pem, cert.pem  a key and its certificate, by the certificate's serial number

It is a convenience of testers. Whoever has a key of his own sends a certificate request, and his key stays with him.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from aimaq.access.systems.keystore import CERTIFICATE, KEY, read_certificates
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import PrivateKey, Usage
from aimaq.language.errors import InvalidInput, NotFound, Technical, Unconfigured

README = """These private keys are of people who do not exist. The stand made them for its testers and keeps them open:
whoever reads this folder can sign with them. Put no key of a living person here, and use none of these elsewhere.
"""
ROUNDS = 100_000
"""How often the password of a PKCS#12 file is hashed."""


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """The demo key store of the stand with this home."""

    home: Path

    @property
    def folder(self) -> Path:
        """Where the keys are."""
        return self.home / "demo-keys"

    def keep(self, key: PrivateKey, certificate: x509.Certificate) -> Path:
        """Put a key and its certificate here; the folder they are in."""
        folder = self.folder / f"{certificate.serial_number:x}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        (self.folder / "README").write_text(README, "utf-8")
        _write(folder / KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / CERTIFICATE).write_bytes(certificate.public_bytes(Encoding.PEM))
        return folder

    def find(self, serial: str) -> tuple[PrivateKey, x509.Certificate]:
        """The key and certificate of this serial number; NotFound if the stand did not make the key."""
        folder = self.folder / serial
        if not serial.isalnum() or not folder.is_dir():
            raise NotFound(
                Technical(f"the demo key store {self.folder} has no key for the certificate {serial}"), field="serial"
            )
        (certificate, *_) = read_certificates(folder / CERTIFICATE)
        try:
            key = load_pem_private_key((folder / KEY).read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise Unconfigured(f"{folder / KEY} cannot be read: {error}") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise Unconfigured(f"{folder / KEY} is neither a P-256 nor an RSA key")
        return key, certificate

    def export(self, serial: str, password: str, chain: list[x509.Certificate], to: Path) -> Path:
        """Write a key with its certificate and the authorities above it as a PKCS#12 file into the folder `to`.

        It is named as the real authority's files are: `RSA256_` or `AUTH_RSA256_`, and the key identifier, which is
        its entry's name as well. A P-256 key, for which the real ones have no word, is `EC256_`. InvalidInput for an
        empty password, NotFound if the stand did not make the key, Unconfigured if the file cannot be written.
        """
        if not password:
            raise InvalidInput(Technical("a PKCS#12 file needs a password"), field="password", rule="required")
        key, certificate = self.find(serial)
        name, identifier = name_of(certificate)
        encryption = (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(SHA256())
            .build(password.encode())
        )
        path = to / name
        try:
            to.mkdir(parents=True, exist_ok=True)
            _write(path, pkcs12.serialize_key_and_certificates(identifier, key, certificate, chain, encryption))
        except OSError as error:
            raise Unconfigured(f"{path} cannot be written: {error.strerror}") from None
        return path


def name_of(certificate: x509.Certificate) -> tuple[str, bytes]:
    """The name of a PKCS#12 file with this certificate, and that of the entry in it: the key identifier, 40 digits."""
    known = read(certificate.public_bytes(Encoding.DER))
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    kind = "RSA256" if isinstance(known.key, rsa.RSAPublicKey) else "EC256"
    prefix = "AUTH_" if known.usage is Usage.AUTH else ""
    return f"{prefix}{kind}_{identifier}.p12", identifier.encode()


def _write(path: Path, content: bytes) -> None:
    """Write a file that is for the owner alone."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
