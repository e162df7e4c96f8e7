"""`aimaq verify` refuses a bundle that was forged, whoever's certificates it was forged with, and names them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from aimaq.access.systems.keystore import load_signer
from aimaq.eds.x509.profile import Role
from aimaq.language.signing.jws import KeySigner
from registry_svc.nca.authority import Authority
from registry_svc.nca.owner import Owner, system_of
from stand.bundle.archive import MANIFEST, pack, unpack
from stand.commands.cli import load
from tests.bundle.conftest import Exported
from tests.bundle.forgery import SYSTEMS, authority_of, certified, citizen, forged, same_names, serial_of, system

pytestmark = pytest.mark.slow

aimaq = load(["case", "verify"])
Keys = Mapping[str, KeySigner]


def verified(data: bytes, exported: Exported, folder: Path, *words: str) -> Result:
    """`aimaq verify` of these bytes, with the root of the stand."""
    (folder / "case.zip").write_bytes(data)
    ca = words or ("--ca", str(exported.home / "keys" / "trust" / "ca.pem"))
    result = CliRunner().invoke(aimaq, ["verify", str(folder / "case.zip"), *ca])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def honest(exported: Exported) -> dict[str, KeySigner]:
    """The keys that the systems have."""
    return {party: load_signer(exported.home, party) for party in SYSTEMS}


def test_a_bundle_made_anew_with_the_systems_own_keys_holds(exported: Exported, tmp_path: Path) -> None:
    """The forger does its work: if it had the keys, nobody could tell."""
    result = verified(forged(exported, honest(exported)), exported, tmp_path)
    assert result.exit_code == 0, result.output


def _everyone(make: Callable[[Authority, str], KeySigner]) -> Callable[[Exported], Keys]:
    return lambda exported: {party: make(authority_of(exported), party) for party in SYSTEMS}


def _one(party: str, make: Callable[[Exported], KeySigner]) -> Callable[[Exported], Keys]:
    return lambda exported: honest(exported) | {party: make(exported)}


def _named(party: str) -> Owner:
    return Owner(common_name=f"AIMAQ {party} (TEST)", iin="900101300017", bin="100140000003", organisation="Сынақ")


def _employee(authority: Authority, party: str) -> KeySigner:
    owner = Owner(common_name="АХМЕТОВА", iin="900101300017", bin="100140000003", organisation="Сынақ")
    return certified(authority, owner, Role.EMPLOYEE)


FORGERS: dict[str, tuple[Callable[[Exported], Keys], str]] = {
    "citizens' SIGN": (_everyone(lambda authority, _: citizen(authority)), "is no system's: its extended key usage"),
    "citizens' AUTH": (_everyone(lambda authority, _: citizen(authority, "AUTH")), "is no system's: its key usage"),
    "citizens of the systems' names": (
        _everyone(lambda authority, party: citizen(authority, common_name=f"AIMAQ {party} (TEST)")),
        "is no system's",
    ),
    "a person with a system's role": (
        _everyone(lambda authority, party: certified(authority, _named(party), Role.INFORMATION_SYSTEM)),
        "is no system's: its subject has no BIN",
    ),
    "employees": (_everyone(_employee), "is no system's: its extended key usage"),
    "a system's AUTH": (
        _everyone(lambda authority, party: certified(authority, system_of(party), Role.INFORMATION_SYSTEM, "AUTH")),
        "is no system's: its key usage",
    ),
    "one citizen as the gateway": (_one("gateway", lambda exported: citizen(authority_of(exported))), "no system's"),
    "the portal as the gateway": (
        _one("gateway", lambda exported: system(authority_of(exported), "portal")),
        "is that of portal's system, not gateway's",
    ),
    "the body as the portal": (
        _one("portal", lambda exported: system(authority_of(exported), "lea")),
        "is that of lea's system, not portal's",
    ),
    "another stand's systems": (
        lambda exported: {party: system(same_names(), party) for party in SYSTEMS},
        "was not issued by an authority trusted here",
    ),
}


@pytest.mark.parametrize("who", FORGERS)
def test_whoever_is_no_system_forges_nothing(who: str, exported: Exported, tmp_path: Path) -> None:
    make, why = FORGERS[who]
    keys = make(exported)
    result = verified(forged(exported, keys), exported, tmp_path)
    assert result.exit_code == 1, result.output
    assert why in result.output
    for party, signer in keys.items():
        if signer.certificate not in [own.certificate for own in honest(exported).values()]:
            assert f"systems/{party}-{serial_of(signer)}.der: the certificate {serial_of(signer)}" in result.output
    assert result.output.endswith(": it does not hold\n")


@pytest.mark.parametrize("party", SYSTEMS)
def test_a_system_that_was_revoked_forges_nothing(party: str, exported: Exported, tmp_path: Path) -> None:
    keys = honest(exported)
    thief = keys[party]
    result = verified(forged(exported, keys, withdrawn=(thief.certificate,)), exported, tmp_path)
    assert result.exit_code == 1, result.output
    assert f"{serial_of(thief)}, that was withdrawn on" in result.output


def test_a_chain_of_the_same_names_is_another_chain(exported: Exported, tmp_path: Path) -> None:
    other = same_names()
    data = forged(exported, {party: system(other, party) for party in SYSTEMS}, other)
    # what people signed was certified by the right authority, which this bundle does not have
    data = _without(data, "documents/")
    result = verified(data, exported, tmp_path)
    assert result.exit_code == 1, result.output
    assert f"its root, certificate {other.root.serial_number:x}, is not the one that is trusted" in result.output


def test_a_second_root_beside_the_right_one_is_a_root_too_many(exported: Exported, tmp_path: Path) -> None:
    other = same_names()
    files = unpack(forged(exported, {party: system(other, party) for party in SYSTEMS}))[0]
    for number, one in enumerate((other.certificate, other.root), 3):
        files[f"authority/{number:02}.der"] = one.public_bytes(Encoding.DER)
    del files[MANIFEST]
    result = verified(pack(exported.case_id, files), exported, tmp_path)
    assert result.exit_code == 1, result.output
    assert f"certificate {other.root.serial_number:x}, is not the one that is trusted" in result.output


def test_without_a_root_to_trust_nobody_can_tell(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can make a whole stand of his own: what holds together below his root is his, and not the authority's."""
    result = verified(exported.data, exported, tmp_path, "--home", str(tmp_path))
    assert result.exit_code == 3, result.output
    assert "give --ca" in result.output
    assert "all of it holds" not in result.output
    result = verified(exported.data, exported, tmp_path, "--home", str(exported.home))
    assert (result.exit_code, result.output.endswith(": all of it holds\n")) == (0, True)
    other = same_names()
    data = _without(forged(exported, {party: system(other, party) for party in SYSTEMS}, other), "documents/")
    assert verified(data, exported, tmp_path, "--home", str(exported.home)).exit_code == 1
    monkeypatch.setenv("AIMAQ_HOME", str(exported.home))
    assert verified(data, exported, tmp_path, "--language", "en").exit_code == 1


def _without(data: bytes, folder: str) -> bytes:
    """The bundle without the files of a folder."""
    files = unpack(data)[0]
    manifest = json.loads(files.pop(MANIFEST))
    left = {name: content for name, content in files.items() if not name.startswith(folder)}
    return pack(manifest["case_id"], left, manifest["missing"])
