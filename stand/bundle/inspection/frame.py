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
from aimaq.language.errors import AimaqError, BadSignature
from aimaq.language.messages import PARTIES
from stand.bundle.archive import FORMAT, MANIFEST, STATEMENT, Manifest, written
from stand.bundle.certificate_status import LISTS, answer_of
from stand.bundle.inspection.evidence import Check, Evidence


def manifest(seen: Evidence, check: Check) -> None:
    """The files are those that the manifest names, and nothing else is in the ZIP file."""
    check.faults += seen.broken
    data = seen.files.get(MANIFEST, b"")
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        check.faults.append((MANIFEST, f"it cannot be read: {error}"))
        return
    seen.case_id, seen.missing = manifest.case_id, manifest.missing
    if manifest.format != FORMAT:
        check.faults.append((MANIFEST, f"its format is {manifest.format}, not {FORMAT}"))
    if written(manifest) != data:
        check.faults.append((MANIFEST, "it is not written as a manifest is"))
    for name, digest in manifest.files.items():
        if name not in seen.files:
            if name not in dict(seen.broken):
                check.faults.append((name, "it is missing"))
        elif hashlib.sha256(seen.files[name]).hexdigest() != digest:
            check.faults.append((name, "it is not the file that the manifest names: its SHA-256 is another"))
    for name in seen.files.keys() - manifest.files.keys() - {MANIFEST}:
        check.faults.append((name, "the manifest does not name it"))
    for name in manifest.missing.keys() & seen.files.keys():
        check.faults.append((name, "the manifest says that it could not be had"))
    check.said = f"{len(manifest.files)} files of the case {manifest.case_id}, each with the hash written down for it"


def authority(seen: Evidence, check: Check) -> None:
    """The authority's certificates lead to a root, which is the one expected if one was given."""
    found: dict[str, x509.Certificate] = {}
    roots: list[x509.Certificate] = []
    for name, data in seen.under("authority", ".der"):
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
    seen.authorities = list(found.values())
    try:
        seen.trust = TrustStore(seen.authorities)
    except (AimaqError, ValueError) as error:
        check.faults.append(("authority", str(error)))
    if seen.anchor is not None and [one.public_bytes(Encoding.DER) for one in roots] != [seen.anchor]:
        check.faults.append(("authority", "its root is not the one given with --ca"))
    prints = ", ".join(root.fingerprint(hashes.SHA256()).hex() for root in roots)
    believed = "the one given" if seen.anchor else "believed as it stands in the bundle"
    check.said = f"{len(seen.authorities)} certificates; root SHA-256 {prints}, {believed}"


def systems(seen: Evidence, check: Check) -> None:
    """The systems' certificates were issued by the authority."""
    count = 0
    for name, data in seen.under("systems", ".der"):
        party = PurePosixPath(name).name.partition("-")[0]
        try:
            certificate = read_certificate(data)
            standing = seen.trust.standing(certificate) if seen.trust else None
            if standing is None or standing.fault:
                raise BadSignature(standing.fault if standing else "there is no authority to have issued it")
            if party not in PARTIES or f"systems/{party}-{certificate.number}.der" != name:
                raise BadSignature("it is not what its name says")
            seen.directory.add(party, certificate.x509)
        except (AimaqError, ValueError) as error:
            check.faults.append((name, str(error)))
        count += 1
    check.said = f"{count} certificates of systems, each issued by the authority"


def strays(seen: Evidence, check: Check) -> None:
    """Every file is one that a check above has looked at."""
    looked_at = {MANIFEST, *LISTS, *(f"{STATEMENT}.{end}" for end in ("json", "jws", "tst"))}
    looked_at |= {answer_of(one.certificate) for one in seen.signers}
    looked_at |= {f"{folder}/{stem}.json" for stem in seen.entries for folder in ("messages", "entries", "proofs")}
    looked_at |= {f"messages/{stem}.jws" for stem in seen.entries}
    looked_at |= {f"blocks/{number:06}.{end}" for number in seen.headers for end in ("json", "jws", "tst")}
    for folder, end in (("authority", ".der"), ("systems", ".der"), ("documents", ".bin"), ("documents", ".pdf")):
        looked_at |= {name for name, _ in seen.under(folder, end)}
    looked_at |= {name.replace(".bin", ".p7s") for name, _ in seen.under("documents", ".bin")}
    check.faults += [(name, "nothing in the bundle belongs to it") for name in sorted(seen.files.keys() - looked_at)]
    check.said = "nothing is in the bundle that was not looked at"


def _issued_by(one: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
