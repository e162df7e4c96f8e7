"""The registry as a service asks it: for the roster of the systems' certificates, and for a certificate of its own."""

from __future__ import annotations

from typing import Any, TypeVar

import aiohttp
import msgspec

from aimaq.language.errors import NotFound, Unavailable
from aimaq.access.systems.roster import Roster, read

PATIENCE = 5.0
"""Seconds that the registry has for an answer, beyond those that it was asked to wait."""

T = TypeVar("T")


class Readers(msgspec.Struct, frozen=True):
    """Which parties are known to know how a certificate stands, and which are not."""

    confirmed: tuple[str, ...]
    unconfirmed: tuple[str, ...]


class Issued(msgspec.Struct, frozen=True):
    """A certificate that was issued to a system, in PEM."""

    serial: str
    certificate: str


class Registrar:
    """The registry at `url`, to the service of `party`, which has the stand's administration token."""

    def __init__(self, url: str, party: str, token: str) -> None:
        self._url, self._party, self._token = url.rstrip("/"), party, token
        self._session: aiohttp.ClientSession | None = None

    async def roster(self, after: int, wait: float) -> Roster:
        """The certificates that changed after a version, as soon as one has, or none after `wait` seconds.

        To ask for what comes after a version says that all up to it is known here. Unavailable if there is no answer.
        """
        query = {"after": str(after), "wait": f"{wait:g}", "reader": self._party}
        data = await self._call("GET", "/nca/systems", wait, params=query)
        try:
            return read(data)
        except ValueError as error:
            raise Unavailable(f"the registry at {self._url} gives no roster: {error}") from None

    async def issue(self, csr: str) -> Issued:
        """A new certificate for this party on the key of a request (PKCS#10, PEM); Unavailable if there is none."""
        body = {"party": self._party, "csr": csr}
        return _decoded(await self._call("POST", "/nca/systems", PATIENCE, json=body), Issued)

    async def readers(self, serial: str, wait: float) -> Readers:
        """Who knows how the certificate stands, after `wait` seconds at most.

        NotFound if the registry does not know it as a system's, Unavailable if there is no answer.
        """
        data = await self._call("GET", f"/nca/systems/{serial}/readers", wait, params={"wait": f"{wait:g}"})
        return _decoded(data, Readers)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(self, method: str, path: str, wait: float, **more: Any) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token}"})
        timeout = aiohttp.ClientTimeout(total=wait + PATIENCE)
        try:
            async with self._session.request(method, self._url + path, timeout=timeout, **more) as answer:
                data = await answer.read()
                if answer.status == NotFound.status:
                    raise NotFound(_detail(data))
                if answer.status >= 300:
                    raise Unavailable(f"the registry at {self._url} answers {answer.status}: {_detail(data)}")
                return data
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(
                f"the registry at {self._url} is out of reach: {str(error) or type(error).__name__}"
            ) from None


def _decoded(data: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unavailable(f"the registry's answer cannot be read: {error}") from None


def _detail(data: bytes) -> str:
    """What a problem document says."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "no reason given"
    return str(found.get("detail", "no reason given")) if isinstance(found, dict) else "no reason given"
