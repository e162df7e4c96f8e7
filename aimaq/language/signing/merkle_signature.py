"""A sheaf: many messages under one signature, each of which can be checked alone.

What is signed is how many there are (2 bytes) and the root of the Merkle tree (RFC 6962, 2.1) over their very bytes.
Beside the signature every message has a proof, in base64url: its place, from 0 (2 bytes), how many there are (2 bytes)
and the hashes that lead from it to the root (32 bytes each).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from aimaq.language.signing import merkle

MOST = 1024
"""Messages that a sheaf may have."""
_NUMBER, _HASH = 2, 32


def bind(messages: Sequence[bytes]) -> tuple[bytes, list[str]]:
    """What is to be signed for these messages, at most `MOST` of them, and the proof of each."""
    top, paths = merkle.tree([merkle.leaf(message) for message in messages])
    size = len(messages).to_bytes(_NUMBER, "big")
    proofs = [encode(b"".join((index.to_bytes(_NUMBER, "big"), size, *path))) for index, path in enumerate(paths)]
    return size + top, proofs


def bound(message: bytes, proof: str) -> bytes:
    """What was signed for the sheaf that a message is in by its proof; ValueError if it can be in none by that."""
    data = decode(proof)
    index, size = int.from_bytes(data[:_NUMBER], "big"), data[_NUMBER : 2 * _NUMBER]
    hashes = [data[at : at + _HASH] for at in range(2 * _NUMBER, len(data), _HASH)]
    count = int.from_bytes(size, "big")
    if count > MOST or (hashes and len(hashes[-1]) != _HASH):
        raise ValueError("the proof is not one of a sheaf")
    root = merkle.climb(merkle.leaf(message), index, count, hashes)
    if root is None:
        raise ValueError("the proof leads nowhere")
    return size + root


def encode(data: bytes) -> str:
    """Bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes in base64url without padding; ValueError unless these write themselves so and not otherwise."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:
        raise ValueError("not base64url")
    return data
