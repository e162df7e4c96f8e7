"""The inspection of a bundle: what each of its files claims, held against the others, with no server and no database.

Each check looks at one kind of thing, names every place that does not hold, and goes on: one broken file does not keep
the others from being looked at. What a person may conclude is in decision 10 of `docs/adr`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

from stand.bundle.archive import unpack
from stand.bundle.inspection import frame, journal, messages as letters, certificates as standing, statement
from stand.bundle.inspection.evidence import Check, Evidence

CHECKS: dict[str, Callable[[Evidence, Check], None]] = {
    "manifest": frame.manifest,
    "authority": frame.authority,
    "systems": frame.systems,
    "revocation": standing.revocation,
    "certificates": standing.certificates,
    "statement": statement.statement,
    "blocks": journal.blocks,
    "entries": journal.entries,
    "messages": letters.messages,
    "envelopes": letters.envelopes,
    "sequences": letters.sequences,
    "completeness": statement.completeness,
    "documents": letters.documents,
    "papers": letters.papers,
    "time stamps": journal.stamps,
    "files": frame.strays,
}
"""What is checked, in this order."""


def inspect(data: bytes, anchor: bytes | None = None) -> list[Check]:
    """All checks of the bundle in these bytes; NotABundle if it is none. `anchor` is as for `Evidence`."""
    done = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of odd names in certificates: what is wrong is found anyhow
        seen = Evidence(*unpack(data), anchor)
        for name, look in CHECKS.items():
            check = Check(name)
            look(seen, check)
            done.append(check)
    return done
