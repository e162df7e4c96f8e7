"""What shows that the messages stood in the gateway's journal: blocks, entries with their proofs, time stamps."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

import msgspec

from aimaq.language.signing import merkle
from aimaq.eds.timestamp import token as stamp
from aimaq.language.errors import AimaqError, BadSignature
from gateway_svc.journal.entry import ZERO, linked, read_entry, read_header
from stand.bundle.archive import Proof, written
from stand.bundle.inspection.evidence import Check, Evidence

GATEWAY = "gateway"


def blocks(seen: Evidence, check: Check) -> None:
    """The blocks follow one another, each signed by the gateway."""
    mark = None
    for name, data in seen.under("blocks", ".json"):
        header = read_header(data)
        if header is None or name != f"blocks/{header.block:06}.json":
            check.faults.append((name, "it is not the header of that block"))
            mark = None
            continue
        before = seen.headers.get(header.block - 1)
        if before is None and (seen.headers or mark is not None):
            check.faults.append((name, "the block before it is missing"))
        if before is not None and (header.first != before.last + 1 or header.previous != mark):
            check.faults.append((name, "it does not go on from the block before it"))
        if header.block == 1 and (header.previous != ZERO.hex() or header.first != 1):
            check.faults.append((name, "it is not a first block"))
        seen.headers[header.block] = header
        mark = hashlib.sha256(data).hexdigest()
        if fault := seen.fault_of(name, data, header.closed_at, GATEWAY):
            check.faults.append((name.replace(".json", ".jws"), fault))
    first, last = min(seen.headers, default=0), max(seen.headers, default=0)
    check.said = f"{len(seen.headers)} blocks in one chain, {first} to {last}, each signed by the gateway"


def entries(seen: Evidence, check: Check) -> None:
    """Each entry leads to the signed root of its block, and follows the one before it where that is here."""
    proofs: dict[int, Proof] = {}
    for name, data in seen.under("entries", ".json"):
        entry = read_entry(data)
        stem = PurePosixPath(name).stem
        if entry is None or name != f"entries/{entry.number:06}.json":
            check.faults.append((name, "it is not the entry of that number"))
            continue
        seen.entries[stem] = entry
        lead, where = seen.files.get(f"proofs/{stem}.json", b""), f"proofs/{stem}.json"
        try:
            proof = msgspec.json.decode(lead, type=Proof)
            hashed = linked(bytes.fromhex(proof.previous), data)
            path = [bytes.fromhex(one) for one in proof.path]
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
            check.faults.append((where, f"it cannot be read: {error}"))
            continue
        proofs[entry.number], seen.hashes[entry.number] = proof, hashed
        header = seen.headers.get(proof.block)
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
        if number - 1 in seen.hashes and seen.hashes[number - 1].hex() != proof.previous:
            check.faults.append((f"entries/{number:06}.json", "it does not follow the entry before it"))
    check.said = f"{len(seen.entries)} entries of the journal, each with a path to the root of its block"


def stamps(seen: Evidence, check: Check) -> None:
    """The time stamps are over the headers they stand beside, made by an authority below the one trusted."""
    bare, stamped = [], []
    for number in sorted(seen.headers):
        name = f"blocks/{number:06}.tst"
        if name not in seen.files:
            bare.append(number)
            continue
        header = seen.files[name.replace(".tst", ".json")]
        try:
            if seen.trust is None:
                raise BadSignature("there is no authority to believe it by")
            found = stamp.believed(seen.files[name], header, seen.trust)
            since = seen.status(found.certificate).since
            if since is not None and since <= found.at:
                raise BadSignature(f"its certificate was withdrawn {since:%F %T} UTC")
            stamped.append((number, found.at))
        except (AimaqError, ValueError) as error:
            check.faults.append((name, str(error)))
    check.said = ", ".join(f"block {number} at {at:%F %T} UTC" for number, at in stamped) or "there is none"
    if uncovered := [number for number in bare if number > max((n for n, _ in stamped), default=0)]:
        check.said += f"; no time stamp on or after block {uncovered[0]}"
