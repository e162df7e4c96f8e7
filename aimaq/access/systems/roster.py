"""The roster: whose certificates are whose, and which are withdrawn, as the registry publishes it.

It has a version, which every change raises; each certificate has the version at which it changed last. The authority
signs each answer (`aimaq.access.systems.roster_signature`), and with it what was asked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems.roster_signature import SignedRoster, verify
from aimaq.eds.x509.certificates import read as read_certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import AimaqError, BadSignature, Technical
from aimaq.language.signing.jws import Directory, Withdrawal

Status = Literal["good", "suspended", "revoked"]


class System(msgspec.Struct, frozen=True):
    """A certificate of a party's system, in PEM, and how it stands; `since` tells when it was withdrawn."""

    party: str
    serial: str
    certificate: str
    status: Status
    since: datetime | None = None
    reason: str | None = None
    version: int = 0
    not_before: datetime | None = None
    not_after: datetime | None = None


class Roster(msgspec.Struct, frozen=True):
    """The systems' certificates as of a version: those that changed after another, or all of them if that is 0.

    `nonce` is what the question had for one, so that no answer can be given a second time to another question.
    """

    version: int
    systems: tuple[System, ...]
    after: int = 0
    nonce: str = ""


def read(data: bytes) -> Roster:
    """The roster in these bytes of JSON; ValueError if they are none."""
    try:
        return msgspec.json.decode(data, type=Roster)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


def opened(signed: SignedRoster, trust: TrustStore) -> Roster:
    """The roster that an authority trusted here signed; BadSignature if none did."""
    data = verify(signed, trust)
    try:
        return read(data)
    except ValueError as error:
        raise BadSignature(Technical(f"what the authority signed is no roster: {error}")) from None


def answered(signed: SignedRoster, trust: TrustStore, after: int, nonce: str) -> Roster:
    """The roster that an authority signed in answer to this very question; BadSignature if it did not."""
    roster = opened(signed, trust)
    if roster.nonce != nonce or roster.after not in (0, after):
        raise BadSignature(Technical("the roster is the answer to another question: an old one was sent again"))
    return roster


def take(directory: Directory, roster: Roster, trust: TrustStore) -> list[str]:
    """Let a directory know what a roster says; what in it cannot be believed is left out, and told, a line each."""
    faults = []
    for system in roster.systems:
        try:
            certificate = read_certificate(
                x509.load_pem_x509_certificate(system.certificate.encode()).public_bytes(Encoding.DER)
            )
            if fault := trust.chain_status(certificate).fault:
                raise BadSignature(Technical(fault.en))
            withdrawal = None
            if system.status != "good":
                withdrawal = Withdrawal((system.since or certificate.not_before).astimezone(UTC), system.status)
            directory.add(system.party, certificate.x509, withdrawal)
        except (AimaqError, ValueError) as error:
            faults.append(f"certificate {system.serial} of {system.party}: {error}")
    return faults
