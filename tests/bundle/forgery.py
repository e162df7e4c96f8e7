"""A forger of bundles: says anew all that systems and gateway have said of a case, with whatever keys it has.

It can do what anybody can: rebuild the journal, ask the authority's responder, leave time stamps out. What it cannot
have is a certificate of a party's system.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.revocation.ocsp import Question
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import Role
from aimaq.language.clock import StandClock
from aimaq.language.envelope import party_of
from aimaq.language.ids import Ids
from aimaq.language.signing import merkle
from aimaq.language.signing.jws import KeySigner
from gateway_svc.journal.entry import ZERO, Entry, Header, digest, encoded, linked, read_entry
from gateway_svc.journal.statement import Statement, read_statement
from registry_svc.nca.authority import Authority, found_authority, found_root
from registry_svc.nca.crl import Withdrawn
from registry_svc.nca.owner import Owner, system_of
from registry_svc.nca.responder import Responder
from registry_svc.nca.status import CertificateStatus
from stand.bundle.archive import STATEMENT, Proof, pack, written
from stand.bundle.certificate_status import CHANGES, CRL, OF_ROOT, answer_of
from stand.bundle.signers import signers
from tests.bundle.conftest import Exported
from tests.bundle.test_bundle import content_of
from tests.parties import BASE

CLOCK = StandClock(lambda: BASE)
SYSTEMS = ("portal", "lea", "gateway")
"""The systems that signed something in the case."""


def authority_of(exported: Exported) -> Authority:
    """The authority of the stand that a bundle is from."""
    return Authority.load(exported.home / "nca", CLOCK, Ids(CLOCK))


def same_names() -> Authority:
    """An authority with the very names of the stand's, and keys of its own."""
    ids, root_key, key = Ids(CLOCK), _key(), _key()
    root = found_root(root_key, ids, BASE)
    issuing = found_authority(key.public_key(), root, root_key, ids, BASE)
    return Authority(root, issuing, key, CLOCK, ids, root_key=root_key)


def certified(authority: Authority, owner: Owner, role: Role, usage: str = "SIGN") -> KeySigner:
    """A new key with a certificate from an authority."""
    key = _key()
    return KeySigner(key, authority.issue(key.public_key(), owner, role=role, usage=usage))


def citizen(authority: Authority, usage: str = "SIGN", common_name: str = "АХМЕТОВА АЙГҮЛ") -> KeySigner:
    """A person's key and certificate."""
    return certified(authority, Owner(common_name=common_name, iin="900101300017"), Role.INDIVIDUAL, usage)


def system(authority: Authority, party: str) -> KeySigner:
    """A key and certificate of a party's system."""
    return certified(authority, system_of(party), Role.INFORMATION_SYSTEM)


def forged(
    exported: Exported,
    by: Mapping[str, KeySigner],
    authority: Authority | None = None,
    withdrawn: tuple[x509.Certificate, ...] = (),
) -> bytes:
    """The bundle of the case with every signature of a system made anew by these keys, in the parties' names.

    With an `authority` it is below that one. `withdrawn` are certificates that the authority's lists and answers name.
    """
    files = content_of(exported)
    made = _journal(files, by)
    if authority is None:
        made |= {name: data for name, data in files.items() if name.startswith(("authority/", "revocation/"))}
        authority = authority_of(exported)
    else:
        for number, one in enumerate((authority.certificate, authority.root), 1):
            made[f"authority/{number:02}.der"] = one.public_bytes(Encoding.DER)
        made[OF_ROOT] = authority.root_list().der
    for party, signer in by.items():
        made[f"systems/{party}-{signer.certificate.serial_number:x}.der"] = signer.certificate.public_bytes(
            Encoding.DER
        )
    gone = [
        Withdrawn(one.serial_number, BASE - timedelta(hours=1), x509.ReasonFlags.key_compromise) for one in withdrawn
    ]
    made[CRL] = authority.revocation_list(9, gone).der
    made[CHANGES] = authority.delta_list(9, 8, gone).der
    made = {name: data for name, data in made.items() if not name.startswith("revocation/ocsp-")}
    made |= _answers(made, authority, {one.serial: one for one in gone})
    return pack(exported.case_id, made, {f"{STATEMENT}.tst": "the time-stamping authority did not answer"})


def _journal(files: dict[str, bytes], by: Mapping[str, KeySigner]) -> dict[str, bytes]:
    """The case's messages and documents, the entries numbered from 1, one block over all of them, the statement."""
    made, hashes, proofs, previous = dict[str, bytes](), list[bytes](), list[bytes](), ZERO
    stems = sorted(name[len("entries/") : -len(".json")] for name in files if name.startswith("entries/"))
    for number, stem in enumerate(stems, 1):
        entry, body, new = read_entry(files[f"entries/{stem}.json"]), files[f"messages/{stem}.json"], f"{number:06}"
        assert isinstance(entry, Entry)
        assert entry.sender is not None
        signature = by[party_of(entry.sender)].sign(body).encode()
        data = msgspec.json.encode(msgspec.structs.replace(entry, number=number, signature=digest(signature)))
        made |= {f"messages/{new}.json": body, f"messages/{new}.jws": signature, f"entries/{new}.json": data}
        for name in files:
            if name.startswith(f"documents/{stem}-"):
                made[name.replace(stem, new)] = files[name]
        proofs.append(previous)
        previous = linked(previous, data)
        hashes.append(previous)
    root, paths = merkle.tree([merkle.leaf(one) for one in hashes])
    for index, (before, path) in enumerate(zip(proofs, paths, strict=True)):
        proof = Proof(before.hex(), 1, index, len(hashes), tuple(one.hex() for one in path))
        made[f"proofs/{index + 1:06}.json"] = written(proof)
    statement = read_statement(files[f"{STATEMENT}.json"])
    assert isinstance(statement, Statement)
    header = encoded(Header(1, 1, len(hashes), root.hex(), previous.hex(), ZERO.hex(), statement.made_at))
    stated = msgspec.json.encode(
        msgspec.structs.replace(
            statement, journal=len(hashes), head=previous.hex(), entries=tuple(range(1, len(hashes) + 1))
        )
    )
    for name, data in (("blocks/000001", header), (STATEMENT, stated)):
        made |= {f"{name}.json": data, f"{name}.jws": by["gateway"].sign(data).encode()}
    return made


def _answers(files: dict[str, bytes], authority: Authority, withdrawn: Mapping[int, Withdrawn]) -> dict[str, bytes]:
    """What the authority's responder answers about each certificate: whoever asks is answered."""
    responder, nonce = Responder(authority, _key(), CLOCK), hashlib.sha256(files[f"{STATEMENT}.json"]).digest()
    of_root = Responder(authority, _key(), CLOCK, of_root=True)
    found = {}
    for one in signers(files):
        root = one.certificate.x509.issuer == authority.root.subject
        asked = responder if not root else of_root
        issuer = authority.root if root else authority.certificate
        question = Question(one.certificate, issuer, nonce)
        status = CertificateStatus(issued=True, withdrawn=withdrawn.get(one.certificate.serial))
        found[answer_of(one.certificate)] = asked.answer(asked.read(question.der), [status])
    return found


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def serial_of(signer: KeySigner) -> str:
    """The serial number of the certificate that a signer names."""
    return read(signer.certificate.public_bytes(Encoding.DER)).number
