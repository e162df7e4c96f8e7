"""Lists of changes: a revocation is seen without the whole list, and a list that cannot be used is never gone by."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.eds.revocation import crl_source
from aimaq.eds.revocation.crl import DeltaList, RevocationList
from aimaq.eds.revocation.crl_source import RevocationSource
from aimaq.eds.x509.certificates import Certificate
from aimaq.http.client import http_client
from aimaq.language.errors import BadSignature, Unavailable
from aimaq.language.ids import Ids
from registry_svc.nca.authority import DELTA_LIFE, LIST_LIFE, Authority, Withdrawn
from tests.eds.pki import DAY, NOW, Pki, curve_key
from tests.serving import Reply, Request, serving

HOLD, AGAIN = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl
STOLEN = x509.ReasonFlags.key_compromise


@pytest.fixture
def pki() -> Pki:
    """An authority whose complete lists say that there are lists of changes."""
    made = Pki()
    old = made.authority
    ids = Ids(made.clock)
    made.authority = Authority(old.root, old.certificate, old._key, made.clock, ids, url="http://registry.test")
    return made


def revoked(crl: RevocationList, one: Certificate) -> bool:
    return crl.status(one, NOW).since is not None


def withdrawn(one: Certificate, reason: x509.ReasonFlags = STOLEN, at: datetime = NOW) -> Withdrawn:
    return Withdrawn(one.serial, at, reason)


def complete(pki: Pki, number: int, *those: Withdrawn) -> bytes:
    return pki.authority.revocation_list(number, those).der


def delta(pki: Pki, number: int, base: int, *those: Withdrawn) -> bytes:
    return pki.authority.delta_list(number, base, those).der


def test_a_complete_list_with_its_changes_says_what_a_newer_one_would(pki: Pki) -> None:
    stolen, suspended, resumed, other = (pki.person().certificate for _ in range(4))
    before = RevocationList(complete(pki, 5, withdrawn(resumed, HOLD), withdrawn(other)), pki.trust)
    changes = (withdrawn(stolen), withdrawn(suspended, HOLD), withdrawn(resumed, AGAIN))
    after = before.updated(DeltaList(delta(pki, 8, 5, *changes), pki.trust))
    assert (after.number, len(after)) == (8, 3)
    assert after.status(stolen, NOW).reason is STOLEN
    assert after.status(suspended, NOW).suspended
    assert after.status(resumed, NOW).since is None
    assert after.status(other, NOW).reason is STOLEN
    assert (before.number, len(before)) == (5, 2), "what was there stays as it was"
    assert before.status(resumed, NOW).suspended
    assert after.next_update == before.next_update, "changes do not make it last longer"


UNFIT: dict[str, tuple[int, int, str]] = {
    "of a later list": (9, 7, "goes on from list 7, and what is here is 6"),
    "older than the list": (5, 4, "is older than list 6"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_changes_that_do_not_go_on_from_the_list_are_refused(pki: Pki, what: str) -> None:
    number, base, why = UNFIT[what]
    with pytest.raises(BadSignature, match=why):
        RevocationList(complete(pki, 6), pki.trust).updated(DeltaList(delta(pki, number, base), pki.trust))


def test_changes_of_another_authority_are_refused(pki: Pki) -> None:
    with pytest.raises(BadSignature, match="not signed by an authority trusted here"):
        DeltaList(delta(Pki(), 2, 1), pki.trust)
    builder = x509.CertificateRevocationListBuilder().issuer_name(pki.authority.root.subject)
    builder = builder.last_update(NOW).next_update(NOW + DAY).add_extension(x509.CRLNumber(3), critical=False)
    builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    of_root = builder.sign(pki.root_key, hashes.SHA256()).public_bytes(Encoding.DER)
    with pytest.raises(BadSignature, match="another authority's"):
        RevocationList(complete(pki, 1), pki.trust).updated(DeltaList(of_root, pki.trust))


def test_a_complete_list_is_none_of_changes_and_one_of_changes_is_not_complete(pki: Pki) -> None:
    with pytest.raises(BadSignature, match="not one of changes"):
        DeltaList(complete(pki, 1), pki.trust)
    with pytest.raises(BadSignature, match="not a complete one"):
        RevocationList(delta(pki, 2, 1), pki.trust)
    with pytest.raises(BadSignature, match="goes on from list 5, which is later"):
        DeltaList(delta(pki, 2, 5), pki.trust)


def test_a_thousand_changes_are_read_once_each(pki: Pki) -> None:
    those = [Withdrawn(serial, NOW, STOLEN) for serial in range(1, 5001)]
    read = DeltaList(delta(pki, 2, 1, *those), pki.trust)
    assert len(read.changes) == len(read) == 5000


@dataclass
class Registry:
    """A registry that gives out a complete list and one of changes, and counts how often it sent each whole."""

    complete: bytes
    changes: bytes | None = None
    sent: list[str] = field(default_factory=list)

    async def give(self, request: Request) -> Reply:
        data = self.complete if request.path == "/nca/crl" else self.changes
        if data is None:
            return Reply(status=500)
        mark = f'"{hash(data)}"'
        if request.headers.get("if-none-match") == mark:
            return Reply(status=304)
        self.sent.append(request.path.rpartition("/")[2])
        return Reply(data, headers={"ETag": mark})


@pytest.fixture
def registry(pki: Pki) -> Registry:
    return Registry(complete(pki, 1), delta(pki, 1, 1))


@pytest.fixture
async def source(pki: Pki, registry: Registry) -> AsyncIterator[RevocationSource]:
    routes = {"/nca/crl": registry.give, "/nca/crl/delta": registry.give}
    async with serving(routes) as server, http_client() as session:
        url = f"{server.url}/nca/crl"
        made = RevocationSource(url, pki.trust, pki.clock, session, changes_url=f"{url}/delta", spacing=0)
        yield made
        await made.close()


async def test_a_revocation_is_seen_in_the_very_next_check_without_the_whole_list(
    pki: Pki, registry: Registry, source: RevocationSource
) -> None:
    one, other = pki.person().certificate, pki.person().certificate
    for _ in range(3):
        assert not revoked(await source.current(), one)
    assert registry.sent == ["crl", "delta"]
    registry.complete, registry.changes = complete(pki, 2, withdrawn(one)), delta(pki, 2, 1, withdrawn(one))
    assert revoked(await source.current(), one)
    registry.changes = delta(pki, 3, 1, withdrawn(one), withdrawn(other))
    current = await source.current()
    assert (revoked(current, one), revoked(current, other)) == (True, True)
    registry.changes = delta(pki, 4, 1, withdrawn(one, AGAIN), withdrawn(other))
    current = await source.current()
    assert (revoked(current, one), revoked(current, other)) == (False, True)
    assert registry.sent == ["crl", "delta", "delta", "delta", "delta"]


async def test_changes_that_go_on_from_a_newer_list_make_that_be_fetched(
    pki: Pki, registry: Registry, source: RevocationSource, caplog: pytest.LogCaptureFixture
) -> None:
    one = pki.person().certificate
    await source.current()
    registry.complete, registry.changes = complete(pki, 7, withdrawn(one)), delta(pki, 7, 7)
    current = await source.current()
    assert current.number == 7
    assert revoked(current, one)
    assert not caplog.records, "that is the course of things"
    assert revoked(await source.current(), one)
    assert registry.sent == ["crl", "delta", "crl", "delta"]


async def test_an_older_list_of_changes_is_refused_and_the_complete_one_gone_by(
    pki: Pki, registry: Registry, source: RevocationSource, caplog: pytest.LogCaptureFixture
) -> None:
    one = pki.person().certificate
    await source.current()
    registry.changes = delta(pki, 5, 1, withdrawn(one))
    assert revoked(await source.current(), one)
    registry.changes = delta(pki, 4, 1)
    for _ in range(3):
        current = await source.current()
        assert revoked(current, one), "what is known is not forgotten"
    assert [record.message for record in caplog.records if record.name == crl_source.__name__] == [
        "the complete revocation list is asked for: the list of changes 4 is older than 5, seen before"
    ]
    registry.complete = complete(pki, 6, withdrawn(one))
    assert (await source.current()).number == 6


UNUSABLE: dict[str, Callable[[Pki], bytes | None]] = {
    "of another authority": lambda pki: delta(Pki(), 9, 1),
    "a page": lambda pki: b"<html>",
    "nothing": lambda pki: b"",
    "a giant": lambda pki: bytes(crl_source.LARGEST_DELTA + 1),
    "a complete list": lambda pki: complete(pki, 9),
    "not given out": lambda pki: None,
}


@pytest.mark.parametrize("what", UNUSABLE)
async def test_without_usable_changes_the_complete_list_is_asked_for_at_each_check(
    what: str, pki: Pki, registry: Registry, source: RevocationSource
) -> None:
    one = pki.person().certificate
    await source.current()
    registry.changes = UNUSABLE[what](pki)
    assert not revoked(await source.current(), one)
    registry.complete = complete(pki, 2, withdrawn(one))
    assert revoked(await source.current(), one)


async def test_changes_that_are_out_of_date_are_not_gone_by(
    pki: Pki, registry: Registry, source: RevocationSource
) -> None:
    one = pki.person().certificate
    await source.current()
    registry.changes = delta(pki, 2, 1)
    pki.clock.advance(DELTA_LIFE + timedelta(seconds=1))
    registry.complete = complete(pki, 3, withdrawn(one))
    assert revoked(await source.current(), one)


async def test_changes_do_not_outlast_the_complete_list(pki: Pki, registry: Registry, source: RevocationSource) -> None:
    await source.current()
    pki.clock.advance(LIST_LIFE + timedelta(seconds=1))
    registry.changes = delta(pki, 2, 1)
    with pytest.raises(Unavailable, match="not in date"):
        await source.current()
    registry.complete = complete(pki, 3)
    assert (await source.current()).number == 3


async def test_a_list_that_names_no_changes_is_asked_for_whole(
    pki: Pki, registry: Registry, source: RevocationSource
) -> None:
    registry.changes = None
    plain = Authority(pki.authority.root, pki.authority.certificate, pki.authority._key, pki.clock, Ids(pki.clock))
    registry.complete = plain.revocation_list(1, ()).der
    await source.current()
    registry.complete = plain.revocation_list(2, ()).der
    assert (await source.current()).number == 2
    assert registry.sent == ["crl", "crl"]


CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
crlnumber = {folder}/number
default_md = sha256
default_crl_days = 1
[complete]
freshestCRL = URI:http://registry.test/nca/crl/delta
[changes]
2.5.29.27 = critical,DER:02:01:0{base}
"""


