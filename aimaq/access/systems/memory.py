"""What a service remembers of the roster for its next start: the answers of the registry, each as it was signed.

They lie in the folder of the service's own key, and are believed as answers of the registry are: by their signatures.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from aimaq.access.systems.keystore import keys_of, write
from aimaq.access.systems.roster import opened, read, take
from aimaq.access.systems.roster_signature import SignedRoster
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature, Technical, Unconfigured
from aimaq.language.signing.jws import Directory

log = logging.getLogger(__name__)

FILE = "systems.json"
LARGEST = 64 * 1024 * 1024
"""Bytes that the file may have: all certificates that a directory can hold, some times over."""


class Memory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last complete roster, and the changes since, one after the other."""

    answers: tuple[SignedRoster, ...]


def remember(home: Path, party: str, answers: Sequence[SignedRoster]) -> None:
    """Keep what the registry has answered to the service of a party; OSError if it cannot be written."""
    write(keys_of(home, party) / FILE, msgspec.json.encode(Memory(tuple(answers))), 0o644)


def recall(home: Path, party: str, directory: Directory, trust: TrustStore) -> int:
    """Let a directory know what the service remembers; the version that makes, 0 if it remembers nothing.

    A file of before rosters were signed is not believed, and the log says so. Unconfigured if the file cannot be read,
    or is not what the authority signed.
    """
    path = keys_of(home, party) / FILE
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST} bytes")
        data = path.read_bytes()
        if _unsigned(data):
            log.warning("%s is not signed, as those of earlier versions: the registry's is fetched", path)
            return 0
        return _taken(path, data, directory, trust)
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, BadSignature) as error:
        raise Unconfigured(f"{path} cannot be read: {error}; if it is removed, the registry's is fetched") from None


def _taken(path: Path, data: bytes, directory: Directory, trust: TrustStore) -> int:
    try:
        answers = msgspec.json.decode(data, type=Memory).answers
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    version = 0
    for signed in answers:
        roster = opened(signed, trust)
        if roster.after != version:
            raise BadSignature(Technical(f"changes after version {roster.after} cannot follow version {version}"))
        version = roster.version
        for fault in take(directory, roster, trust):
            log.warning("%s: %s", path, fault)
    return version


def _unsigned(data: bytes) -> bool:
    """Whether this is what earlier versions wrote: a roster, and no signature."""
    try:
        read(data)
    except ValueError:
        return False
    return True
