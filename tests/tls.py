"""Certificates of servers for tests: an authority, a certificate that it issued for 127.0.0.1, another authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_SINCE, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tls:
    """The files of a server's certificate and key, of the authority that issued it, and of one that did not."""

    certificate: Path
    key: Path
    authority: Path
    stranger: Path


def made(folder: Path) -> Tls:
    """New ones, as files in a folder that everybody may read; the key is there for the one who runs the server."""
    folder.mkdir(parents=True, exist_ok=True)
    key, issuing = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    found = Tls(*(folder / name for name in ("server.pem", "server.key", "authority.pem", "stranger.pem")))
    found.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    found.authority.write_bytes(_certified("authority", issuing, "authority", issuing).public_bytes(Encoding.PEM))
    found.certificate.write_bytes(_certified("server", key, "authority", issuing).public_bytes(Encoding.PEM))
    other = ec.generate_private_key(ec.SECP256R1())
    found.stranger.write_bytes(_certified("authority", other, "authority", other).public_bytes(Encoding.PEM))
    return found


def _certified(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuing: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    of_authority = key is issuing
    public = issuing.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(2 if of_authority else 3)
        .not_valid_before(_SINCE)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=of_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    )
    if not of_authority:
        address = x509.IPAddress(IPv4Address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(issuing, SHA256())
