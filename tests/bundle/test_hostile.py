"""Bundles made to hurt whoever inspects them: no number, size or text in one costs more than the file is large."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aimaq.language.bounds import MOST_NUMBER
from stand.bundle import archive
from stand.bundle.archive import MANIFEST, MOST, NotABundle, pack, unpack, zipped
from stand.bundle.inspection import inspect
from stand.commands.cli import load
from tests.bundle.conftest import Exported
from tests.bundle.test_bundle import content_of, places

aimaq = load(["case", "verify"])
MIB = 1024 * 1024


def spent(work: Callable[[], object]) -> int:
    """The most bytes that the work had in memory at a time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def small(sequence: int) -> bytes:
    """A bundle of one message, which nobody signed, with this number."""
    case_id, at = "019cacb3-f200-72a4-b777-6ddd64133b9e", "2026-03-02T04:00:00Z"
    body = msgspec.json.encode(
        {
            "message_id": case_id,
            "type": "CaseClosed",
            "kind": "NOTIFICATION",
            "sender": "portal",
            "recipient": "gateway",
            "case_id": case_id,
            "caused_by": None,
            "sequence": sequence,
            "regulation": "r",
            "channel": "portal",
            "occurred_at": at,
            "steps": [],
            "body": {},
        }
    )
    entry = {"number": 1, "message_id": case_id, "case_id": case_id, "type": "CaseClosed", "sender": "portal"}
    entry |= {"recipient": "gateway", "sequence": sequence, "occurred_at": at, "journalled_at": at}
    entry |= {"verdict": "accepted", "reason": None, "publisher": "portal", "body": "0" * 64, "signature": "0" * 64}
    files = {
        "messages/000001.json": body,
        "messages/000001.jws": b"x",
        "entries/000001.json": msgspec.json.encode(entry),
    }
    return pack(case_id, files)


TOO_LARGE = f"sequence: Expected `int` <= {MOST_NUMBER}"


@pytest.mark.parametrize(
    ("sequence", "check", "fault"),
    [
        (MOST_NUMBER, "sequences", ("portal", "its message 1 is missing")),
        (MOST_NUMBER + 1, "messages", ("messages/000001.json", TOO_LARGE)),
        (10**12, "messages", ("messages/000001.json", TOO_LARGE)),
        (2**63 - 1, "messages", ("messages/000001.json", TOO_LARGE)),
    ],
)
def test_a_number_makes_no_memory(sequence: int, check: str, fault: tuple[str, str], tmp_path: Path) -> None:
    data = small(sequence)
    assert len(data) < 2500
    assert spent(lambda: inspect(data)) < 8 * MIB
    assert fault in {one.name: one for one in inspect(data)}[check].faults
    (tmp_path / "case.zip").write_bytes(data)
    result = CliRunner().invoke(aimaq, ["verify", str(tmp_path / "case.zip")])
    assert result.exit_code == 1, result.output


def overlapping(members: int, size: int) -> bytes:
    """A ZIP file whose members are all the same bytes of the file."""
    data = bytearray(zipped({"a": bytes(size), MANIFEST: b"{}"}))
    with zipfile.ZipFile(BytesIO(bytes(data))) as whole:
        start = whole.start_dir
    end = len(data) - 22
    first, rest = bytes(data[start : start + 47]), bytes(data[start + 47 : end])
    names = (struct.pack(">H", number) for number in range(0x4141, 0x4141 + members))
    entries = b"".join(first[:28] + struct.pack("<H", 2) + first[30:46] + name for name in names)
    directory = entries + rest
    closing = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, members + 1, members + 1, len(directory), start, 0)
    return bytes(data[:start]) + directory + closing


def test_members_that_overlap_are_not_read_each_for_itself() -> None:
    data = overlapping(683, MIB)
    assert len(data) < MIB + 64 * 1024

    def refused() -> None:
        with pytest.raises(NotABundle, match="together larger than itself"):
            unpack(data)

    assert spent(refused) < 8 * MIB


def test_a_directory_of_more_entries_than_it_counts_is_not_read() -> None:
    data = overlapping(1, 10)
    for count, size in ((1, 10**6), (0, 46), (2, 2**31)):
        closing = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, 0, 0)
        with pytest.raises(NotABundle, match="not as a bundle is written"):
            unpack(data[:-22] + closing)
    locator = b"PK\x06\x07" + bytes(16)
    with pytest.raises(NotABundle, match="not as a bundle is written"):
        unpack(data[:-22] + locator + data[-22:])
    with pytest.raises(NotABundle, match="something follows after its end"):
        unpack(data + b"x")
    assert MOST == 65_535


def test_a_file_that_is_too_large_is_read_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 1000)
    path = tmp_path / "case.zip"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    result = CliRunner().invoke(aimaq, ["verify", str(path)])
    assert (result.exit_code, "larger than 1000 bytes" in result.output) == (2, True)


def test_a_compressed_member_is_not_unpacked() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr(MANIFEST, b"{}")
        bomb.writestr("a", bytes(64 * MIB))
    data = buffer.getvalue()

    def refused() -> None:
        with pytest.raises(NotABundle, match="together larger than itself"):
            unpack(data)

    assert spent(refused) < 8 * MIB


NUMBERS = st.sampled_from([-1, 0, 10**12, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, 1.5, 1e308, None, "x", "1"])
TIMES = st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00", "", "x"])


@pytest.mark.slow
@settings(max_examples=150)
@given(which=st.integers(0, 10_000), where=st.integers(0, 10_000), value=NUMBERS | TIMES)
def test_no_value_in_any_file_ends_the_inspection(exported: Exported, which: int, where: int, value: object) -> None:
    files = content_of(exported)
    names = sorted(name for name in files if name.endswith(".json"))
    name = names[which % len(names)]
    fields = msgspec.json.decode(files[name])
    field = sorted(fields)[where % len(fields)]
    files[name] = msgspec.json.encode(fields | {field: "@"}).replace(b'"@"', _json(value))
    if files[name] != content_of(exported)[name]:
        assert places(pack(exported.case_id, files)), (name, field, value)


def _json(value: object) -> bytes:
    return str(value).encode() if isinstance(value, int) else msgspec.json.encode(value)


@pytest.mark.slow
def test_more_authorities_than_a_bundle_has_are_not_held_against_each_other(exported: Exported) -> None:
    files = content_of(exported)
    for number in range(3, 40):
        files[f"authority/{number:02}.der"] = files["authority/01.der"]
    found = {check.name: check.faults for check in inspect(pack(exported.case_id, files))}["authority"]
    assert ("authority", "there are more than 8 certificates of authorities") in found
