"""The bundle: everything that proves a case, in one ZIP file; the same files make the same bytes.

    manifest.json                    the case, and the SHA-256 of every other file
    authority/01.der …               the certificates of the certification authority
    revocation/crl.der, delta-crl.der    the issuing authority's revocation list, and the list of what changed since
    revocation/root-crl.der          the root authority's revocation list
    revocation/ocsp-SERIAL.der       the responder's answer about a certificate that signed something here
    systems/PARTY-SERIAL.der         the certificates that the systems sign their messages with
    case/statement.json, .jws, .tst  what the gateway says of the case: its entries, and how far each sender came
    messages/000012.json, .jws       a message exactly as it came, and its detached signature
    entries/000012.json              its entry in the journal, exactly the bytes that are hashed
    proofs/000012.json               the hash before it, its block, and the path to the root of that
    blocks/000003.json, .jws, .tst   a block's header as it was signed, the gateway's signature, the time stamp token
    documents/000012-request.bin, .p7s     what a person signed, as that message carries it, and the detached CMS
    documents/000012-result.pdf      the result as a paper, the official's signature in it, as that message carries it
    documents/lea-decision.bin, .p7s       the same, as it lies at that system, sent in no message

Files are stored as they are, in the order of their names, dated 1980: whatever else stands in the file was put there.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Annotated

import msgspec

FORMAT = "aimaq-case-bundle/2"
MANIFEST = "manifest.json"
STATEMENT = "case/statement"
"""The gateway's statement on the case, without the end of its name."""
LARGEST = 256 * 1024 * 1024
"""Bytes that a bundle may have."""
MOST = 65_535
"""Files that a bundle may have, as ZIP counts them without an extension."""
_LONGEST_NAME = 255
_END = struct.Struct("<4s4H2LH")
"""The end of a ZIP file: signature, two disks, two counts of entries, size and offset of the directory, comment."""
_END_MARK, _LARGE_MARK, _LARGE_SIZE = b"PK\x05\x06", b"PK\x06\x07", 20
_ENTRY_SIZE = 46
"""Bytes of an entry in the directory beside its name."""
_DATED = (1980, 1, 1, 0, 0, 0)


Hash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A SHA-256 in hexadecimal, in its one spelling: small letters."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle says of itself. `files` has the SHA-256 of each file in hexadecimal.

    `missing` has each file that could not be had when the bundle was made, and why.
    """

    format: str
    case_id: str
    files: dict[str, str]
    missing: dict[str, str]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What leads from an entry to the root of its block; hashes are in hexadecimal, `index` counts from 0."""

    previous: Hash
    block: int
    index: int
    size: int
    path: tuple[Hash, ...]


class NotABundle(Exception):
    """The file is no bundle at all."""


def pack(case_id: str, files: Mapping[str, bytes], missing: Mapping[str, str] | None = None) -> bytes:
    """A bundle with these files and the manifest over them, which also says what is `missing`, and why."""
    hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    gaps = dict(sorted((missing or {}).items()))
    return zipped({**files, MANIFEST: written(Manifest(FORMAT, case_id, hashes, gaps))})


def written(what: Manifest | Proof) -> bytes:
    """A manifest or proof as it stands in a bundle."""
    return msgspec.json.format(msgspec.json.encode(what), indent=2) + b"\n"


def unpack(data: bytes) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """The files in a bundle, and what is wrong with its container: the file or part, and what.

    What it holds in memory is what the file has in bytes, whatever the file says of itself. NotABundle if it is no ZIP
    file, or one without a manifest, or if its files are together larger than itself.
    """
    if len(data) > LARGEST:
        raise NotABundle(f"it is larger than {LARGEST} bytes")
    _bounded(data)
    files: dict[str, bytes] = {}
    faults: list[tuple[str, str]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if MANIFEST not in {entry.filename for entry in entries}:
                raise NotABundle(f"there is no {MANIFEST} in it")
            if sum(entry.file_size for entry in entries) > len(data):
                raise NotABundle("its files are together larger than itself")
            for entry in entries:
                try:
                    files[entry.filename] = _content(archive, entry)
                except _UNREADABLE as error:
                    faults.append((entry.filename, f"it cannot be read: {error}"))
    except _UNREADABLE as error:
        raise NotABundle(str(error)) from None
    if not faults and zipped(files) != data:
        faults.append(("the ZIP file", "there is something in it that is not as a bundle is written"))
    return files, faults


_UNREADABLE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, OverflowError)
"""What the library raises on a file that is not as it should be."""


def _bounded(data: bytes) -> None:
    """NotABundle unless the end of the ZIP file speaks of a directory that a bundle can have.

    The library makes an object of every entry before it says how many there are.
    """
    end = len(data) - _END.size
    if end < 0 or data[end : end + len(_END_MARK)] != _END_MARK:
        raise NotABundle("it is not a ZIP file, or something follows after its end")
    _, _, _, _, count, size, _, comment = _END.unpack_from(data, end)
    large = data[max(end - _LARGE_SIZE, 0) : end].startswith(_LARGE_MARK)
    if comment or large or size > count * (_ENTRY_SIZE + _LONGEST_NAME):
        raise NotABundle("the end of the ZIP file is not as a bundle is written")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > LARGEST:
        raise ValueError("it is compressed, which no file of a bundle is")
    return archive.read(entry)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """These files as a ZIP file, written as a bundle is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATED)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()
