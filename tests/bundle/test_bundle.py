"""`aimaq case export` and `aimaq verify`: a bundle proves its case, and no byte of it can be changed unnoticed."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import warnings
import zipfile
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from aimaq.language.clock import StandClock
from stand.bundle.archive import MANIFEST, Manifest, NotABundle, pack, unpack, zipped
from stand.bundle.inspection import CHECKS, inspect, wording
from stand.commands.cli import load
from stand.provision import keys
from tests.bundle.conftest import Exported
from tests.parties import BASE

pytestmark = pytest.mark.slow

aimaq = load(["case", "verify"])


def verified(file: Path, *words: str) -> Result:
    """`aimaq verify` of a file."""
    result = CliRunner().invoke(aimaq, ["verify", str(file), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def file(exported: Exported, tmp_path: Path) -> Path:
    """The bundle as a file."""
    path = tmp_path / "case.zip"
    path.write_bytes(exported.data)
    return path


def test_a_bundle_holds_and_says_what_was_checked(exported: Exported, file: Path) -> None:
    result = verified(file)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines[:-1] if not line.startswith(" ")] == ["holds"] * len(CHECKS)
    assert exported.case_id in lines[1]
    assert "the one that is trusted" in lines[3]
    assert lines[-1].endswith(": all of it holds")
    assert "no gap" in result.output
    assert "1 to 2" in result.output
    answer = json.loads(verified(file, "-o", "json").output)
    assert answer["ok"]
    assert [check["check"] for check in answer["checks"]] == list(CHECKS)
    assert not any(check["faults"] or check["unchecked"] for check in answer["checks"])
    documents = [name.partition("-")[2] for name in sorted(files_of(exported)) if name.startswith("documents/")]
    assert documents == ["request.bin", "request.p7s", "result.bin", "result.p7s"]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_what_was_checked_is_told_in_each_language(file: Path, language: str) -> None:
    assert wording.TITLES.keys() == CHECKS.keys()
    result = verified(file, "--language", language)
    assert result.exit_code == 0
    for number, name in enumerate(CHECKS, 1):
        assert f"{number}. {wording.TITLES[name].say(language)}" in result.output
    assert result.output.endswith(f": {wording.ALL_HOLDS.say(language)}\n")


def test_the_same_case_makes_the_same_bundle(exported: Exported) -> None:
    first, second = (unpack(data)[0] for data in (exported.data, exported.again))
    differ = {name for name in first if first[name] != second[name] and name != MANIFEST}
    assert first.keys() == second.keys()
    assert all(name.startswith(("revocation/", "case/")) for name in differ), "these alone are of the moment"
    assert pack(exported.case_id, content_of(exported)) == exported.data


def test_the_root_is_the_one_that_is_given(exported: Exported, file: Path, tmp_path: Path) -> None:
    ca = exported.home / "keys" / "trust" / "ca.pem"
    result = verified(file, "--ca", str(ca))
    assert result.exit_code == 0
    assert "the one that is trusted" in result.output
    keys.provision(tmp_path / "other", StandClock(lambda: BASE))
    result = verified(file, "--ca", str(tmp_path / "other" / "keys" / "trust" / "ca.pem"))
    assert result.exit_code == 1
    assert "is not the one that is trusted" in result.output


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"<html>"])
def test_what_is_no_bundle_is_told_from_one_that_does_not_hold(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "case.zip"
    path.write_bytes(content)
    result = verified(path)
    assert result.exit_code == 2
    assert "is not a bundle" in result.output
    assert verified(tmp_path / "nowhere.zip").exit_code == 2


def files_of(exported: Exported) -> dict[str, bytes]:
    """The files in the bundle."""
    return unpack(exported.data)[0]


def content_of(exported: Exported) -> dict[str, bytes]:
    """The files in the bundle, without the manifest."""
    return {name: content for name, content in files_of(exported).items() if name != MANIFEST}


def places(data: bytes) -> set[str]:
    """The places that do not hold."""
    return {place for check in inspect(data) for place, _ in check.faults}


WHICH, WHERE, HOW = st.integers(0, 10_000), st.integers(0, 1_000_000), st.integers(1, 255)
"""A file, an offset in it, and what its byte there is changed by. Whatever is too large begins again at nought."""


def changed(content: bytes, where: int, how: int) -> bytes:
    """The same with one byte that is another."""
    at = where % len(content)
    return content[:at] + bytes((content[at] ^ how,)) + content[at + 1 :]


@settings(max_examples=300)
@given(which=WHICH, where=WHERE, how=HOW)
def test_any_single_changed_byte_is_found_and_its_place_named(
    exported: Exported, which: int, where: int, how: int
) -> None:
    files = dict(files_of(exported))
    name = sorted(files)[which % len(files)]
    files[name] = changed(files[name], where, how)
    found = places(zipped(files))
    # a manifest that names another hash, or another case, is at odds with the file that has it: that is the place
    assert name in found or (name == MANIFEST and found), name


@settings(max_examples=300)
@given(where=WHERE, how=HOW)
def test_any_single_changed_byte_of_the_zip_file_is_found(exported: Exported, where: int, how: int) -> None:
    try:
        found = places(changed(exported.data, where, how))
    except NotABundle:
        return
    assert found


@settings(max_examples=300)
@given(which=WHICH, where=WHERE, how=HOW)
def test_a_changed_byte_is_found_though_the_manifest_was_written_anew(
    exported: Exported, which: int, where: int, how: int
) -> None:
    files = content_of(exported)
    # what a token carries beside its signature, and what that does not cover, is held by the manifest alone
    names = sorted(name for name in files if not name.endswith(".tst"))
    name = names[which % len(names)]
    files[name] = changed(files[name], where, how)
    assert places(pack(exported.case_id, files)), name


@settings(max_examples=60)
@given(which=WHICH)
def test_a_file_that_is_taken_out_is_missed_though_the_manifest_was_written_anew(
    exported: Exported, which: int
) -> None:
    files = content_of(exported)
    # a block may be without a time stamp: that is said, and is no fault
    names = sorted(name for name in files if not (name.startswith("blocks/") and name.endswith(".tst")))
    name = names[which % len(names)]
    del files[name]
    assert places(pack(exported.case_id, files)), name


def test_a_file_more_is_noticed_though_the_manifest_was_written_anew(exported: Exported) -> None:
    for name in ("messages/000099.json", "revocation/ocsp-1.der", "papers/x.pdf", "case/other.json", "entries/1.json"):
        assert name in places(pack(exported.case_id, content_of(exported) | {name: b"{}"})), name


@settings(max_examples=60)
@given(which=WHICH, where=WHICH)
def test_files_in_another_order_or_one_of_them_twice_are_noticed(exported: Exported, which: int, where: int) -> None:
    files = files_of(exported)
    names = sorted(files)
    one, other = names[which % len(names)], names[where % len(names)]
    for order in (names, [*names, one], [other if name == one else one if name == other else name for name in names]):
        written = archived([(name, files[name]) for name in order])
        assert ("the ZIP file" in places(written)) == (order != names), (one, other)


def archived(files: list[tuple[str, bytes]]) -> bytes:
    """These files as a ZIP file in this order, each entry as a bundle has it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for name, content in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def test_the_manifest_of_another_case_is_noticed(exported: Exported) -> None:
    files = content_of(exported)
    other = exported.case_id[:-1] + ("0" if exported.case_id[-1] != "0" else "1")
    assert any(place.startswith("messages/") for place in places(pack(other, files)))
    manifest = msgspec.json.decode(files_of(exported)[MANIFEST], type=Manifest)
    assert manifest.case_id == exported.case_id


