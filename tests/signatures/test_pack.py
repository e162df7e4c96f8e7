"""The pack of bad signatures: each entry gets exactly its findings, here, as published, and before openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aimaq.eds.findings import Code
from aimaq.language.errors import InvalidInput
from stand.commands.tester.signatures import PACK, app
from stand.signatures import pack
from stand.signatures.entries import ENTRIES
from tests.eds.pki import NOW

pytestmark = pytest.mark.slow

PROMISED = {
    "changed-byte",
    "wrong-digest",
    "expired",
    "not-yet-valid",
    "revoked-before-signing",
    "revoked-after-signing",
    "suspended",
    "other-issuer",
    "self-signed",
    "authentication-key",
    "other-iin",
    "no-signing-certificate",
    "truncated",
    "giant",
    "two-signers",
    "good-attached",
    "good-attached-stream",
    "attached-other",
    "attached-swapped",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    pack.make(folder, NOW)
    return folder


@pytest.mark.parametrize("published", [False, True], ids=["made now", "published"])
def test_each_entry_gets_exactly_its_findings(published: bool, made: Path) -> None:
    found = pack.judged(PACK if published else made)
    assert {entry.name: verdict.codes for entry, verdict in found} == {entry.name: entry.findings for entry, _ in found}
    assert {entry.name for entry, _ in found} >= PROMISED


def test_what_is_published_is_what_the_generator_makes() -> None:
    listed = {entry.name: (entry.title, entry.findings) for entry in pack.load(PACK).entries}
    assert listed == {one.name: (one.title, tuple(code.value for code in one.findings)) for one in ENTRIES}
    files = {entry.signature for entry in pack.load(PACK).entries}
    files |= {pack.MANIFEST, pack.DOCUMENT, pack.AUTHORITIES, pack.LIST, "README.md"}
    assert {path.name for path in PACK.iterdir()} == files


def test_no_key_is_in_the_pack() -> None:
    for path in PACK.iterdir():
        assert b"PRIVATE KEY" not in path.read_bytes()


def test_every_fault_that_a_signature_can_have_by_itself_is_in_the_pack() -> None:
    unknown = {Code.REVOCATION_UNKNOWN, Code.REVOCATION_STALE}
    asked_otherwise = {Code.OTHER_BIN, Code.WRONG_ROLE, Code.NOT_FOR_SIGN_IN} | unknown
    shown = {code for entry in ENTRIES for code in entry.findings}
    assert shown == set(Code) - asked_otherwise - {Code.BAD_ATTRIBUTE}


def test_openssl_judges_the_pack_as_far_as_it_can(made: Path) -> None:
    manifest = pack.load(made)
    at = str(int(manifest.at.timestamp()))
    pem = subprocess.run(
        ["openssl", "crl", "-inform", "DER", "-in", manifest.revoked, "-out", "crl.pem"], cwd=made, capture_output=True
    )
    assert pem.returncode == 0, pem.stderr
    (made / "trust.pem").write_bytes((made / manifest.authorities).read_bytes() + (made / "crl.pem").read_bytes())
    accepted = set()
    for entry in manifest.entries:
        done = subprocess.run(
            [
                "openssl",
                "cms",
                "-verify",
                "-cades",
                "-binary",
                "-inform",
                "DER",
                "-in",
                entry.signature,
                "-content",
                manifest.document,
                "-CAfile",
                "trust.pem",
                "-crl_check",
                "-attime",
                at,
                "-out",
                "out",
            ],
            cwd=made,
            capture_output=True,
        )
        if done.returncode == 0:
            accepted.add(entry.name)
    good = {entry.name for entry in manifest.entries if not entry.findings}
    # What openssl does not know of: whose IIN is asked for, what a time stamp proves, how large a signature may be, and
    # that a CAdES without any attribute is none.
    beyond = {"other-iin", "other-stamp", "giant", "no-attributes", "expired-after-stamp"}
    assert good - beyond <= accepted
    assert accepted <= good | beyond


def test_the_command_makes_a_pack_and_checks_it(tmp_path: Path) -> None:
    run = CliRunner()
    done = run.invoke(app, ["make", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    assert run.invoke(app, ["check", str(tmp_path / "new")]).exit_code == 0
    (tmp_path / "new" / "good.p7s").write_bytes((tmp_path / "new" / "changed-byte.p7s").read_bytes())
    done = run.invoke(app, ["check", str(tmp_path / "new")])
    assert done.exit_code == 1
    assert "1 of" in done.output
    (tmp_path / "new" / "good.p7s").unlink()
    assert run.invoke(app, ["check", str(tmp_path / "new")]).exit_code == 2
    assert run.invoke(app, ["check", str(tmp_path)]).exit_code == 2
    with pytest.raises(InvalidInput, match=r"manifest\.json"):
        pack.load(tmp_path)
