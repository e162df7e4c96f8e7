"""The inspection of a bundle: what each of its files claims, held against the others, with no server and no database.

Each check looks at one kind of thing, names every place that does not hold, and goes on: one broken file does not keep
the others from being looked at. What a person may conclude is in decision 10 of `docs/adr`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

from stand.bundle.archive import unpack
from stand.bundle.inspection import certificates, frame, journal, messages, statement
from stand.bundle.inspection.evidence import Check, Evidence

CHECKS: dict[str, Callable[[Evidence, Check], None]] = {
    "manifest": frame.manifest,
    "authority": frame.authority,
    "systems": frame.systems,
    "revocation": certificates.revocation,
    "certificates": certificates.certificates,
    "statement": statement.statement,
    "blocks": journal.blocks,
    "entries": journal.entries,
    "messages": messages.messages,
    "envelopes": messages.envelopes,
    "sequences": messages.sequences,
    "completeness": statement.completeness,
    "documents": messages.documents,
    "papers": messages.papers,
    "time stamps": journal.stamps,
    "files": frame.strays,
}
"""What is checked, in this order."""


_UNFIT = (ArithmeticError, ValueError, RecursionError)
"""What Python raises where a number, a time or a nesting that a stranger wrote goes beyond what it can reckon with."""


def inspect(data: bytes, anchor: bytes | None = None) -> list[Check]:
    """All checks of the bundle in these bytes; NotABundle if it is none. `anchor` is as for `Evidence`."""
    done = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of odd names in certificates: what is wrong is found anyhow
        evidence = Evidence(*unpack(data), anchor)
        for name, look in CHECKS.items():
            check = Check(name)
            try:
                look(evidence, check)
            except _UNFIT as error:
                check.faults.append(("the bundle", f"a number or a time in it is out of all bounds: {error}"))
            done.append(check)
    return done
