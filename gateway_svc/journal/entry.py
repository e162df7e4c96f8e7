"""One entry of the journal and one header of a block, as the bytes that are hashed and signed.

The bytes are JSON without a space, the fields in the order below, times in UTC with a `Z`: whoever has the file
of an entry can compute its hash with any tool. The hash of an entry is the SHA-256 over the 32 bytes of the hash before
it (zeros before the first) and these bytes; it is also the leaf of the entry in the Merkle tree of its block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

ZERO = bytes(32)
"""What stands for the hash before the first."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the journal says of a message; `body` and `signature` are the SHA-256 of its two parts, in hexadecimal."""

    number: int
    message_id: str
    case_id: str | None
    type: str | None
    sender: str | None
    recipient: str | None
    sequence: int | None
    occurred_at: datetime | None
    journalled_at: datetime
    verdict: str
    reason: str | None
    publisher: str | None
    body: str
    signature: str


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed of a block: its entries `first` to `last`, the root over them, the hash of the last of them.

    `previous` is the SHA-256 of the header before it. Hashes are in hexadecimal.
    """

    block: int
    first: int
    last: int
    root: str
    head: str
    previous: str
    closed_at: datetime

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.last - self.first + 1


_encoder = msgspec.json.Encoder()
_entries = msgspec.json.Decoder(Entry)
_headers = msgspec.json.Decoder(Header)


def entry_of(row: Mapping[str, Any]) -> bytes:
    """The bytes of the entry in a row of the journal."""
    occurred = row["occurred_at"]
    return _encoder.encode(
        Entry(
            row["number"],
            row["message_id"],
            row["case_id"],
            row["type"],
            row["sender"],
            row["recipient"],
            row["sequence"],
            occurred and occurred.astimezone(UTC),
            row["journalled_at"].astimezone(UTC),
            row["verdict"],
            row["reason"],
            row["publisher"],
            digest(row["body"]),
            digest(row["signature"].encode()),
        )
    )


def linked(previous: bytes, entry: bytes) -> bytes:
    """The hash of an entry that follows the one with the hash `previous`."""
    return hashlib.sha256(previous + entry).digest()


def digest(data: bytes) -> str:
    """The SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def encoded(header: Header) -> bytes:
    """A header as it is signed."""
    return _encoder.encode(header)


def read_entry(data: bytes) -> Entry | None:
    """The entry in these bytes; None if they are not exactly those of one."""
    try:
        found = _entries.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if _encoder.encode(found) == data else None


def read_header(data: bytes) -> Header | None:
    """The header in these bytes; None if they are not exactly those of one."""
    try:
        found = _headers.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if _encoder.encode(found) == data else None
