"""That nothing was left out: what the gateway says of the case, held against what is in the bundle."""

from __future__ import annotations

from aimaq.eds.revocation.crl import SKEW
from aimaq.eds.timestamp import token
from aimaq.language.errors import AimaqError, BadSignature, Technical
from gateway_svc.journal.statement import senders
from stand.bundle.archive import STATEMENT
from stand.bundle.inspection.evidence import Check, Evidence

GATEWAY = "gateway"
_NAME, _STAMP = f"{STATEMENT}.json", f"{STATEMENT}.tst"


def statement(evidence: Evidence, check: Check) -> None:
    """The gateway signed a statement on this case, and the time stamp, if there is one, is over it."""
    data, made = evidence.files.get(_NAME), evidence.statement
    if data is None or made is None:
        check.faults.append((_NAME, "it is missing" if data is None else "it is not a statement of the gateway"))
        return
    if made.case_id != evidence.case_id:
        check.faults.append((_NAME, f"it is of another case, {made.case_id}"))
    if fault := evidence.fault_of(_NAME, data, made.made_at, GATEWAY):
        check.faults.append((_NAME.replace(".json", ".jws"), fault))
    check.summary = f"signed by the gateway as of {made.made_at:%F %T} UTC, when the journal had {made.journal} entries"
    if _STAMP not in evidence.files:
        if _STAMP in evidence.missing:
            check.unchecked.append((_STAMP, f"it could not be had: {evidence.missing[_STAMP]}"))
        else:
            check.faults.append((_STAMP, "it is missing"))
        return
    try:
        if evidence.trust is None:
            raise BadSignature(Technical("there is no authority to believe it by"))
        found = token.believed(evidence.files[_STAMP], data, evidence.trust)
        since = evidence.status(found.certificate).since
        if since is not None and since <= found.at:
            raise BadSignature(Technical(f"its certificate was withdrawn {since:%F %T} UTC"))
        if found.at + SKEW < made.made_at:
            raise BadSignature(Technical(f"it is of {found.at:%F %T} UTC, before the statement was made"))
        check.summary += f", stamped {found.at:%F %T} UTC"
    except (AimaqError, ValueError) as error:
        check.faults.append((_STAMP, str(error)))


def completeness(evidence: Evidence, check: Check) -> None:
    """The entries here are those that the gateway's statement names, and each sender came as far as it says."""
    made = evidence.statement
    if made is None:
        check.faults.append((_NAME, "without it nobody can tell whether something was left out"))
        return
    here = {entry.number for entry in evidence.entries.values()}
    for number in sorted(set(made.entries) - here):
        check.faults.append((f"entries/{number:06}.json", "the gateway's statement names it, and it is not here"))
    for number in sorted(here - set(made.entries)):
        check.faults.append((f"entries/{number:06}.json", "the gateway's statement does not name it"))
    accepted = [one for stem, one in evidence.envelopes.items() if evidence.entries[stem].verdict == "accepted"]
    found = {one.party: one for one in senders((one.sender, one.sequence) for one in accepted)}
    for sender in made.senders:
        if found.pop(sender.party, None) != sender:
            counted = f"{sender.messages} messages up to number {sender.last}"
            check.faults.append((sender.party, f"by the gateway's statement it sent {counted}, and that is not here"))
    check.faults += [(party, "by the gateway's statement it sent nothing") for party in found]
    ends = {number: hashed.hex() for number, hashed in evidence.hashes.items()}
    ends |= {header.last: header.head for header in evidence.headers.values()}
    if ends.get(made.journal, made.head) != made.head:
        check.faults.append((_NAME, f"by it entry {made.journal} of the journal is another than in the bundle"))
    described = ", ".join(f"{one.party} {one.messages}" for one in made.senders)
    check.summary = (
        f"the case had {len(made.entries)} entries {made.made_at:%F %T} UTC, and all are here: {described}; "
        "what came later is not in it"
    )
