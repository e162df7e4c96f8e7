"""Several people's signatures over one document, in one CMS (RFC 5652, 5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from aimaq.eds import texts
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, CONTEXT_1, INTEGER, OCTETS, SEQUENCE, SET, Malformed, encode
from aimaq.eds.asn1.oids import DATA, SIGNED_DATA
from aimaq.eds.cms import reader
from aimaq.eds.cms.container import signed_data
from aimaq.language.errors import BadSignature


def joined(signatures: Sequence[bytes], document: bytes | None = None) -> bytes:
    """One CMS with all signers of these, in their order, and all that came along with them.

    It holds the document if one is given, and is detached otherwise; nothing is verified, and what was inside the
    others is not looked at. BadSignature if one of them cannot be read, or there are more than `cms.MOST_SIGNERS`.
    """
    version = 1
    algorithms: dict[bytes, None] = {}
    certificates: dict[bytes, None] = {}
    lists: dict[bytes, None] = {}
    signers: list[bytes] = []
    for one in signatures:
        try:
            signed = signed_data(one)
            version = max(version, der.integer(one, der.part(signed, 0, INTEGER)))
            for into, part in ((algorithms, der.part(signed, 1, SET)), *_carried(signed, certificates, lists)):
                into |= dict.fromkeys(member.whole(one) for member in der.inside(one, part))
            signers += [signer.whole(one) for signer in der.inside(one, der.part(signed, -1, SET))]
        except Malformed as error:
            raise BadSignature(reader.unreadable(error)) from None
    if len(signers) > reader.MOST_SIGNERS:
        raise BadSignature(texts.TOO_MANY_SIGNERS.format(count=len(signers), most=reader.MOST_SIGNERS), rule="signers")
    inside = () if document is None else (encode(CONTEXT_0, encode(OCTETS, document)),)
    parts = [der.number(version), der.set_of(*algorithms), encode(SEQUENCE, DATA, *inside)]
    parts += [der.set_of(*some, tag=tag) for tag, some in ((CONTEXT_0, certificates), (CONTEXT_1, lists)) if some]
    return encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, encode(SEQUENCE, *parts, encode(SET, *signers))))


def _carried(
    signed: list[der.Element], certificates: dict[bytes, None], lists: dict[bytes, None]
) -> list[tuple[dict[bytes, None], der.Element]]:
    kinds = {CONTEXT_0: certificates, CONTEXT_1: lists}
    return [(kinds[part.tag], part) for part in signed[3:-1] if part.tag in kinds]
