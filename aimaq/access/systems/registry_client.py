"""The registry as a service asks it: for the roster of the systems' certificates, and for a certificate of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec

from aimaq.access.administration import ISSUER, assertion
from aimaq.access.systems.roster import read
from aimaq.access.systems.roster_signature import HEADER, SignedRoster
from aimaq.http.client import exchange, http_client
from aimaq.language.clock import Clock
from aimaq.language.errors import NotFound, Technical, Unavailable
from aimaq.language.signing.jws import KeySigner
from aimaq.language.texts import Texts

PATIENCE = 5.0
"""Seconds that the registry has for an answer, beyond those that it was asked to wait."""

ANSWERS = Texts(
    kk="тіркелім {status} деп жауап берді",
    ru="регистр ответил {status}",
    en="{peer} answers {status}: {why}",
)
AWAY = Texts(
    kk="тіркелім қолжетімсіз: сәл кейінірек қайталаңыз",
    ru="регистр недоступен: повторите позже",
    en="{peer} is out of reach: {why}",
)
UNREADABLE = Texts(
    kk="тіркелімнің жауабы оқылмайды",
    ru="ответ регистра не читается",
    en="the registry's answer cannot be read: {why}",
)

T = TypeVar("T")
Params = dict[str, str] | None


class Readers(msgspec.Struct, frozen=True):
    """Which parties are known to know how a certificate stands, and which are not."""

    confirmed: tuple[str, ...]
    unconfirmed: tuple[str, ...]


class Issued(msgspec.Struct, frozen=True):
    """A certificate that was issued to a system, in PEM."""

    serial: str
    certificate: str


class RegistryClient:
    """The registry at `url`, to the service of `party`, which shows by its own key that it is the one who asks."""

    def __init__(self, url: str, party: str, signer: KeySigner, clock: Clock) -> None:
        self._url, self._party, self._signer, self._clock = url.rstrip("/"), party, signer, clock
        self._session: httpx.AsyncClient | None = None

    async def roster(self, after: int, wait: float, nonce: str) -> SignedRoster:
        """The certificates that changed after a version, as soon as one has, or none after `wait` seconds.

        It is as it came: whoever asked verifies that the authority signed it, with this nonce. To ask for what comes
        after a version says that all up to it is known here. Unavailable if there is no answer.
        """
        query = {"after": str(after), "wait": f"{wait:g}", "nonce": nonce, "reader": self._party}
        data, signature = await self._signed("GET", "/nca/systems", wait, params=query)
        try:
            read(data)
            return SignedRoster(data.decode(), signature)
        except ValueError as error:
            raise Unavailable(Technical(f"the registry at {self._url} gives no roster: {error}")) from None

    async def issue(self, csr: str, permit: str = "") -> Issued:
        """A new certificate for this party on the key of a request (PKCS#10, PEM); Unavailable if there is none.

        The party's own key proves who asks; where it counts no more, a permit of the registry does.
        """
        body = {"party": self._party, "csr": csr, "proof": self._signer.sign(csr.encode())}
        return _decoded(await self._call("POST", "/nca/systems", PATIENCE, json=body, token=permit), Issued)

    async def readers(self, serial: str, wait: float) -> Readers:
        """Who knows how the certificate stands, after `wait` seconds at most.

        NotFound if the registry does not know it as a system's, Unavailable if there is no answer.
        """
        data = await self._call("GET", f"/nca/systems/{serial}/readers", wait, params={"wait": f"{wait:g}"})
        return _decoded(data, Readers)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._session is not None:
            await self._session.aclose()
            self._session = None

    async def _call(
        self,
        method: str,
        path: str,
        wait: float,
        *,
        params: Params = None,
        json: Mapping[str, str] | None = None,
        token: str = "",
    ) -> bytes:
        return (await self._signed(method, path, wait, params=params, json=json, token=token))[0]

    async def _signed(
        self,
        method: str,
        path: str,
        wait: float,
        *,
        params: Params = None,
        json: Mapping[str, str] | None = None,
        token: str = "",
    ) -> tuple[bytes, str]:
        """What is answered, and the signature beside it; empty if there is none."""
        token = token or assertion(self._signer, self._party, ISSUER, self._clock)
        if self._session is None:
            self._session = http_client()
        peer = f"the registry at {self._url}"
        async with exchange(
            self._session,
            method,
            self._url + path,
            peer=peer,
            away=AWAY,
            params=params,
            headers={"Authorization": f"Bearer {token}"},
            json=json,
            timeout=wait + PATIENCE,
        ) as answer:
            data = await answer.aread()
        if answer.status_code == NotFound.status:
            raise NotFound(Technical(_detail(data)))
        if answer.status_code >= 300:
            raise Unavailable(ANSWERS.format(peer=peer, status=answer.status_code, why=_detail(data)))
        return data, answer.headers.get(HEADER, "")


def _decoded(data: bytes, schema: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=schema)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unavailable(UNREADABLE.format(why=error)) from None


def _detail(data: bytes) -> str:
    """What a problem document says."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "no reason given"
    return str(found.get("detail", "no reason given")) if isinstance(found, dict) else "no reason given"
