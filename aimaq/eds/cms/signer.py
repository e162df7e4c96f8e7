"""Making signatures: CMS (RFC 5652) in the form CAdES-BES (ETSI EN 319 122-1), detached or with the document inside."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.der import CONTEXT_0, OCTETS, SEQUENCE, SET, encode, set_of
from aimaq.eds.asn1.oids import (
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SHA256,
    SIGNED_DATA,
    SIGNING_CERTIFICATE,
    SIGNING_TIME,
)
from aimaq.eds.cms.algorithms import scheme_of, signed_with
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.profile import PrivateKey
from aimaq.language.errors import Unconfigured

_UTC_TIME, _GENERAL_TIME = 0x17, 0x18


class DocumentSigner:
    """Signs documents with one person's key; all that is the same in every signature is encoded once."""

    def __init__(self, key: PrivateKey, certificate: Certificate) -> None:
        if certificate.key is None or key.public_key().public_numbers() != certificate.key.public_numbers():
            raise Unconfigured("the key does not belong to the certificate")
        self._key, self.certificate = key, certificate
        sha256 = encode(SEQUENCE, SHA256)
        named = encode(SEQUENCE, encode(SEQUENCE, encode(SEQUENCE, encode(OCTETS, certificate.digest))))
        self._fixed = (_attribute(CONTENT_TYPE, DATA), _attribute(SIGNING_CERTIFICATE, named))
        self._before = (der.number(1), encode(SET, sha256))
        self._detached, self._certificates = encode(SEQUENCE, DATA), encode(CONTEXT_0, certificate.der)
        self._signer = (der.number(1), encode(SEQUENCE, certificate.issuer, der.number(certificate.serial)), sha256)
        self._scheme = scheme_of(key)

    def sign(self, document: bytes, at: datetime | None = None, *, attached: bool = False) -> bytes:
        """A CMS over the document in DER: detached from it, or `attached`, with the document inside.

        It has the signing time `at` among its attributes, if that is given.
        """
        digest = encode(OCTETS, hashlib.sha256(document).digest())
        attributes = [*self._fixed, _attribute(MESSAGE_DIGEST, digest)]
        if at is not None:
            attributes.append(_attribute(SIGNING_TIME, _time(at)))
        signed = set_of(*attributes)
        travelling = b"\xa0" + signed[1:]
        value = encode(OCTETS, signed_with(self._key, signed))
        signer = encode(SEQUENCE, *self._signer, travelling, self._scheme, value)
        content = encode(SEQUENCE, DATA, encode(CONTEXT_0, encode(OCTETS, document))) if attached else self._detached
        signed_data = encode(SEQUENCE, *self._before, content, self._certificates, encode(SET, signer))
        return encode(SEQUENCE, SIGNED_DATA, encode(CONTEXT_0, signed_data))


def _attribute(name: bytes, value: bytes) -> bytes:
    return encode(SEQUENCE, name, encode(SET, value))


def _time(at: datetime) -> bytes:
    at = at.astimezone(UTC)
    if 1950 <= at.year < 2050:
        return encode(_UTC_TIME, f"{at:%y%m%d%H%M%S}Z".encode())
    return encode(_GENERAL_TIME, f"{at:%Y%m%d%H%M%S}Z".encode())
