"""Signatures made with keys that clients send (`/cms/sign`, `/cms/sign/add`): CAdES-BES, or -T with time stamps."""

from __future__ import annotations

import hashlib

from aimaq.eds.asn1 import der
from aimaq.eds.asn1.oids import SHA256
from aimaq.eds.cms import reader
from aimaq.eds.cms.cosign import joined
from aimaq.eds.timestamp import token
from aimaq.language.clock import Clock
from aimaq.language.errors import BadSignature
from registry_svc.nca.authority import STAMPS_POLICY
from registry_svc.nca.timestamps import Order, TimeStampAuthority
from registry_svc.ncanode.encoding import decoded, der_in
from registry_svc.ncanode.keys import Keys
from registry_svc.ncanode.problems import Refused
from registry_svc.ncanode.schemas import CmsSignRequest

POLICIES = {
    "TSA_GOST_POLICY": f"{STAMPS_POLICY}.1",
    "TSA_GOSTGT_POLICY": f"{STAMPS_POLICY}.3",
    "TSA_GOST2015_POLICY": f"{STAMPS_POLICY}.4",
}
"""The policies of time stamps by the names that NCANode has for them; here they are all one."""
USUAL = "TSA_GOST2015_POLICY"


class Signing:
    """Signs, and has signatures stamped by the authority's own TSA."""

    def __init__(self, keys: Keys, tsa: TimeStampAuthority, clock: Clock) -> None:
        self._keys, self._tsa, self._clock = keys, tsa, clock

    async def sign(self, asked: CmsSignRequest, client: str) -> bytes:
        """A CMS over the data by all signers, with the data inside unless that is to be detached; else Refused.

        Unavailable if too many clients would have their keys opened now.
        """
        if not asked.data:
            raise Refused("data: must not be empty", details="data")
        data = decoded(asked.data, "data")
        return _together(await self._signatures(asked, data, client), data, detached=asked.detached)

    async def add(self, asked: CmsSignRequest, client: str) -> bytes:
        """The CMS that was sent, with further signers.

        Unavailable as above. Refused if it cannot be read, or is detached and its data did not come along.
        """
        if not asked.cms:
            raise Refused("CMS argument not specified", details="cms")
        current = der_in(asked.cms, "cms", "CMS", "PKCS7")
        data = decoded(asked.data, "data") if asked.data else None
        try:
            inside = reader.document_in(current)
        except BadSignature as error:
            raise Refused(f"cms: {error.detail}", details="cms") from None
        if inside is None and data is None:
            raise Refused("Data must be specified for detached CMS", details="data")
        if inside is not None and data not in (None, inside):
            raise Refused("data: it is not what the CMS holds", details="data")
        content = data if inside is None else inside
        assert content is not None
        return _together([current, *await self._signatures(asked, content, client)], content, detached=asked.detached)

    async def _signatures(self, asked: CmsSignRequest, data: bytes, client: str) -> list[bytes]:
        signers = [one.signer() for one in await self._keys.open(asked.signers, "signers", client)]
        made = [signer.sign(data, self._clock.now()) for signer in signers]
        return [self._stamped(one, asked.tsa_policy or USUAL) for one in made] if asked.with_tsp else made

    def _stamped(self, signature: bytes, policy: str) -> bytes:
        digest = hashlib.sha256(reader.take_apart(signature).value).digest()
        imprint = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, SHA256, der.NULL), der.encode(der.OCTETS, digest))
        order = Order(imprint, POLICIES[policy], nonce=None, with_certificates=True)
        return token.stamped(signature, token.token_in(self._tsa.stamp(order)))


def _together(signatures: list[bytes], data: bytes, *, detached: bool) -> bytes:
    try:
        return joined(signatures, None if detached else data)
    except BadSignature as error:
        raise Refused(f"cms: {error.detail}", details="cms") from None
