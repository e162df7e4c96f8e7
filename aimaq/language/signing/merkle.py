"""Merkle trees as in RFC 6962, 2.1, with SHA-256: one hash for many entries, and a short proof that one is among them.

A leaf is hashed after a zero byte and a pair of hashes after a one, so that neither can be taken for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over these hashes of leaves, in their order."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf number `index` (from 0) to the root, the lowest first."""
    level, found = list(leaves), []
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            found.append(level[beside])
        level, index = _above(level), index // 2
    return found


def tree(leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """The root over these hashes of leaves, and the path of each to it, at the cost of one tree."""
    paths: list[list[bytes]] = [[] for _ in leaves]
    level, width = list(leaves), 1
    while len(level) > 1:
        for index, found in enumerate(paths):
            beside = index // width ^ 1
            if beside < len(level):
                found.append(level[beside])
        level, width = _above(level), 2 * width
    return (level[0] if level else EMPTY), paths


def climb(start: bytes, index: int, size: int, hashes: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to, from the leaf number `index` of `size`; None if it is no path of such a tree."""
    left = list(hashes)
    if not 0 <= index < size:
        return None
    found = start
    while size > 1:
        if index ^ 1 < size:
            if not left:
                return None
            beside = left.pop(0)
            found = _pair(beside, found) if index & 1 else _pair(found, beside)
        index, size = index // 2, (size + 1) // 2
    return None if left else found


def _above(level: list[bytes]) -> list[bytes]:
    """The level above: pairs hashed together, and the last one as it is where it has no other."""
    above = [_pair(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return above if len(level) % 2 == 0 else [*above, level[-1]]


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
