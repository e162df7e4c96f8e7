"""Where a signature gets its time stamp: the registry's time-stamping authority, asked over HTTP (RFC 3161, 3.4)."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from aimaq.eds.cms import reader
from aimaq.eds.http import Peer
from aimaq.eds.timestamp import texts
from aimaq.eds.timestamp import token as stamp
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature

NONCE = 8
"""Bytes that each request has of its own."""

_AUTHORITY = Peer(
    "the time-stamping authority",
    "application/timestamp-query",
    stamp.LARGEST,
    answer=texts.THE_REPLY,
    away=texts.AWAY,
    refused=texts.ANSWERED,
)


class TsaClient:
    """Has signatures (CAdES-BES, which becomes CAdES-T) and other bytes stamped.

    `timeout` is in real seconds; `nonce` draws so many random bytes.
    """

    def __init__(
        self,
        url: str,
        trust: TrustStore,
        session: httpx.AsyncClient,
        nonce: Callable[[int], bytes],
        *,
        timeout: float = 5,
    ) -> None:
        self._url, self._trust, self._session, self._nonce = url, trust, session, nonce
        self._timeout = timeout

    async def stamp(self, signature: bytes) -> bytes:
        """The signature with a time stamp.

        Unavailable if the authority is out of reach or gives none, BadSignature if what it gives cannot be believed.
        """
        return stamp.stamped(signature, await self.token(reader.take_apart(signature).value))

    async def token(self, data: bytes) -> bytes:
        """A time stamp token over any bytes, believed; errors as for `stamp`."""
        nonce = int.from_bytes(self._nonce(NONCE), "big")
        query = stamp.query(data, nonce)
        token = stamp.token_in(await _AUTHORITY.ask(self._session, self._url, query, timeout=self._timeout))
        if stamp.believed(token, data, self._trust).nonce != nonce:
            raise BadSignature(texts.OTHER_NONCE)
        return token
