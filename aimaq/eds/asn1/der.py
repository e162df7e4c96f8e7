"""The encoding of certificates and signatures (ITU-T X.690): elements of a tag, a length and a content.

Reading is made for strangers' bytes: it is bounded, never recurses deeper than `DEPTH`, and raises `Malformed` and
nothing else. It reads DER, and the indefinite lengths of BER, which the cryptographic provider of the country emits.
"""

from __future__ import annotations

from typing import NamedTuple

from aimaq.language.texts import Texts

INTEGER, BITS, OCTETS, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
CONTEXT_0, CONTEXT_1, CONTEXT_3 = 0xA0, 0xA1, 0xA3
NULL = b"\x05\x00"

DEPTH = 16
MOST = 8192
"""Elements that are looked at to find where one of indefinite length ends."""
OCTETS_OF_NUMBER = 64
"""The longest INTEGER that is read. Serial numbers have 20 bytes at most (RFC 5280, 4.1.2.2), nonces of OCSP 32
(RFC 8954, 2.1); Python writes no number of more than 4,300 digits into a text."""
_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_INDEFINITE = 0x80
_TWO_BYTES = 0x82


class Malformed(ValueError):
    """The bytes are not the encoding of what was expected.

    `texts` says why in words that help a person, where there are such: most of it helps only who wrote the software.
    """

    def __init__(self, why: Texts | str) -> None:
        super().__init__(why.en if isinstance(why, Texts) else why)
        self.texts = why if isinstance(why, Texts) else None


class Element(NamedTuple):
    """One element in some bytes: its tag, and where its header, its content and what follows it begin."""

    tag: int
    start: int
    body: int
    stop: int
    end: int

    def content(self, data: bytes) -> bytes:
        """The content, without tag and length."""
        return data[self.body : self.stop]

    def whole(self, data: bytes) -> bytes:
        """The element as encoded."""
        return data[self.start : self.end]


_made = tuple.__new__
"""Makes an element of what is known to be right, in half the time."""


def element(data: bytes, at: int, stop: int, depth: int = 0, visited: list[int] | None = None) -> Element:
    """The element that begins at `at` and ends before `stop`.

    `depth` and `seen` count what was gone through already to find the end of one that it is in.
    """
    body = at + 2
    if body > stop:
        raise Malformed("the encoding is cut short")
    tag, length = data[at], data[at + 1]
    if tag & _LONG_TAG == _LONG_TAG:
        raise Malformed("a tag of many bytes has no place here")
    if length == _INDEFINITE:
        return _open_ended(data, tag, at, stop, depth + 1, visited or [0])
    if length > _INDEFINITE:
        size = length - _INDEFINITE
        if size > 4:
            raise Malformed("a length is beyond all bounds")
        length = int.from_bytes(data[body : body + size], "big")
        body += size
    end = body + length
    if end > stop:
        raise Malformed("the encoding is cut short")
    return Element(tag, at, body, end, end)


def _open_ended(data: bytes, tag: int, start: int, stop: int, depth: int, visited: list[int]) -> Element:
    if not tag & _CONSTRUCTED or depth > DEPTH:
        raise Malformed("an indefinite length has no place here")
    at = body = start + 2
    while data[at : at + 2] != b"\x00\x00":
        visited[0] += 1
        if visited[0] > MOST:
            raise Malformed("there are too many elements in one of indefinite length")
        at = element(data, at, stop, depth, visited).end
    if at + 2 > stop:
        raise Malformed("the encoding is cut short")
    return Element(tag, start, body, at, at + 2)


def only(data: bytes, tag: int) -> Element:
    """The one element that all of `data` is, of this tag."""
    size = len(data)
    if size > 4 and data[1] == _TWO_BYTES and data[0] == tag and (data[2] << 8 | data[3]) == size - 4:
        return _made(Element, (tag, 0, 4, size, size))
    found = element(data, 0, size)
    if found.tag != tag or found.end != size:
        raise Malformed(f"expected one element {tag:#04x}")
    return found


def inside(data: bytes, outer: Element) -> list[Element]:
    """The elements that `outer` consists of."""
    found = []
    _, _, at, stop, _ = outer
    while at < stop:
        # Nearly every element has a short length, or one of two bytes; `element` would say the same of it, and take
        # three times as long.
        body = at + 2
        if body > stop:
            raise Malformed("the encoding is cut short")
        tag, length = data[at], data[at + 1]
        if length == _TWO_BYTES and body + 2 <= stop:
            length = data[body] << 8 | data[body + 1]
            body += 2
        elif length >= _INDEFINITE:
            inner = element(data, at, stop)
            found.append(inner)
            at = inner.end
            continue
        if tag & _LONG_TAG == _LONG_TAG:
            raise Malformed("a tag of many bytes has no place here")
        end = body + length
        if end > stop:
            raise Malformed("the encoding is cut short")
        found.append(_made(Element, (tag, at, body, end, end)))
        at = end
    return found


def part(elements: list[Element], index: int, tag: int | None = None) -> Element:
    """The element number `index`, which must be there and have this tag, if one is given."""
    try:
        found = elements[index]
    except IndexError:
        raise Malformed(f"element {index} is missing") from None
    if tag is not None and found[0] != tag:
        raise Malformed(f"element {index} is {found.tag:#04x} where {tag:#04x} is expected")
    return found


def integer(data: bytes, of: Element) -> int:
    """The number that an INTEGER says; Malformed if it is none, or has more than `OCTETS_OF_NUMBER` bytes."""
    if of.tag != INTEGER or not 0 < of.stop - of.body <= OCTETS_OF_NUMBER:
        raise Malformed("expected a number")
    return int.from_bytes(data[of.body : of.stop], "big", signed=True)


def octets(data: bytes, of: Element) -> bytes:
    """The bytes in a BIT STRING that consists of whole ones, as signatures do."""
    if of.tag != BITS or of.body == of.stop or data[of.body]:
        raise Malformed("expected a string of whole bytes")
    return data[of.body + 1 : of.stop]


def encode(tag: int, *contents: bytes) -> bytes:
    """An element of this tag with these contents, one after the other, in DER."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width, "big") + content


def set_of(*members: bytes, tag: int = SET) -> bytes:
    """A SET OF in DER: the members in the order of their encodings."""
    return encode(tag, *sorted(members))


def number(value: int) -> bytes:
    """An INTEGER in DER."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER in DER, from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return encode(OID, bytes(content))


def dotted(content: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER's content; arcs are bounded to 64 bits."""
    if not content or content[-1] & 0x80:
        raise Malformed("an object identifier is cut short")
    arcs, arc = [], 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if arc >> 64:
            raise Malformed("an object identifier is beyond all bounds")
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
