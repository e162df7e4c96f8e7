"""The roster: whose certificates are whose, and which are withdrawn, as the registry publishes it.

It has a version, which every change raises; each certificate has the version at which it changed last.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.x509.certificates import read as read_certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import AimaqError, BadSignature, Unconfigured
from aimaq.access.systems.keystore import keys_of, write
from aimaq.language.messages import PARTIES
from aimaq.language.signing.jws import Directory, Withdrawal

log = logging.getLogger(__name__)

FILE = "systems.json"
"""What a service remembers of the roster, in the folder of its own key."""


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
    """The systems' certificates, all of them or those that changed, as of a version."""

    version: int
    systems: tuple[System, ...]


def read(data: bytes) -> Roster:
    """The roster in these bytes of JSON; ValueError if they are none."""
    try:
        return msgspec.json.decode(data, type=Roster)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


def take(directory: Directory, roster: Roster, trust: TrustStore) -> list[str]:
    """Let a directory know what a roster says; what in it cannot be believed is left out, and told, a line each."""
    faults = []
    for system in roster.systems:
        try:
            certificate = read_certificate(x509.load_pem_x509_certificate(system.certificate.encode()).public_bytes(
                Encoding.DER
            ))  # fmt: skip
            if fault := trust.standing(certificate).fault:
                raise BadSignature(fault)
            if system.party not in PARTIES:
                raise Unconfigured("it is of none of the parties")
            withdrawal = None
            if system.status != "good":
                withdrawal = Withdrawal((system.since or certificate.not_before).astimezone(UTC), system.status)
            directory.add(system.party, certificate.x509, withdrawal)
        except (AimaqError, ValueError) as error:
            faults.append(f"certificate {system.serial} of {system.party}: {error}")
    return faults


def remember(home: Path, party: str, directory: Directory) -> None:
    """Keep what the service of a party knows of the systems' certificates; OSError if it cannot be written."""
    known = tuple(
        System(
            one.party, f"{one.certificate.serial_number:x}", one.certificate.public_bytes(Encoding.PEM).decode(),
            one.withdrawal.status if one.withdrawal else "good", one.withdrawal.since if one.withdrawal else None,
        )
        for one in directory.identities()
    )  # fmt: skip
    write(keys_of(home, party) / FILE, msgspec.json.format(msgspec.json.encode(Roster(0, known))), 0o644)


def recall(home: Path, party: str, directory: Directory, trust: TrustStore) -> None:
    """Let a directory know what the service remembered, if it did; Unconfigured if the file cannot be read."""
    path = keys_of(home, party) / FILE
    try:
        roster = read(path.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise Unconfigured(f"{path} cannot be read: {error}; if it is removed, the registry's is fetched") from None
    for fault in take(directory, roster, trust):
        log.warning("%s: %s", path, fault)
