"""The evidence in a bundle, as far as it was looked at: what each check has found is what the next ones go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from cryptography import x509

from aimaq.eds.revocation import RevocationList
from aimaq.eds.trust import TrustStore
from aimaq.envelope import Envelope
from aimaq.errors import AimaqError
from aimaq.signing import Directory
from gateway_svc.entry import Entry, Header


class Check(msgspec.Struct):
    """One thing that was checked: what was found in words, and each fault as the place and what is wrong there."""

    name: str
    said: str = ""
    faults: list[tuple[str, str]] = []

    @property
    def ok(self) -> bool:
        """Whether all of it holds."""
        return not self.faults


@dataclass(slots=True)
class Evidence:
    """A bundle's files, what is `broken` in the container, and what the checks have made of them so far.

    `anchor` is a root certificate in DER that the bundle's must be; None believes the one in it.
    """

    files: dict[str, bytes]
    broken: Sequence[tuple[str, str]] = ()
    anchor: bytes | None = None
    case_id: str = ""
    trust: TrustStore | None = None
    authorities: list[x509.Certificate] = field(default_factory=list)
    crl: RevocationList | None = None
    directory: Directory = field(default_factory=lambda: Directory(()))
    withdrawn: dict[str, datetime] = field(default_factory=dict)
    """Since when a system's certificate is withdrawn, by its thumbprint as signatures name it."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """By the stem of the file's name."""
    hashes: dict[int, bytes] = field(default_factory=dict)
    headers: dict[int, Header] = field(default_factory=dict)
    letters: dict[str, Envelope] = field(default_factory=dict)

    def under(self, folder: str, end: str) -> Iterator[tuple[str, bytes]]:
        """The files in a folder with this end, in the order of their names."""
        for name, data in sorted(self.files.items()):
            if name.startswith(f"{folder}/") and name.endswith(end):
                yield name, data

    def fault_of(self, name: str, data: bytes, at: datetime, party: str) -> str:
        """What is wrong with the signature of `party` over a file, which lies beside it; empty if nothing is."""
        mark = self.files.get(name.replace(".json", ".jws"))
        if mark is None:
            return "its signature is missing"
        try:
            signature = mark.decode("ascii")
            signer = self.directory.verify(data, signature, at)
        except AimaqError as error:
            return error.detail
        except UnicodeDecodeError:
            return "its signature cannot be read"
        if signer != party:
            return f"it is signed by {signer}, not by {party}"
        since = self.withdrawn.get(self.directory.named(signature))
        if since is not None and since <= at:
            return f"it is signed with a certificate that was withdrawn on {since:%F %T} UTC"
        return ""
