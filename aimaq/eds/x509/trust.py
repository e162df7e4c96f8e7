"""Trust: which certificates were issued here, through which authority, and when the whole chain is in date.

The chain is checked as it stood when the certificate was issued; whether it is in date now is a comparison with the
`ChainStatus` that comes of it. Standings are remembered by the SHA-256 of the certificate, `REMEMBERED` at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from aimaq.eds.texts import NOT_TRUSTED
from aimaq.eds.x509.certificates import Certificate
from aimaq.language.errors import Unconfigured
from aimaq.language.texts import Texts

REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """What is known of a certificate's chain: `fault` says why it does not lead here, or is None.

    The two instants, inclusive, are those between which every certificate of the chain is in date. `alone` tells of a
    certificate that its own key signed.
    """

    fault: Texts | None
    not_before: datetime
    not_after: datetime
    alone: bool = False


class TrustStore:
    """The authorities trusted here: root certificates, and the issuing ones below them."""

    def __init__(self, authorities: Iterable[x509.Certificate]) -> None:
        everyone = list(authorities)
        roots = [one for one in everyone if one.issuer == one.subject]
        if not roots:
            raise Unconfigured("there is no root certificate among the authorities to trust")
        self._below = [one for one in everyone if one.issuer != one.subject]
        self._store = Store(roots)
        self._authorities = {one.subject.public_bytes(): one for one in everyone}
        self._known: dict[bytes, ChainStatus] = {}

    @property
    def authorities(self) -> tuple[x509.Certificate, ...]:
        """The certificates of the authorities trusted here."""
        return tuple(self._authorities.values())

    def authority(self, name: bytes) -> x509.Certificate | None:
        """The authority of this name (a subject in DER), if it is one trusted here."""
        return self._authorities.get(name)

    def chain_status(self, certificate: Certificate) -> ChainStatus:
        """Whether and when the certificate's chain is good."""
        known = self._known.get(certificate.digest)
        if known is None:
            if len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            known = self._known[certificate.digest] = self._examined(certificate)
        return known

    def _examined(self, certificate: Certificate) -> ChainStatus:
        policy = PolicyBuilder().store(self._store).time(certificate.not_before)
        # People's certificates have neither the SAN nor the purposes that the web asks of servers and clients.
        policy = policy.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        try:
            chain = policy.build_client_verifier().verify(certificate.x509, self._below).chain
        except (VerificationError, ValueError) as error:
            fault = NOT_TRUSTED.format(why=error)
            return ChainStatus(fault, certificate.not_before, certificate.not_after, _signs_itself(certificate.x509))
        return ChainStatus(
            None,
            max(issued.not_valid_before_utc for issued in chain),
            min(issued.not_valid_after_utc for issued in chain),
        )


def _signs_itself(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
