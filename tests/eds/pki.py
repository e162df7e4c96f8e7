"""A certification authority in memory, on a clock that stands, and people with certificates of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.x509.certificates import Certificate, read
from aimaq.eds.x509.profile import PrivateKey, Role
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids
from registry_svc.nca.authority import PERSON_LIFE, Authority, Withdrawn, found_authority, found_root
from registry_svc.nca.owner import Owner, system_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
IIN, OTHER_IIN, BIN = "900101300017", "100140000003", "100140000003"
DAY = timedelta(days=1)
DOCUMENT = "Өтініш: жұмыссыз ретінде тіркелгені туралы анықтама".encode()

RSA_KEY = rsa.generate_private_key(65537, 2048)
"""One for all tests: making it takes as long as everything else in them."""


def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Holder:
    """A certificate and its key."""

    key: PrivateKey
    certificate: Certificate

    def sign(self, document: bytes = DOCUMENT, at: datetime | None = NOW, *, attached: bool = False) -> bytes:
        return DocumentSigner(self.key, self.certificate).sign(document, at, attached=attached)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Key and certificate as PEM files, for other programs."""
        key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        certificate.write_bytes(self.certificate.x509.public_bytes(Encoding.PEM))
        return key, certificate


@dataclass
class Pki:
    """An authority with everything below it."""

    clock: StandClock = field(default_factory=lambda: StandClock(lambda: NOW))
    authority: Authority = field(init=False)
    trust: TrustStore = field(init=False)
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=curve_key)

    def __post_init__(self) -> None:
        ids, key = Ids(self.clock, Random(7).randbytes), curve_key()
        root = found_root(self.root_key, ids, NOW)
        certificate = found_authority(key.public_key(), root, self.root_key, ids, NOW)
        self.authority = Authority(root, certificate, key, self.clock, ids)
        self.trust = TrustStore([certificate, root])

    def person(
        self,
        *,
        key: PrivateKey | None = None,
        iin: str = IIN,
        usage: str = "SIGN",
        surname: str = "Ахметова",
        organisation: str = "",
        role: Role = Role.INDIVIDUAL,
        life: timedelta = PERSON_LIFE,
    ) -> Holder:
        key = key or curve_key()
        owner = Owner.person(
            surname=surname,
            given_name="Айгүл",
            patronymic="Серікқызы",
            iin=iin,
            bin=BIN if organisation else None,
            organisation=organisation,
        )
        issued = self.authority.issue(key.public_key(), owner, role=role, usage=usage, life=life)
        return Holder(key, read(issued.public_bytes(Encoding.DER)))

    def system(self, party: str, key: PrivateKey | None = None) -> Holder:
        """The system of a party."""
        key, owner = key or curve_key(), system_of(party, BIN, "Сынақ")
        issued = self.authority.issue(key.public_key(), owner, role=Role.INFORMATION_SYSTEM, usage="SIGN")
        return Holder(key, read(issued.public_bytes(Encoding.DER)))

    def crl(self, *revoked: Certificate, number: int = 1, at: datetime = NOW) -> RevocationList:
        return RevocationList(self.crl_der(*revoked, number=number, at=at), self.trust)

    def crl_der(self, *revoked: Certificate, number: int = 1, at: datetime = NOW) -> bytes:
        withdrawn = [Withdrawn(one.serial, at, x509.ReasonFlags.key_compromise) for one in revoked]
        return self.authority.revocation_list(number, withdrawn).der
