"""What an authority says of one certificate: that it counts, that it was withdrawn and why, or why nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from aimaq.eds.x509.certificates import Certificate
from aimaq.language.texts import Texts


@dataclass(frozen=True, slots=True)
class Status:
    """The standing of one certificate, told `by` the list (`crl`) or the responder (`ocsp`).

    It counts if it has no date `since` which it does not. `unknown` says why nothing can be told, `stale` that what is
    known is out of date; both are None otherwise.
    """

    by: str
    since: datetime | None = None
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified
    unknown: Texts | None = None
    stale: Texts | None = None

    @property
    def suspended(self) -> bool:
        """Whether it was withdrawn only for a time."""
        return self.reason is x509.ReasonFlags.certificate_hold


Lookup = Callable[[Certificate], Status]
"""Finds the status of a certificate."""
