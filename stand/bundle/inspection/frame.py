"""What holds a bundle together: the manifest, the authority, the certificates of the systems, and no file beside."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.x509.certificates import read as read_certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import AimaqError, BadSignature, Technical
from aimaq.language.messages import PARTIES
from stand.bundle.archive import FORMAT, MANIFEST, STATEMENT, Manifest, written
from stand.bundle.certificate_status import LISTS, answer_of
from stand.bundle.inspection.evidence import Check, Evidence

MOST_AUTHORITIES = 8
"""Certificates of authorities that are looked at: each is held against each."""


def manifest(evidence: Evidence, check: Check) -> None:
    """The files are those that the manifest names, and nothing else is in the ZIP file."""
    check.faults += evidence.broken
    data = evidence.files.get(MANIFEST, b"")
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        check.faults.append((MANIFEST, f"it cannot be read: {error}"))
        return
    evidence.case_id, evidence.missing = manifest.case_id, manifest.missing
    if manifest.format != FORMAT:
        check.faults.append((MANIFEST, f"its format is {manifest.format}, not {FORMAT}"))
    if written(manifest) != data:
        check.faults.append((MANIFEST, "it is not written as a manifest is"))
    for name, digest in manifest.files.items():
        if name not in evidence.files:
            if name not in dict(evidence.broken):
                check.faults.append((name, "it is missing"))
        elif hashlib.sha256(evidence.files[name]).hexdigest() != digest:
            check.faults.append((name, "it is not the file that the manifest names: its SHA-256 is another"))
    for name in evidence.files.keys() - manifest.files.keys() - {MANIFEST}:
        check.faults.append((name, "the manifest does not name it"))
    for name in manifest.missing.keys() & evidence.files.keys():
        check.faults.append((name, "the manifest says that it could not be had"))
    check.summary = (
        f"{len(manifest.files)} files of the case {manifest.case_id}, each with the hash written down for it"
    )


def authority(evidence: Evidence, check: Check) -> None:
    """The authority's certificates lead to a root, which is the one expected if one was given."""
    found: dict[str, x509.Certificate] = {}
    roots: list[x509.Certificate] = []
    files = list(evidence.under("authority", ".der"))
    if len(files) > MOST_AUTHORITIES:
        check.faults.append(("authority", f"there are more than {MOST_AUTHORITIES} certificates of authorities"))
    for name, data in files[:MOST_AUTHORITIES]:
        try:
            one = read_certificate(data).x509
            named = one.subject, one.issuer  # names are not read before they are asked for
        except (AimaqError, ValueError) as error:
            check.faults.append((name, str(error)))
        else:
            found[name] = one
            roots += [one] if named[0] == named[1] else []
    for name, one in found.items():
        if not any(_issued_by(one, above) for above in found.values()):
            check.faults.append((name, "it was not issued by one of the authorities here"))
    evidence.authorities = list(found.values())
    try:
        evidence.trust = TrustStore(evidence.authorities)
    except (AimaqError, ValueError) as error:
        check.faults.append(("authority", str(error)))
    strangers = [one for one in roots if one.public_bytes(Encoding.DER) != evidence.anchor]
    if evidence.anchor is not None and not roots:
        check.faults.append(("authority", "it has no root"))
    for root in strangers if evidence.anchor is not None else ():
        which = f"its root, certificate {root.serial_number:x}, is not the one that is trusted"
        check.faults.append(("authority", f"{which}; SHA-256 {root.fingerprint(hashes.SHA256()).hex()}"))
    prints = ", ".join(root.fingerprint(hashes.SHA256()).hex() for root in roots)
    believed = "the one that is trusted" if evidence.anchor else "believed as it stands in the bundle"
    check.summary = f"{len(evidence.authorities)} certificates; root SHA-256 {prints}, {believed}"


def systems(evidence: Evidence, check: Check) -> None:
    """The systems' certificates were issued by the authority, and each says in itself that it is that party's."""
    count = 0
    for name, data in evidence.under("systems", ".der"):
        party = PurePosixPath(name).name.partition("-")[0]
        try:
            certificate = read_certificate(data)
            status = evidence.trust.chain_status(certificate) if evidence.trust else None
            if status is None or status.fault:
                why = status.fault.en if status and status.fault else "there is no authority to have issued it"
                raise BadSignature(Technical(f"the certificate {certificate.number}: {why}"))
            if party not in PARTIES or f"systems/{party}-{certificate.number}.der" != name:
                raise BadSignature(Technical(f"the certificate {certificate.number} is not what its name says"))
            evidence.directory.add(party, certificate.x509)  # which asks the certificate whose it is
        except (AimaqError, ValueError) as error:
            check.faults.append((name, str(error)))
        count += 1
    check.summary = f"{count} certificates of systems, each issued by the authority"


def strays(evidence: Evidence, check: Check) -> None:
    """Every file is one that a check above has looked at."""
    looked_at = {MANIFEST, *LISTS, *(f"{STATEMENT}.{end}" for end in ("json", "jws", "tst"))}
    looked_at |= {answer_of(one.certificate) for one in evidence.signers}
    looked_at |= {f"{folder}/{stem}.json" for stem in evidence.entries for folder in ("messages", "entries", "proofs")}
    looked_at |= {f"messages/{stem}.jws" for stem in evidence.entries}
    looked_at |= {f"blocks/{number:06}.{end}" for number in evidence.headers for end in ("json", "jws", "tst")}
    for folder, end in (("authority", ".der"), ("systems", ".der"), ("documents", ".bin"), ("documents", ".pdf")):
        looked_at |= {name for name, _ in evidence.under(folder, end)}
    looked_at |= {name.replace(".bin", ".p7s") for name, _ in evidence.under("documents", ".bin")}
    check.faults += [
        (name, "nothing in the bundle belongs to it") for name in sorted(evidence.files.keys() - looked_at)
    ]
    check.summary = "nothing is in the bundle that was not looked at"


def _issued_by(one: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
