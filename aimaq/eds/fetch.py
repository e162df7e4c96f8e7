"""What comes from the authority over HTTP, read no further than it may be long."""

from __future__ import annotations

import aiohttp

from aimaq.language.errors import BadSignature

_CHUNK = 16 * 1024


async def bounded(response: aiohttp.ClientResponse, most: int, what: str) -> bytes:
    """The body of an answer; BadSignature, naming `what` it is, if it has more than `most` bytes."""
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > most:
            raise BadSignature(f"{what} is larger than {most} bytes")
    return bytes(data)