class OpenSsl:
    """Lists as `openssl ca` makes them, in the authority's name."""

    def __init__(self, pki: Pki, folder: Path) -> None:
        self._folder = folder
        key = pki.authority._key
        self._write("key.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self._write("ca.pem", pki.authority.certificate.public_bytes(Encoding.PEM))

    def made(self, number: int, base: int | None, *those: tuple[Certificate, str]) -> bytes:
        """The complete list of this number, or that of changes since `base`, with reasons in openssl's words."""
        lines = [f"R\t270101000000Z\t260302080000Z,{why}\t{_hex(one)}\tunknown\t/CN=x\n" for one, why in those]
        self._write("index.txt", "".join(lines).encode())
        self._write("number", f"{number:02X}\n".encode())
        self._write("config", CONFIG.format(folder=self._folder, base=base or 0).encode())
        section = "complete" if base is None else "changes"
        subprocess.run(
            [
                "openssl",
                "ca",
                "-gencrl",
                "-config",
                "config",
                "-keyfile",
                "key.pem",
                "-cert",
                "ca.pem",
                "-crlexts",
                section,
                "-crl_lastupdate",
                "20260302085500Z",
                "-crl_nextupdate",
                "20260303085500Z",
                "-out",
                "crl.pem",
            ],
            cwd=self._folder,
            check=True,
            capture_output=True,
        )
        crl = x509.load_pem_x509_crl((self._folder / "crl.pem").read_bytes())
        return crl.public_bytes(Encoding.DER)

    def _write(self, name: str, data: bytes) -> None:
        (self._folder / name).write_bytes(data)


def _hex(one: Certificate) -> str:
    return one.number.upper() if len(one.number) % 2 == 0 else f"0{one.number.upper()}"


async def test_lists_that_openssl_made_are_gone_by_in_the_same_way(
    pki: Pki, registry: Registry, source: RevocationSource, tmp_path: Path
) -> None:
    openssl = OpenSsl(pki, tmp_path)
    stolen, suspended, resumed = (pki.person(key=curve_key()).certificate for _ in range(3))
    registry.complete, registry.changes = openssl.made(3, None, (resumed, "certificateHold")), openssl.made(3, 3)
    known = await source.current()
    assert known.has_freshest
    assert known.status(resumed, NOW).suspended
    changes = (stolen, "keyCompromise"), (suspended, "certificateHold"), (resumed, "removeFromCRL")
    registry.changes = openssl.made(5, 3, *changes)
    known = await source.current()
    assert known.number == 5
    assert known.status(stolen, NOW).reason is STOLEN
    assert known.status(suspended, NOW).suspended
    assert known.status(resumed, NOW).since is None
    assert registry.sent == ["crl", "delta"], "the complete one was sent once"
