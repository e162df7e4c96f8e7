"""Revocation lists (RFC 5280, 5): which certificates are not to be trusted, signed by whoever issued them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.x509.profile import PrivateKey


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A certificate that is no longer to be trusted: its serial number, since when, and why (RFC 5280, 5.3.1)."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True, slots=True)
class SignedList:
    """A signed revocation list in DER."""

    number: int
    this_update: datetime
    next_update: datetime
    der: bytes


def sign_list(
    key: PrivateKey,
    issuer: x509.Name,
    number: int,
    at: datetime,
    life: timedelta,
    withdrawn: Iterable[Withdrawn],
    more: Iterable[x509.ExtensionType],
) -> SignedList:
    """A list of these certificates, good from `at` for `life`, with `more` extensions beside its number."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(at)
        .next_update(at + life)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.DeltaCRLIndicator))
    for one in withdrawn:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(one.at)
        if one.reason is not x509.ReasonFlags.unspecified:
            entry = entry.add_extension(x509.CRLReason(one.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    crl = builder.sign(key, hashes.SHA256())
    return SignedList(number, at, at + life, crl.public_bytes(Encoding.DER))
