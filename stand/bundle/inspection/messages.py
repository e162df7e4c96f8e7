"""What was said in a case: messages, their envelopes and numbers, and the documents that people signed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime

from aimaq.eds import pades
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.language.envelope import party_of
from aimaq.language.envelope import read as read_envelope
from aimaq.language.errors import AimaqError, BadSignature, WithdrawnCertificate
from gateway_svc.journal.entry import Entry
from stand.bundle.export import documents_in, paper_in
from stand.bundle.inspection.evidence import WITHDRAWN, Check, Evidence


def messages(evidence: Evidence, check: Check) -> None:
    """Each message is the one that was journalled, signed by its sender's system."""
    for stem, entry in sorted(evidence.entries.items()):
        name = f"messages/{stem}.json"
        body, signature = evidence.files.get(name), evidence.files.get(f"messages/{stem}.jws")
        if body is None or signature is None:
            check.faults.append((name, "it, or its signature, is missing"))
            continue
        if hashlib.sha256(body).hexdigest() != entry.body:
            check.faults.append((name, "it is not the message that was journalled"))
        if hashlib.sha256(signature).hexdigest() != entry.signature:
            check.faults.append((f"messages/{stem}.jws", "it is not the signature that was journalled"))
        if entry.sender is None:
            continue
        fault = evidence.fault_of(name, body, entry.journalled_at, party_of(entry.sender))
        if fault and not (fault.startswith(WITHDRAWN) and _rejected_for_it(entry)):
            check.faults.append((name, fault))
        try:
            evidence.envelopes[stem] = read_envelope(body)
        except AimaqError as error:
            check.faults.append((name, error.text))
    check.summary = (
        f"{len(evidence.envelopes)} messages, each signed by the system that sent it, with a certificate in date"
    )


def _rejected_for_it(entry: Entry) -> bool:
    """Whether the gateway let a message not pass for just this reason: then the withdrawal is no fault of the case."""
    return entry.verdict == "rejected" and (entry.reason or "").startswith(f"{WithdrawnCertificate.slug}: ")


def envelopes(evidence: Evidence, check: Check) -> None:
    """What a message says of itself is what the journal says of it, and it is of this case."""
    for stem, message in sorted(evidence.envelopes.items()):
        entry = evidence.entries[stem]
        fields = ["case_id", "type", "sender", "recipient", "sequence", "occurred_at"]
        if entry.verdict == "accepted":
            fields.append("message_id")
        for field in fields:
            if getattr(message, field) != getattr(entry, field):
                check.faults.append((f"messages/{stem}.json", f"its {field} is not the one in the journal"))
        if message.case_id != evidence.case_id:
            check.faults.append((f"messages/{stem}.json", f"it is of another case, {message.case_id}"))
    check.summary = "case, type, sender, recipient, number and time are the same in every message and its entry"


def sequences(evidence: Evidence, check: Check) -> None:
    """No sender's messages have a gap, or the same number twice."""
    accepted: dict[str, list[int]] = defaultdict(list)
    known: dict[str, set[int]] = defaultdict(set)
    for stem, message in evidence.envelopes.items():
        sender = party_of(message.sender)
        known[sender].add(message.sequence)
        if evidence.entries[stem].verdict == "accepted":
            accepted[sender].append(message.sequence)
    for sender, numbers in accepted.items():
        if len(set(numbers)) != len(numbers):
            check.faults.append((sender, "two of its messages have the same number"))
        if (gap := _gap(known[sender])) <= max(numbers):
            check.faults.append((sender, f"its message {gap} is missing"))
    described = ", ".join(f"{sender} {len(numbers)}" for sender, numbers in sorted(accepted.items()))
    check.summary = f"no gap in the messages of any sender: {described}"


def _gap(numbers: set[int]) -> int:
    """The first number from 1 on that is not among these, however large they are."""
    gap = 1
    while gap in numbers:
        gap += 1
    return gap


def documents(evidence: Evidence, check: Check) -> None:
    """Each document was signed by a person with a certificate that counted when the journal had it."""
    carried = {
        f"documents/{stem}-{kind}": (document, signature, evidence.entries[stem].journalled_at)
        for stem in evidence.envelopes
        for kind, document, signature in documents_in(evidence.files[f"messages/{stem}.json"])
    }
    latest = max((entry.journalled_at for entry in evidence.entries.values()), default=None)
    count = 0
    for name, document in evidence.under("documents", ".bin"):
        stem = name.removesuffix(".bin")
        signature = evidence.files.get(f"{stem}.p7s")
        as_sent = carried.pop(stem, None)
        if signature is None or (as_sent is not None and (document, signature) != as_sent[:2]):
            check.faults.append((name, "it, or its signature, is not the one that the message carries"))
            continue
        at = as_sent[2] if as_sent is not None else latest
        count += 1
        if fault := _fault_of(evidence, document, signature, at):
            check.faults.append((f"{stem}.p7s", fault))
    check.faults += [(f"{stem}.bin", "it is missing, and a message carries it") for stem in carried]
    check.summary = f"{count} documents, each signed by a person whose certificate counted then"


def papers(evidence: Evidence, check: Check) -> None:
    """Each result on paper is signed, all of it, by the person who signed the result that it came with."""
    sent = {stem: paper_in(evidence.files[f"messages/{stem}.json"]) for stem in evidence.envelopes}
    carried = {f"documents/{stem}-result.pdf": (stem, pdf) for stem, pdf in sent.items() if pdf}
    count = 0
    for name, pdf in evidence.under("documents", ".pdf"):
        stem, as_sent = carried.pop(name, ("", b""))
        if pdf != as_sent:
            check.faults.append((name, "it is not the paper that the message carries"))
            continue
        count += 1
        try:
            paper = pades.opened(pdf)
            fault = _fault_of(evidence, paper.covered, paper.cms, evidence.entries[stem].journalled_at)
            result = evidence.files.get(f"documents/{stem}-result.p7s", b"")
            if not fault and _signer(paper.cms) != _signer(result):
                fault = "another person signed the result that it came with"
        except AimaqError as error:
            fault = error.detail
        if fault:
            check.faults.append((name, fault))
    check.faults += [(name, "it is missing, and a message carries it") for name in carried]
    check.summary = f"{count} results on paper (PDF), each with a signature over all of it"


def _signer(signature: bytes) -> str | None:
    """The IIN of whoever signed first; None if that cannot be told."""
    found = opened(signature)
    if isinstance(found, Verdict) or isinstance(found[0], BadSignature):
        return None
    return found[0].certificate.person.iin


def _fault_of(evidence: Evidence, document: bytes, signature: bytes, at: datetime | None) -> str:
    """What is wrong with a person's signature over a document as of a time; empty if nothing is."""
    if evidence.trust is None or at is None:
        return "there is no authority, or no time, to judge it by"
    found = opened(signature)
    if not isinstance(found, Verdict):
        found = judge(document, found, Asked(), at, evidence.trust, evidence.status)
    return "; ".join(finding.detail for finding in found.findings)
