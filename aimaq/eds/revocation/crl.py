"""Revocation: the authority's lists of withdrawn certificates (CRL, RFC 5280, 5), complete and of changes.

A complete list brought up to date by a list of changes (a delta) says what a newer complete one would (5.2.4).
"""

from __future__ import annotations

import logging
from copy import copy
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from aimaq.eds.asn1 import der
from aimaq.eds.revocation import texts
from aimaq.eds.revocation.status import Status
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature, Technical

LARGEST = 8 * 1024 * 1024
"""Bytes that a list may have."""
SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of the authority may be."""

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
"""What the library raises on a list that is not as it should be."""

_GOOD = Status("crl")

log = logging.getLogger(__name__)


class _Signed:
    """A list of either kind: who signed it, its number, between which times it may be relied upon, and what it says."""

    def __init__(self, data: bytes, trust: TrustStore) -> None:
        if len(data) > LARGEST:
            raise BadSignature(texts.LIST_TOO_LARGE.format(most=LARGEST))
        try:
            crl = x509.load_der_x509_crl(data)
            authority = trust.authority(crl.issuer.public_bytes())
            key = authority.public_key() if authority is not None else None
            if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) or not crl.is_signature_valid(key):
                raise BadSignature(texts.LIST_NOT_SIGNED)
            der.octets(data, der.part(der.inside(data, der.only(data, der.SEQUENCE)), -1))
            self._read(crl)
        except _UNREADABLE as error:
            raise BadSignature(texts.LIST_UNREADABLE.format(why=error)) from None

    def _read(self, crl: x509.CertificateRevocationList) -> None:
        if crl.next_update_utc is None:
            raise BadSignature(texts.LIST_WITHOUT_END)
        self.issuer = crl.issuer.public_bytes()
        self.number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        self.this_update, self.next_update = crl.last_update_utc, crl.next_update_utc
        self._crl = crl
        self._withdrawn = {entry.serial_number: entry.revocation_date_utc for entry in crl}

    def __len__(self) -> int:
        return len(self._withdrawn)

    def good_at(self, at: datetime) -> bool:
        """Whether the list may still be relied upon at this time, and is not from the future."""
        return self.this_update <= at + SKEW and at <= self.next_update

    def _reason(self, serial: int) -> x509.ReasonFlags:
        entry = self._crl.get_revoked_certificate_by_serial_number(serial)
        return _reason(entry) if entry is not None else x509.ReasonFlags.unspecified


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified
    except _UNREADABLE:
        log.debug("the reason of a revocation cannot be read")
        return x509.ReasonFlags.unspecified


def _change(entry: x509.RevokedCertificate) -> tuple[datetime, x509.ReasonFlags] | None:
    reason = _reason(entry)
    return None if reason is x509.ReasonFlags.remove_from_crl else (entry.revocation_date_utc, reason)


class DeltaList(_Signed):
    """A list of what has changed since the complete list number `base`; BadSignature if it is none to be believed."""

    def _read(self, crl: x509.CertificateRevocationList) -> None:
        super()._read(crl)
        critical = [extension.value for extension in crl.extensions if extension.critical]
        if len(critical) != 1 or not isinstance(critical[0], x509.DeltaCRLIndicator):
            raise BadSignature(Technical("the list is not one of changes, or says more than can be understood"))
        self.base = critical[0].crl_number
        if self.base > self.number:
            raise BadSignature(
                Technical(f"the list of changes {self.number} goes on from list {self.base}, which is later")
            )
        self.changes = {entry.serial_number: _change(entry) for entry in crl}
        """Since when, and why, certificates are withdrawn, by serial number; None for one that is good again."""


class RevocationList(_Signed):
    """One complete list, read and found to be signed by an authority trusted here; BadSignature if it is not."""

    def _read(self, crl: x509.CertificateRevocationList) -> None:
        # A delta, or a list of a part of the certificates, says so in a critical extension: it is not the whole list.
        if any(extension.critical for extension in crl.extensions):
            raise BadSignature(texts.NOT_COMPLETE)
        super()._read(crl)
        self._changed: dict[int, x509.ReasonFlags] = {}
        self.has_freshest = any(isinstance(extension.value, x509.FreshestCRL) for extension in crl.extensions)

    def updated(self, delta: DeltaList) -> RevocationList:
        """The complete list with the changes of a delta; it stays good no longer than before.

        BadSignature if the delta is another authority's, or does not go on from this list (RFC 5280, 5.2.4).
        """
        if delta.issuer != self.issuer:
            raise BadSignature(Technical("the list of changes is another authority's"))
        if delta.base > self.number:
            raise BadSignature(
                Technical(f"the list of changes goes on from list {delta.base}, and what is here is {self.number}")
            )
        if delta.number < self.number:
            raise BadSignature(Technical(f"the list of changes {delta.number} is older than list {self.number}"))
        changes = delta.changes
        new = copy(self)
        new.number, new.this_update = delta.number, max(delta.this_update, self.this_update)
        new._withdrawn = {serial: at for serial, at in self._withdrawn.items() if serial not in changes}
        new._withdrawn |= {serial: change[0] for serial, change in changes.items() if change is not None}
        new._changed = {serial: change[1] for serial, change in changes.items() if change is not None}
        return new

    def status(self, certificate: Certificate, at: datetime) -> Status:
        """What the list says of a certificate at this time, if it can: it must be its issuer's, and in date then."""
        if self.issuer != certificate.issuer:
            return Status("crl", unknown=texts.LIST_OF_OTHER)
        if at > self.next_update:
            return Status("crl", stale=texts.LIST_STALE.format(until=self.next_update))
        since = self._withdrawn.get(certificate.serial)
        if since is None:
            return _GOOD
        reason = self._changed.get(certificate.serial) or self._reason(certificate.serial)
        return Status("crl", since=since, reason=reason)
