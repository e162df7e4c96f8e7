"""That nothing was left out: what the gateway says of the case, held against what is in the bundle."""

from __future__ import annotations

from aimaq.eds.timestamp import token as stamp
from aimaq.eds.revocation.crl import SKEW
from aimaq.language.errors import AimaqError, BadSignature
from gateway_svc.journal.statement import senders
from stand.bundle.archive import STATEMENT
from stand.bundle.inspection.evidence import Check, Evidence

GATEWAY = "gateway"
_NAME, _STAMP = f"{STATEMENT}.json", f"{STATEMENT}.tst"


def statement(seen: Evidence, check: Check) -> None:
    """The gateway signed a statement on this case, and the time stamp, if there is one, is over it."""
    data, made = seen.files.get(_NAME), seen.statement
    if data is None or made is None:
        check.faults.append((_NAME, "it is missing" if data is None else "it is not a statement of the gateway"))
        return
    if made.case_id != seen.case_id:
        check.faults.append((_NAME, f"it is of another case, {made.case_id}"))
    if fault := seen.fault_of(_NAME, data, made.made_at, GATEWAY):
        check.faults.append((_NAME.replace(".json", ".jws"), fault))
    check.said = f"signed by the gateway as of {made.made_at:%F %T} UTC, when the journal had {made.journal} entries"
    if _STAMP not in seen.files:
        if _STAMP in seen.missing:
            check.unchecked.append((_STAMP, f"it could not be had: {seen.missing[_STAMP]}"))
        else:
            check.faults.append((_STAMP, "it is missing"))
        return
    try:
        if seen.trust is None:
            raise BadSignature("there is no authority to believe it by")
        found = stamp.believed(seen.files[_STAMP], data, seen.trust)
        since = seen.status(found.certificate).since
        if since is not None and since <= found.at:
            raise BadSignature(f"its certificate was withdrawn {since:%F %T} UTC")
        if found.at + SKEW < made.made_at:
            raise BadSignature(f"it is of {found.at:%F %T} UTC, before the statement was made")
        check.said += f", stamped {found.at:%F %T} UTC"
    except (AimaqError, ValueError) as error:
        check.faults.append((_STAMP, str(error)))


def completeness(seen: Evidence, check: Check) -> None:
    """The entries here are those that the gateway's statement names, and each sender came as far as it says."""
    made = seen.statement
    if made is None:
        check.faults.append((_NAME, "without it nobody can tell whether something was left out"))
        return
    here = {entry.number for entry in seen.entries.values()}
    for number in sorted(set(made.entries) - here):
        check.faults.append((f"entries/{number:06}.json", "the gateway's statement names it, and it is not here"))
    for number in sorted(here - set(made.entries)):
        check.faults.append((f"entries/{number:06}.json", "the gateway's statement does not name it"))
    accepted = [one for stem, one in seen.letters.items() if seen.entries[stem].verdict == "accepted"]
    found = {one.party: one for one in senders((one.sender, one.sequence) for one in accepted)}
    for sender in made.senders:
        if found.pop(sender.party, None) != sender:
            counted = f"{sender.messages} messages up to number {sender.last}"
            check.faults.append((sender.party, f"by the gateway's statement it sent {counted}, and that is not here"))
    check.faults += [(party, "by the gateway's statement it sent nothing") for party in found]
    ends = {number: hashed.hex() for number, hashed in seen.hashes.items()}
    ends |= {header.last: header.head for header in seen.headers.values()}
    if ends.get(made.journal, made.head) != made.head:
        check.faults.append((_NAME, f"by it entry {made.journal} of the journal is another than in the bundle"))
    told = ", ".join(f"{one.party} {one.messages}" for one in made.senders)
    check.said = (
        f"the case had {len(made.entries)} entries {made.made_at:%F %T} UTC, and all are here: {told}; "
        "what came later is not in it"
    )
