"""The verdict on the signature of a journalled message as of then, and whose certificate the signature names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from aimaq.language.envelope import party_of
from aimaq.language.errors import AimaqError
from aimaq.language.signing.jws import Directory, Identity, Verifier
from gateway_svc.cases.file.views import SignatureVerdict

_ANOTHER = "it is the signature of {signer}, not of {sender}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A message as it was journalled: its bytes, its signature, who it says it is from (None if nobody can tell)."""

    body: bytes
    signature: str
    sender: str | None
    journalled_at: datetime

    @classmethod
    def of(cls, row: sa.Row[Any]) -> Signed:
        """The message of an entry."""
        return cls(row.body, row.signature, row.sender, row.journalled_at)


def verdict(verifier: Verifier, signed: Signed, now: datetime) -> SignatureVerdict:
    """Whether a message is signed by the system that it says it is from, with a certificate that counted then.

    `now` is as of when the certificate's own state is told.
    """
    identity = _identity(verifier, signed.signature)
    fault = _fault(verifier, signed)
    withdrawal = identity.withdrawal if identity is not None else None
    withdrawn = withdrawal is not None and withdrawal.since <= now
    return SignatureVerdict(
        good=fault is None,
        fault=fault,
        party=identity.party if identity is not None else None,
        serial=f"{identity.certificate.serial_number:x}" if identity is not None else None,
        not_before=identity.not_before if identity is not None else None,
        not_after=identity.not_after if identity is not None else None,
        status=None if identity is None else withdrawal.status if withdrawal and withdrawn else "good",
        since=withdrawal.since if withdrawal and withdrawn else None,
    )


def _identity(verifier: Verifier, signature: str) -> Identity | None:
    """Whose certificate a signature names, if it can be read and is anybody's."""
    if not isinstance(verifier, Directory):
        return None
    try:
        return verifier.signer(signature)
    except AimaqError:
        return None


def _fault(verifier: Verifier, signed: Signed) -> str | None:
    try:
        signer = verifier.verify(signed.body, signed.signature, signed.journalled_at)
    except AimaqError as error:
        return error.detail
    if signed.sender is not None and signer != party_of(signed.sender):
        return _ANOTHER.format(signer=signer, sender=signed.sender)
    return None
