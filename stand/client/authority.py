"""The certification authority of a stand, over REST: its endpoints, a request, and the lists that it publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.x509.profile import PrivateKey
from aimaq.http.client import exchange
from aimaq.language.errors import InvalidInput, NotAllowed, Technical, Unavailable
from stand.client.http import ServiceClient


@dataclass(frozen=True, slots=True)
class Office:
    """The endpoints of the authority, for a client with the registry's token."""

    session: httpx.AsyncClient
    url: str
    token: str

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What it answers; InvalidInput or NotAllowed if it refuses, Unavailable if it cannot be reached."""
        reply = await ServiceClient(self.session, self.url).call(method, path, body, token=self.token)
        if reply.status in (401, 403):
            raise NotAllowed(Technical(f"the registry does not take the token: {reply.detail}"))
        if reply.refused:
            field = f"{reply.body['field']}: " if reply.body.get("field") else ""
            raise InvalidInput(Technical(field + reply.detail))
        return reply.body

    async def read(self, path: str) -> bytes:
        """The bytes of what it publishes there; Unavailable if it cannot be had."""
        async with exchange(self.session, "GET", self.url + path, peer=self.url) as answer:
            if answer.status_code != 200:
                raise Unavailable(Technical(f"GET {self.url}{path} answers {answer.status_code}"))
            return await answer.aread()


def request(key: PrivateKey) -> str:
    """A certificate request on this key (PKCS#10, PEM), with no name in it."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def listed(data: bytes) -> dict[str, Any]:
    """What a revocation list in DER says: its number, how long it is good, and its entries."""
    crl = x509.load_der_x509_crl(data)
    found: dict[str, Any] = {"number": crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number}
    for extension in crl.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            found["base"] = extension.value.crl_number
    until = crl.next_update_utc
    found["this_update"] = crl.last_update_utc.isoformat()
    found["next_update"] = until.isoformat() if until is not None else None
    found["entries"] = [
        {
            "serial": f"{entry.serial_number:x}",
            "at": entry.revocation_date_utc.isoformat(),
            "reason": next(
                (e.value.reason.value for e in entry.extensions if isinstance(e.value, x509.CRLReason)),
                x509.ReasonFlags.unspecified.value,
            ),
        }
        for entry in crl
    ]
    return found
