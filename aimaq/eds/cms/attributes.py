"""The signed attributes of a signature (RFC 5652, 5.3): those that it must have, and what is wrong with them."""

from __future__ import annotations

from aimaq.eds import texts
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import OCTETS, OID, SEQUENCE, SET, Element, Malformed
from aimaq.eds.asn1.oids import CONTENT_TYPE, DIGESTS, MESSAGE_DIGEST, OLD_SIGNING_CERTIFICATE, SIGNING_CERTIFICATE
from aimaq.eds.findings import Code
from aimaq.language.texts import Texts

Fault = tuple[Code, Texts]
"""What is wrong with a signature before any cryptography: which finding it makes, and the particulars."""


def read(data: bytes, among: Element) -> dict[bytes, list[bytes]]:
    """The values of each attribute by its name, all in DER; Malformed if they cannot be read."""
    text: dict[bytes, list[bytes]] = {}
    for attribute in der.inside(data, among):
        whole = attribute.whole(data)
        name, values = _short(whole) or _long(whole)
        if name in text:
            raise Malformed(texts.TWICE)
        text[name] = values
    return text


def _short(whole: bytes) -> tuple[bytes, list[bytes]] | None:
    """The name and the one value of an attribute all of whose lengths are short, as they mostly are; else None."""
    size = len(whole)
    if not 8 <= size <= 0x81 or whole[1] != size - 2 or whole[2] != OID:
        return None
    end = 4 + whole[3]
    value = end + 2
    if value + 2 > size or whole[end] != SET or value + whole[end + 1] != size:
        return None
    if whole[value] & 0x1F == 0x1F or value + 2 + whole[value + 1] != size:
        return None
    return whole[2:end], [whole[value:]]


def _long(whole: bytes) -> tuple[bytes, list[bytes]]:
    parts = der.inside(whole, der.only(whole, SEQUENCE))
    name = der.part(parts, 0, OID).whole(whole)
    return name, [value.whole(whole) for value in der.inside(whole, der.part(parts, 1, SET))]


_DIGEST_ALONE = b"\x04\x20"
_NAMED_ALONE = b"\x30\x26\x30\x24\x30\x22" + _DIGEST_ALONE
"""How the values of the two attributes begin that say a digest of 32 bytes and nothing else."""

_NAMES = {
    CONTENT_TYPE: "content-type",
    MESSAGE_DIGEST: "message-digest",
    SIGNING_CERTIFICATE: "signing-certificate-v2",
    OLD_SIGNING_CERTIFICATE: "signing-certificate",
}


def value(text: dict[bytes, list[bytes]], name: bytes, faults: list[Fault]) -> bytes | None:
    """The one value of an attribute that must be there; None, with a fault more, if it is not."""
    values = text.get(name)
    if values is not None and len(values) == 1:
        return values[0]
    code = Code.MISSING_ATTRIBUTE if not values else Code.BAD_ATTRIBUTE
    faults.append((code, texts.ATTRIBUTE_ONCE.format(name=_NAMES[name])))
    return None


def digest(attribute: bytes | None, faults: list[Fault]) -> bytes | None:
    """The digest in a message-digest; None, with a fault more, if it cannot be read."""
    if attribute is None:
        return None
    if len(attribute) == 34 and attribute.startswith(_DIGEST_ALONE):
        return attribute[2:]
    try:
        return der.only(attribute, OCTETS).content(attribute)
    except Malformed as error:
        faults.append((Code.BAD_ATTRIBUTE, texts.BAD_ATTRIBUTE.format(name="message-digest", why=error)))
        return None


def named(attribute: bytes | None, faults: list[Fault], usual: str = "sha256") -> tuple[str, bytes] | None:
    """By which digest (`usual` if it does not say) a signing-certificate names its certificate, and the digest.

    None, with a fault more, if it cannot be read.
    """
    if attribute is None:
        return None
    if len(attribute) == 40 and attribute.startswith(_NAMED_ALONE):
        return usual, attribute[8:]
    try:
        identifiers = der.inside(attribute, der.part(der.inside(attribute, der.only(attribute, SEQUENCE)), 0, SEQUENCE))
        first = der.inside(attribute, der.part(identifiers, 0, SEQUENCE))
        algorithm: str | None = usual
        if first and first[0].tag == SEQUENCE:
            algorithm = DIGESTS.get(first.pop(0).whole(attribute))
        if algorithm is None:
            raise Malformed("the digest in it is none of SHA-256, SHA-384 and SHA-512")
        return algorithm, der.part(first, 0, OCTETS).content(attribute)
    except Malformed as error:
        faults.append((Code.BAD_ATTRIBUTE, texts.BAD_ATTRIBUTE.format(name="signing-certificate-v2", why=error)))
        return None
