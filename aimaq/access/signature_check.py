"""Checks people's signatures against the authority's certificates and what it says of those that were withdrawn.

Settings say whom it asks: the list (`crl`), or the responder (`ocsp`); and what follows if the responder is out of
reach: the signature is refused (`refuse`), or the last good list within its validity is gone by (`list`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx

from aimaq.eds.cms.reader import Signature
from aimaq.eds.revocation.crl_source import RevocationSource
from aimaq.eds.revocation.ocsp_source import AnswerSource
from aimaq.eds.revocation.status import Lookup, Status
from aimaq.eds.verdict import Asked, Verdict, concerned, judge, opened
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.http.client import http_client
from aimaq.language.clock import Clock
from aimaq.language.errors import BadSignature, Unavailable
from aimaq.language.ids import Ids
from aimaq.settings import Settings


class SignatureCheck:
    """One service's view of people's signatures; it talks to the registry's certification authority over HTTP."""

    def __init__(self, settings: Settings, clock: Clock, trust: TrustStore) -> None:
        self._settings, self._clock, self._trust = settings, clock, trust
        self._ids = Ids(clock)
        self._session: httpx.AsyncClient | None = None
        self._list: RevocationSource | None = None
        self._responder: AnswerSource | None = None

    async def examine(self, document: bytes, cms: bytes, asked: Asked) -> Verdict:
        """Everything that is wrong with a signature by whom `asked` tells.

        If nobody can tell whether a certificate was revoked, that is among the findings.
        """
        found = opened(cms)
        if isinstance(found, Verdict):
            return found
        lookup = await self._by_responder(found) if self._settings.revocation == "ocsp" else await self._by_list()
        return judge(document, found, asked, self._clock.now(), self._trust, lookup)

    async def close(self) -> None:
        """Let go of the connection to the registry."""
        if self._list is not None:
            await self._list.close()
        if self._session is not None:
            await self._session.aclose()

    async def _by_list(self) -> Lookup:
        try:
            crl = await self._listed().current()
        except Unavailable as error:
            unknown = Status("crl", unknown=error.texts)
            return lambda _: unknown
        at = self._clock.now()
        return lambda certificate: crl.status(certificate, at)

    async def _by_responder(self, found: Sequence[Signature | BadSignature]) -> Lookup:
        certificates = concerned(found, self._trust)
        statuses = await asyncio.gather(*(self._answered(one) for one in certificates))
        known = {one.digest: status for one, status in zip(certificates, statuses, strict=True)}
        return lambda certificate: known[certificate.digest]

    async def _answered(self, certificate: Certificate) -> Status:
        try:
            return await self._asked().status(certificate)
        except Unavailable as error:
            if self._settings.ocsp_down == "list":
                return (await self._by_list())(certificate)
            return Status("ocsp", unknown=error.texts)

    def _listed(self) -> RevocationSource:
        if self._list is None:
            url, age = f"{self._settings.authority_url}/nca/crl", self._settings.crl_age
            self._list = RevocationSource(
                url, self._trust, self._clock, self._connected(), changes_url=f"{url}/delta", max_age=age
            )
        return self._list

    def _asked(self) -> AnswerSource:
        if self._responder is None:
            url, age = f"{self._settings.authority_url}/nca/ocsp", self._settings.ocsp_age
            self._responder = AnswerSource(url, self._trust, self._clock, self._connected(), self._drawn, max_age=age)
        return self._responder

    def _connected(self) -> httpx.AsyncClient:
        if self._session is None:
            self._session = http_client()
        return self._session

    def _drawn(self, size: int) -> bytes:
        return bytes.fromhex(self._ids.token(size))
