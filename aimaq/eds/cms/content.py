"""The content of a CMS (RFC 5652, 5.2): whether the document travels inside the signature, and what it says.

Tools that stream write it as an OCTET STRING of many pieces (BER); it is put together here, within bounds.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection

from aimaq.eds import texts
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, OCTETS, Element, Malformed
from aimaq.language.errors import BadSignature

MOST_PIECES = 4096
"""Pieces that a content may come in: streaming libraries cut it into 1000 bytes and more."""

_IN_PIECES = OCTETS | 0x20
_ARMOUR = re.compile(rb"\s*-----BEGIN ([A-Z0-9 ]+)-----\s(.*?)-----END \1-----\s*", re.DOTALL)


def attached(data: bytes, info: list[Element]) -> bytes | None:
    """The content in the encapsulated content info that consists of these elements; None if it is detached.

    Malformed if it is neither in one piece nor in a row of pieces.
    """
    if len(info) == 1:
        return None
    outer = der.part(info, 1, CONTEXT_0)
    octets = der.element(data, outer.body, outer.stop)
    if octets.end != outer.stop:
        raise Malformed(texts.TWO_CONTENTS)
    if octets.tag == OCTETS:
        return octets.content(data)
    if octets.tag != _IN_PIECES:
        raise Malformed(texts.NO_OCTETS)
    pieces: list[bytes] = []
    at = octets.body
    while at < octets.stop:
        piece = der.element(data, at, octets.stop)
        if piece.tag != OCTETS or len(pieces) >= MOST_PIECES:
            raise Malformed(texts.PIECES)
        pieces.append(piece.content(data))
        at = piece.end
    return b"".join(pieces)


def unarmoured(data: bytes, labels: Collection[str] = ("CMS", "PKCS7")) -> bytes:
    """The DER in `data`, which may be PEM with one of these labels; BadSignature if that cannot be read."""
    if not data.lstrip().startswith(b"-----BEGIN"):
        return data
    found = _ARMOUR.fullmatch(data)
    if found is None or found[1].decode() not in labels:
        raise BadSignature(texts.NO_PEM.format(labels=" / ".join(labels)))
    try:
        return base64.b64decode(b"".join(found[2].split()), validate=True)
    except (ValueError, binascii.Error):
        raise BadSignature(texts.NO_BASE64) from None
