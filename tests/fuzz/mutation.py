"""Makes bad input of good: structured mutations of DER, and plain ones of whatever else.

DER is taken apart into a tree, into strings of bytes too where they hold DER; one element is spoilt; the tree is put
together again with lengths that fit around it. So what is wrong lies deep, where a reader has come to trust the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

CONSTRUCTED, DEEPEST = 0x20, 24
LONGEST = 40_000
"""Bytes that a mutated input may have."""


@dataclass
class Node:
    """One element: its tag, and its content in bytes before the elements inside; `written` instead of all of it."""

    tag: int
    before: bytes = b""
    inside: list[Node] = field(default_factory=list)
    written: bytes | None = None
    open_ended: bool = False
    boast: bytes | None = None

    @property
    def content(self) -> bytes:
        """The content as encoded."""
        return self.before + b"".join(one.der for one in self.inside)

    @property
    def der(self) -> bytes:
        """The element as encoded: with its own length, or the one that it boasts of."""
        if self.written is not None:
            return self.written
        content = self.content
        if self.open_ended:
            return bytes((self.tag, 0x80)) + content + b"\0\0"
        return bytes((self.tag,)) + (self.boast if self.boast is not None else length(len(content))) + content

    def everyone(self) -> list[Node]:
        """The element and all inside it."""
        return [self, *(deeper for one in self.inside for deeper in one.everyone())]


def length(size: int) -> bytes:
    """A length as DER has it."""
    if size < 0x80:
        return bytes((size,))
    width = (size.bit_length() + 7) // 8
    return bytes((0x80 | width,)) + size.to_bytes(width, "big")


def tree(data: bytes, depth: int = 0) -> list[Node] | None:
    """The elements that these bytes consist of; None if they are no DER."""
    found: list[Node] = []
    at = 0
    while at < len(data):
        if at + 2 > len(data) or data[at] & 0x1F == 0x1F or depth > DEEPEST:
            return None
        tag, size, body = data[at], data[at + 1], at + 2
        if size >= 0x80:
            width = size - 0x80
            if not 1 <= width <= 4 or body + width > len(data):
                return None
            size, body = int.from_bytes(data[body : body + width], "big"), body + width
        if body + size > len(data):
            return None
        found.append(_node(tag, data[body : body + size], depth))
        at = body + size
    return found


def _node(tag: int, content: bytes, depth: int) -> Node:
    skip = 1 if tag == 0x03 and content[:1] == b"\0" else 0
    if tag & CONSTRUCTED or (tag in (0x03, 0x04) and len(content) > 8):
        inner = tree(content[skip:], depth + 1)
        if inner:
            return Node(tag, content[:skip], inner)
    return Node(tag, content)


TAGS = (
    0x00,
    0x01,
    0x02,
    0x03,
    0x04,
    0x05,
    0x06,
    0x0A,
    0x0C,
    0x13,
    0x17,
    0x18,
    0x1E,
    0x1F,
    0x30,
    0x31,
    0x80,
    0xA0,
    0xA1,
    0xA3,
    0xBF,
    0xFF,
)
BOASTS = (
    b"\x00",
    b"\x01",
    b"\x7f",
    b"\x80",
    b"\x81\x00",
    b"\x81\xff",
    b"\x82\xff\xff",
    b"\x83\xff\xff\xff",
    b"\x84\x7f\xff\xff\xff",
    b"\x84\xff\xff\xff\xff",
    b"\x88" + b"\xff" * 8,
    b"\xfe",
    b"\xff",
)
CONTENTS = (
    b"",
    b"\0",
    b"\xff",
    b"\x80",
    b"\x7f" + b"\xff" * 40,
    b"\xff\xfe\xfd",
    b"\xd8\x00",
    b"99991231235959Z",
    b"00000000000000Z",
    b"\x2a\x86\x48",
    b"\xff" * 200,
    b"\x80" * 60,
    b"\0" * 3000,
    b"\x7f" * 2000,
)


def _cut(node: Node, chance: Random) -> None:
    whole = node.der
    node.written = whole[: chance.randrange(len(whole) + 1)]


def _tag(node: Node, chance: Random) -> None:
    node.tag = chance.choice(TAGS) if chance.random() < 0.7 else chance.randrange(256)


def _boast(node: Node, chance: Random) -> None:
    node.boast = chance.choice(BOASTS)


def _open(node: Node, chance: Random) -> None:
    node.open_ended = True
    if chance.random() < 0.5:
        node.tag |= CONSTRUCTED


def _nest(node: Node, chance: Random) -> None:
    depth, whole = chance.choice((1, 3, 17, 40, 2000)), node.der
    if depth * 4 + len(whole) > LONGEST:
        depth = 40
    if chance.random() < 0.5:
        node.written = b"\x30\x80" * depth + whole + b"\0\0" * depth
        return
    for _ in range(min(depth, 300)):
        whole = b"\x30" + length(len(whole)) + whole
    node.written = whole


def _many(node: Node, chance: Random) -> None:
    if node.inside:
        one = chance.choice(node.inside)
        room = max(LONGEST // max(len(one.der), 1) // 2, 1)
        node.inside += [one] * min(chance.choice((1, 2, 10, 100, 2000)), room)


def _drop(node: Node, chance: Random) -> None:
    if node.inside:
        node.inside.pop(chance.randrange(len(node.inside)))


def _swap(node: Node, chance: Random) -> None:
    chance.shuffle(node.inside)


def _refill(node: Node, chance: Random) -> None:
    node.inside, node.before = [], chance.choice(CONTENTS)


def _graft(node: Node, chance: Random) -> None:
    if node.inside:
        node.inside[chance.randrange(len(node.inside))] = Node(0, written=chance.choice(node.everyone()).der)


def _flip(node: Node, chance: Random) -> None:
    whole = bytearray(node.der)
    for _ in range(chance.choice((1, 1, 2, 5))):
        whole[chance.randrange(len(whole))] ^= chance.randrange(1, 256)
    node.written = bytes(whole)


SPOILS: tuple[Callable[[Node, Random], None], ...] = (
    _cut,
    _tag,
    _boast,
    _open,
    _nest,
    _many,
    _drop,
    _swap,
    _refill,
    _graft,
    _flip,
)


def spoilt(data: bytes, chance: Random) -> bytes:
    """The same with one or a few of its elements spoilt, or of its bytes if it is no DER."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        nodes = tree(data) if data else None
        if not nodes or chance.random() < 0.1:
            data = _plainly(data, chance)
            continue
        whole = Node(0x30, inside=nodes)
        node = chance.choice([one for top in nodes for one in top.everyone()])
        chance.choice(SPOILS)(node, chance)
        data = whole.content[:LONGEST]
    return data


MORSELS = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b"- ",
    b"\n",
    b"&a ",
    b"*a",
    b"!!x ",
    b"? ",
    b"null",
    b"-1",
    b"1e999",
    b"9" * 20,
    b"{" * 60,
    b"[" * 2000,
    b"  " * 200,
    "ә".encode(),
    b"\\u0000",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"..",
    b"=",
)


def _plainly(data: bytes, chance: Random) -> bytes:
    """Bytes cut, doubled, changed, put in or taken out."""
    at = chance.randrange(len(data) + 1)
    upto = min(at + chance.choice((0, 1, 2, 8, 60)), len(data))
    return (data[:at] + chance.choice((*MORSELS, data[at:upto] * 2, bytes((chance.randrange(256),)))) + data[upto:])[
        :LONGEST
    ]
