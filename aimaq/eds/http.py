"""An exchange in DER over HTTP (RFC 6960, appendix A; RFC 3161, 3.4): a query is posted, and the answer is read."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from aimaq.http.client import bounded, exchange
from aimaq.language.errors import Unavailable
from aimaq.language.texts import Texts


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is asked: its name, the media type of a query, the bytes that an answer may have, and the texts of errors."""

    name: str
    media_type: str
    largest: int
    answer: Texts
    """What the answer is called, where it is too large."""
    away: Texts
    """That the peer is out of reach: `{why}`."""
    refused: Texts
    """That it answers with another status than 200: `{status}`."""

    async def ask(self, http: httpx.AsyncClient, url: str, query: bytes, *, timeout: float) -> bytes:
        """The body of the answer to a query; `timeout` is in real seconds.

        Unavailable if the peer is out of reach or answers with another status than 200, BadSignature if the answer is
        too large.
        """
        async with exchange(
            http,
            "POST",
            url,
            peer=self.name,
            away=self.away,
            headers={"Content-Type": self.media_type},
            content=query,
            timeout=timeout,
        ) as response:
            if response.status_code != 200:
                raise Unavailable(self.refused.format(status=response.status_code))
            return await bounded(response, self.largest, self.answer)
