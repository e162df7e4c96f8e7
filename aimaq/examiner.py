"""Checks people's signatures against the authority's certificates and its current list of revoked ones."""

from __future__ import annotations

import aiohttp

from aimaq.clock import Clock
from aimaq.eds.revocation import RevocationSource
from aimaq.eds.trust import TrustStore
from aimaq.eds.verdict import Verdict, check
from aimaq.settings import Settings


class Examiner:
    """One service's view of people's signatures; it talks to the registry's certification authority over HTTP."""

    def __init__(self, settings: Settings, clock: Clock, trust: TrustStore) -> None:
        self._settings, self._clock, self._trust = settings, clock, trust
        self._session: aiohttp.ClientSession | None = None
        self._source: RevocationSource | None = None

    async def examine(self, document: bytes, cms: bytes, iin: str) -> Verdict:
        """Everything that is wrong with this signature by the person with this IIN.

        Unavailable if the list of revoked certificates can be had neither from the registry nor from memory.
        """
        crl = await self._revoked().current()
        return check(document, cms, iin, self._clock.now(), self._trust, crl)

    async def close(self) -> None:
        """Let go of the connection to the registry."""
        if self._source is not None:
            await self._source.close()
        if self._session is not None:
            await self._session.close()

    def _revoked(self) -> RevocationSource:
        if self._source is None:
            self._session = aiohttp.ClientSession()
            url = f"{self._settings.registry_url}/nca/crl"
            self._source = RevocationSource(
                url, self._trust, self._clock, self._session, max_age=self._settings.crl_age
            )
        return self._source
