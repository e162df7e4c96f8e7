"""What checking a person's signature costs, beside the bare cryptography in it: the digest, and one verification.

The chain and the status of the certificate are known, as they are at a desk that is at work. CPU time of one core.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.cms import reader
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.verdict import Asked, Verdict, judge, opened
from aimaq.eds.x509.certificates import Certificate, read
from aimaq.eds.x509.profile import PrivateKey, Role
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.clock import Clock, SystemClock
from aimaq.language.ids import Ids
from registry_svc.nca.authority import Authority, found_authority, found_root
from registry_svc.nca.owner import Owner
from stand.people.person import Person, people
from stand.provision.keys import new_key, new_rsa_key

ROUNDS, TIMES = 20, 100
DOCUMENT = bytes(2048)
LIMIT = 2.0
"""How many times the bare operations a check may cost."""


class Costs(NamedTuple):
    """Microseconds, and ratios of them, each by what it is."""

    limits: dict[str, float]
    ratios: dict[str, float]


def measure() -> Costs:
    """Microseconds of a check and of the bare operations, by the kind of key, and their ratios."""
    clock = SystemClock()
    issuing = authority(clock)
    limits: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for kind, key in (("RSA-2048", new_rsa_key()), ("P-256", new_key())):
        bare, whole = _costs(issuing, key, clock)
        limits[f"{kind}: bare operations, µs"] = bare
        limits[f"{kind}: signature checked, µs"] = whole
        ratios[f"{kind}: checked / bare, at most {LIMIT:.0f}"] = whole / bare
    return Costs(limits, ratios)


def certified(issuing: Authority, key: PrivateKey, person: Person) -> Certificate:
    """A certificate for a person's signatures on this key."""
    names = {"surname": person.surname, "given_name": person.given_name, "patronymic": person.patronymic}
    owner = Owner.person(**names, iin=person.iin, bin=None, organisation="")
    issued = issuing.issue(key.public_key(), owner, role=Role.INDIVIDUAL, usage="SIGN")
    return read(issued.public_bytes(Encoding.DER))


def _costs(issuing: Authority, key: PrivateKey, clock: Clock) -> tuple[float, float]:
    person = next(people("bench"))
    certificate = certified(issuing, key, person)
    trust = TrustStore([issuing.certificate, issuing.root])
    crl = RevocationList(issuing.revocation_list(1, []).der, trust)
    signature = DocumentSigner(key, certificate).sign(DOCUMENT)
    taken, at, asked, public = reader.take_apart(signature), clock.now(), Asked(iin=person.iin), certificate.key
    assert public is not None

    def bare() -> bool:
        return hashlib.sha256(DOCUMENT).digest() == taken.digest and taken.made_by(public)

    def whole() -> bool:
        found = opened(signature)
        return (
            not isinstance(found, Verdict)
            and judge(DOCUMENT, found, asked, at, trust, lambda one: crl.status(one, at)).ok
        )

    assert bare()
    assert whole()
    return _alternating(bare, whole)


def _alternating(*acts: Callable[[], object]) -> tuple[float, float]:
    """The best of many rounds for each, one after the other, so that all meet the same machine."""
    best = [float("inf")] * len(acts)
    for _ in range(ROUNDS):
        for n, act in enumerate(acts):
            begun = time.process_time()
            for _ in range(TIMES):
                act()
            best[n] = min(best[n], (time.process_time() - begun) / TIMES * 1e6)
    first, second = best
    return first, second


def authority(clock: Clock) -> Authority:
    """A certification authority in memory."""
    ids, root_key, key = Ids(clock), new_key(), new_key()
    at = clock.now() - timedelta(days=1)
    root = found_root(root_key, ids, at)
    return Authority(root, found_authority(key.public_key(), root, root_key, ids, at), key, clock, ids)
