"""What the gateway shows of its chained journal: blocks, proofs, statements, and what an audit came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aimaq.web.schemas import View
from gateway_svc.journal.entry import read_header


@dataclass(frozen=True, slots=True)
class Block(View):
    """A block: its header as it was signed, the gateway's signature over it, its time stamp in base64 if it has one."""

    number: int
    first: int
    last: int
    closed_at: datetime
    header: str
    signature: str
    stamp: str | None
    stamp_note: str | None

    @property
    def root(self) -> str:
        """The root over its entries, in hexadecimal; empty where the header cannot be read."""
        header = read_header(self.header.encode())
        return header.root if header is not None else ""


@dataclass(frozen=True, slots=True)
class LastBlock(View):
    """The number of the last block there is."""

    last: int


@dataclass(frozen=True, slots=True)
class Proof(View):
    """An entry as it was hashed, and what leads from it to the root of its block; null where that is not closed."""

    number: int
    entry: str
    previous: str
    hash: str
    block: int | None
    index: int | None
    size: int | None
    path: list[str]


@dataclass(frozen=True, slots=True)
class SignedStatement(View):
    """A statement as its bytes were signed, the signature, and its time stamp in base64 or why it has none."""

    statement: str
    signature: str
    stamp: str | None
    stamp_note: str | None


@dataclass(frozen=True, slots=True)
class SystemCertificate(View):
    """A certificate of a party's system, in PEM."""

    party: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Misfit(View):
    """The first place that does not fit: an `entry` or a `block`, by its number, and what is wrong there."""

    kind: str
    number: int
    what: str


@dataclass(frozen=True, slots=True)
class AuditReport(View):
    """How many entries and blocks fit, how many entries are in no block, and the first `flaw` if there is one."""

    ok: bool
    entries: int
    blocks: int
    open: int
    head: str
    flaw: Misfit | None


@dataclass(frozen=True, slots=True)
class VerificationState(View):
    """The check of the whole chain that somebody asked for last: how far it is, and what it came to.

    `never`: nobody has asked since the gateway started; `failed`: it could not be done, for a `reason`. `entries` have
    been looked at, `of` so many that there were when it began.
    """

    state: Literal["never", "running", "done", "failed"]
    by: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    entries: int = 0
    of: int = 0
    report: AuditReport | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChainState(View):
    """What the journal ends with: how many entries and blocks, how many entries are in no block, and since when."""

    entries: int
    blocks: int
    open: int
    since: datetime | None
    head: str
