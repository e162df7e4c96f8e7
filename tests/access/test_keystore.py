"""The keys of a stand: made once and for all, and every fault in them told in one line that names the file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from aimaq.access.systems import keystore
from aimaq.access.systems.keystore import keys_of, load_directory, load_document_signer, load_signer, load_trust
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import Role
from aimaq.language.clock import StandClock
from aimaq.language.errors import Unconfigured
from aimaq.language.ids import Ids
from aimaq.language.messages import PARTIES
from registry_svc.nca.authority import SYSTEM_LIFE, Authority
from registry_svc.nca.owner import Owner, system_of
from stand.provision.keys import provision
from tests.eds.judging import check
from tests.eds.pki import DOCUMENT, IIN

BASE = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = BASE - 2 * SYSTEM_LIFE


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A stand's home, its keys made on the day of `BASE`; RSA keys would take longer than the tests."""
    provision(tmp_path / "stand", _clock(), authority_keys="p-256")
    return tmp_path / "stand"


def _clock(at: datetime = BASE) -> StandClock:
    return StandClock(lambda: at)


def _files(home: Path) -> dict[str, bytes]:
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.mark.parametrize("party", PARTIES)
def test_every_party_signs_and_everyone_knows_whose_signature_it_is(home: Path, party: str) -> None:
    signature = load_signer(home, party, BASE).sign(b"bytes")
    assert load_directory(home).verify(b"bytes", signature, BASE) == party


def test_the_systems_are_certified_as_information_systems_by_the_authority_of_the_home(home: Path) -> None:
    trust = load_trust(home)
    for party in PARTIES:
        certificate = read(load_signer(home, party).certificate.public_bytes(Encoding.DER))
        assert certificate.roles == {Role.INFORMATION_SYSTEM}
        assert certificate.person.common_name == f"AIMAQ {party.upper()} (TEST)"
        assert not trust.chain_status(certificate).fault


def test_the_autopilot_signs_documents(home: Path) -> None:
    iin, signer = load_document_signer(home, "autopilot", BASE)
    clock = _clock()
    authority = Authority.load(home / "nca", clock, Ids(clock))
    trust = load_trust(home)
    crl = RevocationList(authority.revocation_list(1, []).der, trust)
    assert check(DOCUMENT, signer.sign(DOCUMENT, BASE), iin, BASE, trust, crl).ok


def test_a_second_time_nothing_changes(home: Path) -> None:
    before = _files(home)
    tokens = provision(home, _clock(BASE + DAY))
    assert _files(home) == before
    assert {party: before[f"keys/{party}/admin.token"].decode() for party in PARTIES} == tokens
    assert len(set(tokens.values())) == len(PARTIES), "a service's token opens itself and no other"
    assert all(len(token) >= 32 for token in tokens.values())


def test_what_is_secret_is_for_the_owner_alone(home: Path) -> None:
    for path in home.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir():
            assert mode == 0o700, path
        elif path.name in ("key.pem", "admin.token"):
            assert mode == 0o600, path
        else:
            assert b"PRIVATE" not in path.read_bytes(), path


def test_a_new_key_is_for_the_owner_alone_from_its_first_byte(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, modes = keys_of(home, "con"), list[int]()
    fdopen = os.fdopen

    def opened(file: int, mode: str) -> object:
        status = os.fstat(file)
        assert status.st_size == 0
        modes.append(stat.S_IMODE(status.st_mode))
        return fdopen(file, mode)

    monkeypatch.setattr(os, "fdopen", opened)
    mask = os.umask(0)
    try:
        keystore.prepare(folder, *keystore.load_pair(folder, None))
        keystore.replace(folder)
    finally:
        os.umask(mask)
    assert modes == [0o600, 0o644]
    assert stat.S_IMODE((folder / keystore.KEY).stat().st_mode) == 0o600


def test_what_is_missing_is_made_again_and_the_rest_stays(home: Path) -> None:
    before = _files(home)
    for name in ("keys/con/cert.pem", "keys/trust/lea.pem", "keys/trust/ca.pem", "keys/con/admin.token"):
        (home / name).unlink()
    provision(home, _clock())
    after = _files(home)
    assert set(after) > set(before) - {"keys/trust/con.pem"}
    assert after["keys/trust/lea.pem"] == before["keys/trust/lea.pem"]
    assert after["keys/portal/key.pem"] == before["keys/portal/key.pem"]
    assert load_directory(home).verify(b"", load_signer(home, "con").sign(b""), BASE) == "con"


def test_what_is_out_of_date_is_made_anew_and_the_old_still_checked(home: Path) -> None:
    old = load_signer(home, "gateway").sign(b"old")
    later = BASE + SYSTEM_LIFE + DAY
    with pytest.raises(Unconfigured, match="out of date"):
        load_signer(home, "gateway", later)
    provision(home, _clock(later))
    directory = load_directory(home)
    assert directory.verify(b"old", old, BASE) == "gateway"
    assert directory.verify(b"new", load_signer(home, "gateway", later).sign(b"new"), later) == "gateway"


def _other_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _locked(pem: bytes) -> bytes:
    key = load_pem_private_key(pem, None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))


