"""The evidence in a bundle, as far as it was looked at: what each check has found is what the next ones go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from cryptography import x509

from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.revocation.ocsp import Answer
from aimaq.eds.revocation.status import Status
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.envelope import Envelope
from aimaq.language.errors import AimaqError
from aimaq.language.signing.jws import Directory, thumbprint
from aimaq.language.texts import Texts
from gateway_svc.journal.entry import Entry, Header
from gateway_svc.journal.statement import Statement
from stand.bundle.signers import Signer, signers

Remark = tuple[str, str]
"""A place in the bundle, and a remark on it."""


UNMENTIONED = Texts(
    kk="жинақта сертификаттың кері қайтарылғаны-қайтарылмағаны туралы ештеңе жоқ",
    ru="в пакете ничего не говорит, отозван ли сертификат",
    en="nothing in the bundle tells whether the certificate was withdrawn",
)
WITHDRAWN = "it is signed with a certificate"
"""How the fault begins of a signature that came after its certificate's withdrawal."""

SECOND = timedelta(seconds=1)
"""Lists and answers tell a withdrawal by its second: what the gateway let pass within it had come before."""


class Check(msgspec.Struct):
    """One thing that was checked: what was found in words, and what is wrong, each fault with its place.

    `unchecked` is what could not be looked at, and why; `told` is what was found at single places.
    """

    name: str
    summary: str = ""
    faults: list[Remark] = []
    unchecked: list[Remark] = []
    particulars: list[Remark] = []

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
    broken: Sequence[Remark] = ()
    anchor: bytes | None = None
    case_id: str = ""
    trust: TrustStore | None = None
    authorities: list[x509.Certificate] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """The files that could not be had when the bundle was made, as its manifest says, and why."""
    statement: Statement | None = None
    lists: dict[bytes, RevocationList] = field(default_factory=dict)
    """The revocation lists by the authority that signed them."""
    answers: dict[bytes, Answer] = field(default_factory=dict)
    """The responder's answers by the certificate that they are about, told by its digest."""
    statuses: dict[bytes, Status] = field(default_factory=dict)
    """How each certificate stands that signed something here, by its digest."""
    directory: Directory = field(default_factory=lambda: Directory(()))
    withdrawn: dict[str, datetime] = field(default_factory=dict)
    """Since when a system's certificate is withdrawn, by its thumbprint as signatures name it."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """By the stem of the file's name."""
    hashes: dict[int, bytes] = field(default_factory=dict)
    headers: dict[int, Header] = field(default_factory=dict)
    envelopes: dict[str, Envelope] = field(default_factory=dict)
    signers: list[Signer] = field(init=False)
    """The certificates that signed something here."""

    def __post_init__(self) -> None:
        self.signers = signers(self.files)

    def under(self, folder: str, end: str) -> Iterator[tuple[str, bytes]]:
        """The files in a folder with this end, in the order of their names."""
        for name, data in sorted(self.files.items()):
            if name.startswith(f"{folder}/") and name.endswith(end):
                yield name, data

    @property
    def as_of(self) -> datetime | None:
        """When the bundle was made, as the gateway's statement says."""
        return self.statement.made_at if self.statement is not None else None

    def status(self, certificate: Certificate) -> Status:
        """How a certificate stands by what the bundle has of the authority."""
        unknown = Status("crl", unknown=UNMENTIONED)
        return self.statuses.get(certificate.digest, unknown)

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
        named = self.directory.named(signature)
        since = self.withdrawn.get(named)
        if since is not None and since + SECOND <= at:
            found = (one.certificate for one in self.directory.identities() if thumbprint(one.certificate) == named)
            serials = ", ".join(f"{one.serial_number:x}" for one in found)
            return f"{WITHDRAWN}, {serials}, that was withdrawn on {since:%F %T} UTC"
        return ""