def test_a_block_without_a_time_stamp_says_so(exported: Exported, file: Path) -> None:
    files = content_of(exported)
    bare = {name: content for name, content in files.items() if not name.endswith(".tst") or "case/" in name}
    file.write_bytes(pack(exported.case_id, bare))
    result = verified(file)
    assert result.exit_code == 0, result.output
    assert "there is none; no time stamp on or after block 1" in result.output


def test_other_tools_can_check_what_is_in_a_bundle(exported: Exported, tmp_path: Path) -> None:
    for name, content in files_of(exported).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    ca = b"".join(
        x509.load_der_x509_certificate(path.read_bytes()).public_bytes(Encoding.PEM)
        for path in sorted(tmp_path.glob("authority/*.der"))
    )
    (tmp_path / "ca.pem").write_bytes(ca)
    at = str(int(BASE.timestamp()) + 1)
    trusting = ("-CAfile", tmp_path / "ca.pem", "-attime", at)
    for signature in sorted(tmp_path.glob("documents/*.p7s")):
        openssl(
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            signature,
            "-content",
            signature.with_suffix(".bin"),
            "-purpose",
            "any",
            "-out",
            tmp_path / "out",
            *trusting,
        )
    for token in sorted(tmp_path.glob("blocks/*.tst")):
        openssl("ts", "-verify", "-data", token.with_suffix(".json"), "-in", token, "-token_in", *trusting)
    for crl in sorted(tmp_path.glob("revocation/*crl.der")):
        openssl("crl", "-inform", "DER", "-in", crl, "-CAfile", tmp_path / "ca.pem", "-noout")
    issuing = tmp_path / "authority" / "01.der"
    for certificate in sorted(tmp_path.glob("systems/*.der")):
        answer = tmp_path / "revocation" / f"ocsp-{certificate.stem.partition('-')[2]}.der"
        output = openssl(
            "ocsp",
            "-respin",
            answer,
            "-issuer",
            issuing,
            "-sha256",
            "-cert",
            certificate,
            "-no_nonce",
            "-validity_period",
            10**9,
            *trusting,
        )
        assert f"{certificate}: good" in output
    first = min(tmp_path.glob("entries/*.json"))
    previous = json.loads((tmp_path / "proofs" / first.name).read_bytes())["previous"]
    chained = hashlib.sha256(bytes.fromhex(previous) + first.read_bytes()).hexdigest()
    following = tmp_path / "proofs" / f"{int(first.stem) + 1:06}.json"
    assert json.loads(following.read_bytes())["previous"] == chained


def openssl(*words: object) -> str:
    """What `openssl` says; it must find nothing wrong."""
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_proof_with_a_hash_in_capitals_is_not_the_one_that_was_exported(exported: Exported) -> None:
    files = content_of(exported)
    proofs = {name: json.loads(content) for name, content in files.items() if name.startswith("proofs/")}
    name, small = next((name, one) for name, proof in proofs.items() for one in proof["path"] if one != one.upper())
    files[name] = files[name].replace(small.encode(), small.upper().encode())
    assert name in places(pack(exported.case_id, files))