def _wide() -> bytes:
    key = ec.generate_private_key(ec.SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _rsa(size: int) -> bytes:
    key = rsa.generate_private_key(65537, size)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _damaged(pem: bytes) -> bytes:
    """The same RSA key with one bit of its private exponent another, and with nothing else to go by."""
    numbers = load_pem_private_key(pem, None).private_numbers()  # type: ignore[union-attr]
    assert isinstance(numbers, rsa.RSAPrivateNumbers)
    spoilt = rsa.RSAPrivateNumbers(
        numbers.p, numbers.q, numbers.d ^ 2, numbers.dmp1 ^ 2, numbers.dmq1 ^ 2, numbers.iqmp, numbers.public_numbers
    )
    key = spoilt.private_key(unsafe_skip_rsa_key_validation=True)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


Spoil = Callable[[Path], object]
UNFIT: dict[str, tuple[str, Spoil, str]] = {
    "no key": ("key.pem", Path.unlink, "is missing"),
    "no certificate": ("cert.pem", Path.unlink, "is missing"),
    "a folder for a key": ("key.pem", _folder, "cannot be read"),
    "garbage for a key": ("key.pem", lambda path: path.write_bytes(b"\xff\x00"), "is not a PEM private key"),
    "garbage for a certificate": ("cert.pem", lambda path: path.write_text("cert"), "is not a PEM certificate"),
    "a truncated certificate": (
        "cert.pem",
        lambda path: path.write_bytes(path.read_bytes()[:200]),
        "is not a PEM certificate",
    ),
    "a key with a password": (
        "key.pem",
        lambda path: path.write_bytes(_locked(path.read_bytes())),
        "is not a PEM private key without a password",
    ),
    "a key of another curve": ("key.pem", lambda path: path.write_bytes(_wide()), "is not a P-256 key"),
    "an RSA key": ("key.pem", lambda path: path.write_bytes(_rsa(2048)), "is not a P-256 key"),
    "a short RSA key": ("key.pem", lambda path: path.write_bytes(_rsa(1024)), "is not a P-256 key, and no RSA key"),
    "another key": ("key.pem", lambda path: path.write_bytes(_other_key()), "does not belong to the key"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_an_unfit_key_is_told_in_one_line_that_names_the_file(home: Path, what: str) -> None:
    name, spoil, why = UNFIT[what]
    path = home / "keys" / "lea" / name
    spoil(path)
    with pytest.raises(Unconfigured) as refused:
        load_signer(home, "lea", BASE)
    assert str(path.parent) in refused.value.detail
    assert name in refused.value.detail
    assert why in refused.value.detail
    assert "\n" not in refused.value.detail


@pytest.mark.parametrize("what", [name for name in UNFIT if name != "no certificate"])
def test_a_key_that_is_there_and_unfit_is_not_thrown_away(home: Path, what: str) -> None:
    name, spoil, _ = UNFIT[what]
    spoil(home / "keys" / "lea" / name)
    with pytest.raises(Unconfigured, match="lea"):
        provision(home, _clock())


@pytest.mark.parametrize(("at", "why"), [(BASE - DAY, "is not valid before"), (LONG_AGO, "is not valid before")])
def test_a_certificate_of_the_future_is_unfit(home: Path, at: datetime, why: str) -> None:
    with pytest.raises(Unconfigured, match=why):
        load_signer(home, "portal", at)


def test_keys_of_another_authority_are_unfit(home: Path, tmp_path: Path) -> None:
    provision(tmp_path / "other", _clock())
    for part in ("key.pem", "cert.pem"):
        (home / "keys" / "con" / part).write_bytes((tmp_path / "other" / "keys" / "con" / part).read_bytes())
    with pytest.raises(Unconfigured, match="was not issued by the authority of this home"):
        provision(home, _clock())


def test_an_authority_without_its_root_is_unfit(home: Path, tmp_path: Path) -> None:
    provision(tmp_path / "other", _clock())
    root = home / "nca" / "root" / "cert.pem"
    root.write_bytes((tmp_path / "other" / "nca" / "root" / "cert.pem").read_bytes())
    with pytest.raises(Unconfigured, match="is not the root above"):
        Authority.load(home / "nca", _clock(), Ids(_clock()))
    root.unlink()
    with pytest.raises(Unconfigured, match="is missing"):
        provision(home, _clock())


def test_an_authoritys_key_that_is_damaged_is_told_and_not_thrown_away(tmp_path: Path) -> None:
    home = tmp_path / "with an RSA authority"
    provision(home, _clock())
    path = home / "nca" / "issuing" / "key.pem"
    spoilt = _damaged(path.read_bytes())
    path.write_bytes(spoilt)
    with pytest.raises(Unconfigured, match=r"issuing/key\.pem is damaged"):
        provision(home, _clock())
    assert path.read_bytes() == spoilt


def test_an_official_may_have_an_rsa_key(home: Path) -> None:
    folder = home / "keys" / "autopilot"
    authority = Authority.load(home / "nca", _clock(), Ids(_clock()))
    key = rsa.generate_private_key(65537, 2048)
    owner = Owner.person(surname="Ахметова", given_name="Айгүл", patronymic="", iin=IIN, bin=None, organisation="")
    certificate = authority.issue(key.public_key(), owner, role=Role.INDIVIDUAL, usage="SIGN")
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    iin, signer = load_document_signer(home, "autopilot", BASE)
    assert iin == IIN
    crl = RevocationList(authority.revocation_list(1, []).der, load_trust(home))
    assert check(DOCUMENT, signer.sign(DOCUMENT, BASE), iin, BASE, load_trust(home), crl).ok


def test_a_system_is_no_person_and_signs_no_documents(home: Path) -> None:
    with pytest.raises(Unconfigured, match="names no IIN"):
        load_document_signer(home, "portal")


def test_trust_without_a_root_or_without_anything_is_unfit(home: Path, tmp_path: Path) -> None:
    authorities = home / "keys" / "trust" / "ca.pem"
    issuing = x509.load_pem_x509_certificates(authorities.read_bytes())[0]
    authorities.write_bytes(issuing.public_bytes(Encoding.PEM))
    with pytest.raises(Unconfigured, match="no root"):
        load_trust(home)
    authorities.unlink()
    with pytest.raises(Unconfigured, match="is missing"):
        load_trust(home)
    with pytest.raises(Unconfigured, match="holds no certificate of any party"):
        load_directory(tmp_path)


def test_a_certificate_in_trust_must_be_of_a_party_and_of_the_kind_that_signs_messages(home: Path) -> None:
    trust = home / "keys" / "trust"
    (trust / "mayor.pem").write_bytes((trust / "lea.pem").read_bytes())
    with pytest.raises(Unconfigured, match=r"mayor\.pem is named after none of the parties"):
        load_directory(home)
    (trust / "mayor.pem").rename(trust / "lea-2.pem")
    assert load_directory(home).verify(b"", load_signer(home, "lea").sign(b""), BASE) == "lea"
    (trust / "lea-2.pem").write_text("not a certificate")
    with pytest.raises(Unconfigured, match=r"lea-2\.pem is not a PEM certificate"):
        load_directory(home)


def _issued(home: Path, owner: Owner, role: Role, usage: str = "SIGN") -> tuple[bytes, bytes]:
    """A new key and a certificate on it from the authority of the home, in PEM."""
    authority = Authority.load(home / "nca", _clock(), Ids(_clock()))
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue(key.public_key(), owner, role=role, usage=usage)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, certificate.public_bytes(Encoding.PEM)


CITIZEN = Owner.person(surname="Ахметова", given_name="Айгүл", patronymic="", iin=IIN, bin=None, organisation="")
NOT_LEAS: dict[str, Callable[[Path], bytes]] = {
    "a citizen's SIGN": lambda home: _issued(home, CITIZEN, Role.INDIVIDUAL)[1],
    "a citizen's AUTH": lambda home: _issued(home, CITIZEN, Role.INDIVIDUAL, "AUTH")[1],
    "the portal's": lambda home: (home / "keys" / "portal" / "cert.pem").read_bytes(),
    "the authority's": lambda home: (home / "nca" / "issuing" / "cert.pem").read_bytes(),
    "a lea's of another stand": lambda home: _elsewhere(home, "lea"),
}


def _elsewhere(home: Path, party: str) -> bytes:
    other = home.parent / "another stand"
    provision(other, _clock(), authority_keys="p-256")
    return (other / "keys" / party / "cert.pem").read_bytes()


@pytest.mark.parametrize("what", NOT_LEAS)
def test_what_lies_in_trust_under_a_partys_name_and_is_not_its_systems_is_named_and_put_aside(
    home: Path, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = home / "keys" / "trust" / "lea-7.pem"
    path.write_bytes(NOT_LEAS[what](home))
    with pytest.raises(Unconfigured, match=r"lea-7\.pem: .*`aimaq provision` and `aimaq up` put it aside") as caught:
        load_directory(home)
    assert "\n" not in caught.value.detail
    provision(home, _clock())
    assert not path.exists()
    assert path.with_name("lea-7.pem.refused").exists()
    assert "lea-7.pem is put aside as lea-7.pem.refused and trusted no more" in caplog.text
    assert load_directory(home).verify(b"", load_signer(home, "lea").sign(b""), BASE) == "lea"


@pytest.mark.parametrize("of", ["a citizen", "the portal"])
def test_a_system_does_not_sign_with_a_certificate_that_is_not_its_own_and_is_given_a_new_one(
    home: Path, of: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = home / "keys" / "lea"
    owner, role = (CITIZEN, Role.INDIVIDUAL) if of == "a citizen" else (system_of("portal"), Role.INFORMATION_SYSTEM)
    for name, content in zip(("key.pem", "cert.pem"), _issued(home, owner, role), strict=True):
        (folder / name).write_bytes(content)
    with pytest.raises(Unconfigured, match=r"lea/cert\.pem: the certificate .*`aimaq provision` and `aimaq up`"):
        load_signer(home, "lea")
    provision(home, _clock())
    assert "a new key and certificate are made" in caplog.text
    assert load_directory(home).verify(b"", load_signer(home, "lea").sign(b""), BASE) == "lea"
