"""Where a signature gets its time stamp: the registry's time-stamping authority, asked over HTTP (RFC 3161, 3.4)."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp

from aimaq.eds.cms import reader as cms
from aimaq.eds.timestamp import token as stamp
from aimaq.eds.fetch import bounded
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import BadSignature, Unavailable

NONCE = 8
"""Bytes that each request has of its own."""


class Stamper:
    """Has signatures (CAdES-BES, which becomes CAdES-T) and other bytes stamped.

    `timeout` is in real seconds; `nonce` draws so many random bytes.
    """

    def __init__(
        self,
        url: str,
        trust: TrustStore,
        session: aiohttp.ClientSession,
        nonce: Callable[[int], bytes],
        *,
        timeout: float = 5,
    ) -> None:
        self._url, self._trust, self._session, self._nonce = url, trust, session, nonce
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def stamp(self, signature: bytes) -> bytes:
        """The signature with a time stamp.

        Unavailable if the authority is out of reach or gives none, BadSignature if what it gives cannot be believed.
        """
        return stamp.stamped(signature, await self.token(cms.take_apart(signature).value))

    async def token(self, data: bytes) -> bytes:
        """A time stamp token over any bytes, believed; errors as for `stamp`."""
        nonce = int.from_bytes(self._nonce(NONCE), "big")
        token = stamp.token_in(await self._ask(stamp.query(data, nonce)))
        if stamp.believed(token, data, self._trust).nonce != nonce:
            raise BadSignature("the time stamp is not an answer to this request: its nonce is another")
        return token

    async def _ask(self, query: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            async with self._session.post(self._url, data=query, headers=headers, timeout=self._timeout) as response:
                if response.status != 200:
                    raise Unavailable(f"the time-stamping authority answered {response.status}")
                return await bounded(response, stamp.LARGEST, "the reply")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(
                f"the time-stamping authority is out of reach: {str(error) or type(error).__name__}"
            ) from None
