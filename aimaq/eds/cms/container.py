"""What a CMS consists of (RFC 5652, 5.1): the document if it is inside, certificates, and what each signer says."""

from __future__ import annotations

from functools import lru_cache

from aimaq.eds import texts
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, INTEGER, OID, SEQUENCE, SET, Element, Malformed
from aimaq.eds.asn1.oids import DATA, SIGNED_DATA
from aimaq.eds.cms import content
from aimaq.eds.x509.certificates import REMEMBERED, Certificate, read

MOST_CERTIFICATES = 16
"""Certificates that may come along."""

_DETACHED = der.encode(SEQUENCE, DATA)
_HEADERS = (SEQUENCE, 0x82, CONTEXT_0, 0x82, SEQUENCE, 0x82)


def opened(data: bytes, kind: bytes) -> tuple[list[Element], list[Element], bytes | None]:
    """The parts of the signed data, the signers among them, and the content inside, which must be of this kind."""
    signed = signed_data(data)
    inside = None
    if (info := der.part(signed, 2, SEQUENCE)).whole(data) != _DETACHED or kind != DATA:
        parts = der.inside(data, info)
        if der.part(parts, 0, OID).whole(data) != kind:
            raise Malformed(texts.OTHER_CONTENT_TYPE)
        inside = content.attached(data, parts)
    return signed, der.inside(data, der.part(signed, -1, SET)), inside


def signed_data(data: bytes) -> list[Element]:
    """The parts of the signed data that a CMS is; Malformed if it is none."""
    if (usual := _usual(data)) is not None:
        return der.inside(data, usual)
    outer = der.inside(data, der.only(data, SEQUENCE))
    if der.part(outer, 0, OID).whole(data) != SIGNED_DATA:
        raise Malformed(texts.NO_SIGNED_DATA)
    return der.inside(data, der.part(der.inside(data, der.part(outer, 1, CONTEXT_0)), 0, SEQUENCE))


def _usual(data: bytes) -> Element | None:
    """The signed data of a CMS whose lengths are of two bytes, as they mostly are; else None."""
    size = len(data)
    if size < 23 or data[4:15] != SIGNED_DATA:
        return None
    if (data[0], data[1], data[15], data[16], data[19], data[20]) != _HEADERS:
        return None
    if data[2] << 8 | data[3] != size - 4 or data[17] << 8 | data[18] != size - 19:
        return None
    return Element(SEQUENCE, 19, 23, size, size) if data[21] << 8 | data[22] == size - 23 else None


def certificate_of(data: bytes, signed: list[Element], signer: Element) -> Certificate:
    """The certificate of the signer with this identifier; Malformed or BadSignature if it is not there to be read."""
    certificates = der.inside(data, der.part(signed, 3, CONTEXT_0))
    if len(certificates) > MOST_CERTIFICATES:
        raise Malformed(texts.TOO_MANY_CERTIFICATES)
    for encoded in certificates:
        if encoded.tag == SEQUENCE:
            certificate = read(encoded.whole(data))
            if _is_of(certificate, data, signer):
                return certificate
    raise Malformed(texts.NO_SIGNERS_CERTIFICATE)


@lru_cache(maxsize=REMEMBERED)
def _usual_name(certificate: Certificate) -> bytes:
    """How a signer is mostly named: by the issuer and the serial number of the certificate, in DER."""
    return der.encode(SEQUENCE, certificate.issuer, der.number(certificate.serial))


def _is_of(certificate: Certificate, data: bytes, signer: Element) -> bool:
    if signer.tag == SEQUENCE:
        if signer.whole(data) == _usual_name(certificate):
            return True
        parts = der.inside(data, signer)
        issuer, serial = der.part(parts, 0, SEQUENCE), der.part(parts, 1, INTEGER)
        return certificate.serial == der.integer(data, serial) and certificate.issuer == issuer.whole(data)
    return signer.tag == 0x80 and bool(certificate.key_id) and certificate.key_id == signer.content(data)
