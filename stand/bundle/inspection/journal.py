"""What shows that the messages stood in the gateway's journal: blocks, entries with their proofs, time stamps."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

import msgspec

from aimaq.eds.timestamp import token
from aimaq.language.errors import AimaqError, BadSignature, Technical
from aimaq.language.signing import merkle
from gateway_svc.journal.entry import ZERO, linked, read_entry, read_header
from stand.bundle.archive import Proof, written
from stand.bundle.inspection.evidence import Check, Evidence

GATEWAY = "gateway"


def blocks(evidence: Evidence, check: Check) -> None:
    """The blocks follow one another, each signed by the gateway."""
    mark = None
    for name, data in evidence.under("blocks", ".json"):
        header = read_header(data)
        if header is None or name != f"blocks/{header.block:06}.json":
            check.faults.append((name, "it is not the header of that block"))
            mark = None
            continue
        before = evidence.headers.get(header.block - 1)
        if before is None and (evidence.headers or mark is not None):
            check.faults.append((name, "the block before it is missing"))
        if before is not None and (header.first != before.last + 1 or header.previous != mark):
            check.faults.append((name, "it does not go on from the block before it"))
        if header.block == 1 and (header.previous != ZERO.hex() or header.first != 1):
            check.faults.append((name, "it is not a first block"))
        evidence.headers[header.block] = header
        mark = hashlib.sha256(data).hexdigest()
        if fault := evidence.fault_of(name, data, header.closed_at, GATEWAY):
            check.faults.append((name.replace(".json", ".jws"), fault))
    first, last = min(evidence.headers, default=0), max(evidence.headers, default=0)
    check.summary = f"{len(evidence.headers)} blocks in one chain, {first} to {last}, each signed by the gateway"


def entries(evidence: Evidence, check: Check) -> None:
    """Each entry leads to the signed root of its block, and follows the one before it where that is here."""
    proofs: dict[int, Proof] = {}
    for name, data in evidence.under("entries", ".json"):
        entry = read_entry(data)
        stem = PurePosixPath(name).stem
        if entry is None or name != f"entries/{entry.number:06}.json":
            check.faults.append((name, "it is not the entry of that number"))
            continue
        evidence.entries[stem] = entry
        lead, where = evidence.files.get(f"proofs/{stem}.json", b""), f"proofs/{stem}.json"
        try:
            proof = msgspec.json.decode(lead, type=Proof)
            hashed = linked(bytes.fromhex(proof.previous), data)
            path = [bytes.fromhex(one) for one in proof.path]
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
            check.faults.append((where, f"it cannot be read: {error}"))
            continue
        proofs[entry.number], evidence.hashes[entry.number] = proof, hashed
        header = evidence.headers.get(proof.block)
        if written(proof) != lead or header is None or not header.first <= entry.number <= header.last:
            check.faults.append((where, "it is not a proof of that entry in that block"))
        elif (proof.index, proof.size) != (entry.number - header.first, header.size):
            check.faults.append((where, "it is of another place in the block"))
        elif (root := merkle.climb(merkle.leaf(hashed), proof.index, proof.size, path)) is None:
            check.faults.append((where, "its path is not one of such a block"))
        elif root.hex() != header.root:
            check.faults.append((name, f"it is not among the entries of block {proof.block}: its path misses the root"))
        elif entry.number == header.last and hashed.hex() != header.head:
            check.faults.append((name, f"it is not the last entry of block {proof.block}"))
    for number, proof in proofs.items():
        if number - 1 in evidence.hashes and evidence.hashes[number - 1].hex() != proof.previous:
            check.faults.append((f"entries/{number:06}.json", "it does not follow the entry before it"))
    check.summary = f"{len(evidence.entries)} entries of the journal, each with a path to the root of its block"


def stamps(evidence: Evidence, check: Check) -> None:
    """The time stamps are over the headers they stand beside, made by an authority below the one trusted."""
    bare, stamped = [], []
    for number in sorted(evidence.headers):
        name = f"blocks/{number:06}.tst"
        if name not in evidence.files:
            bare.append(number)
            continue
        header = evidence.files[name.replace(".tst", ".json")]
        try:
            if evidence.trust is None:
                raise BadSignature(Technical("there is no authority to believe it by"))
            found = token.believed(evidence.files[name], header, evidence.trust)
            since = evidence.status(found.certificate).since
            if since is not None and since <= found.at:
                raise BadSignature(Technical(f"its certificate was withdrawn {since:%F %T} UTC"))
            stamped.append((number, found.at))
        except (AimaqError, ValueError) as error:
            check.faults.append((name, str(error)))
    check.summary = ", ".join(f"block {number} at {at:%F %T} UTC" for number, at in stamped) or "there is none"
    if uncovered := [number for number in bare if number > max((n for n, _ in stamped), default=0)]:
        check.summary += f"; no time stamp on or after block {uncovered[0]}"
