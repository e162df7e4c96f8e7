"""Where a service gets the revocation lists from: the complete one, and what has changed since.

`RevocationSource` asks the registry as often as `max_age` says. Checks that run at the same time share one request,
provided that it was sent after they asked: with `max_age` 0 a revocation counts in the very next check. Under load
requests are `spacing` apart, since asking costs ten times as much as checking a signature.

Once there is a complete list, and it says that changes are told between the complete ones (freshest CRL), only those
are asked for as long as it is good (RFC 5280, 5.2.6): a list of changes is small whatever the complete one weighs. One
that cannot be used, since it goes on from another list, is older than one seen before or is not to be believed, makes
the complete list be fetched anew.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import httpx

from aimaq.eds.revocation import texts
from aimaq.eds.revocation.crl import LARGEST, DeltaList, RevocationList
from aimaq.eds.x509.trust import TrustStore
from aimaq.http.client import bounded, exchange
from aimaq.language.clock import Clock
from aimaq.language.errors import BadSignature, Technical, Unavailable
from aimaq.language.texts import Texts

LARGEST_DELTA = 1024 * 1024
"""Bytes that a list of changes may have."""

log = logging.getLogger(__name__)


class _NotServed(Unavailable):
    """The registry is there, and does not give out what it is asked for."""


class RevocationSource:
    """The registry's list, fetched over HTTP when it is needed and kept while it is good.

    `changes_url` is where the registry gives out what has changed since; if it is empty the complete list is always
    asked for. `max_age` is in seconds of the stand's clock; `timeout` and `spacing`, the least time between the
    beginnings of two requests, are in real seconds.
    """

    def __init__(
        self,
        url: str,
        trust: TrustStore,
        clock: Clock,
        session: httpx.AsyncClient,
        *,
        changes_url: str = "",
        max_age: float = 0,
        timeout: float = 5,
        spacing: float = 0.01,
    ) -> None:
        self._url, self._changes_url = url, changes_url
        self._trust = trust
        self._clock = clock
        self._session = session
        self._max_age = timedelta(seconds=max_age)
        self._timeout = timeout
        self._spacing = spacing
        self._not_before = float("-inf")
        self._closed = False
        self._trouble = False
        self._complete: RevocationList | None = None
        self._cached: RevocationList | None = None
        """The complete list with what is known to have changed since."""
        self._etag = self._changes_etag = ""
        self._refusal = ""
        """Why the last list of changes could not be used."""
        self._asked_at = datetime.min.replace(tzinfo=UTC)
        self._running: asyncio.Task[RevocationList] | None = None
        self._next: asyncio.Task[RevocationList] | None = None

    async def current(self) -> RevocationList:
        """A list no older than `max_age` allows; if the registry is out of reach, the last one while it is good.

        Unavailable if there is none such.
        """
        on_file, now = self._cached, self._clock.now()
        if on_file is not None and on_file.good_at(now) and self._asked_at <= now < self._asked_at + self._max_age:
            return on_file
        if self._closed:
            raise Unavailable(texts.CLOSING)
        if self._next is None:
            self._next = asyncio.create_task(self._fetch_after(self._running), name="fetch revocation list")
            self._next.add_done_callback(_noticed)
        fetch = self._next
        await asyncio.wait([fetch])
        if fetch.cancelled():
            raise Unavailable(texts.CLOSING)
        return fetch.result()

    async def close(self) -> None:
        """Give up the requests under way; whoever waits for one gets Unavailable, and so does whoever asks later."""
        self._closed = True
        tasks = [task for task in (self._running, self._next) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch_after(self, before: asyncio.Task[RevocationList] | None) -> RevocationList:
        if before is not None:
            await asyncio.wait([before])
        loop = asyncio.get_running_loop()
        if (early := self._not_before - loop.time()) > 0:
            await asyncio.sleep(early)
        self._not_before = loop.time() + self._spacing
        # From here on the request is under way, and who asks now gets the one after it.
        self._running, self._next = self._next, None
        asked_at = self._clock.now()
        try:
            await self._fetch()
        except (Unavailable, BadSignature) as error:
            return self._fallen_back_on(error)
        self._asked_at = asked_at
        if self._trouble:
            log.warning("the registry gives out its revocation list again")
            self._trouble = False
        if self._cached is None or not self._cached.good_at(self._clock.now()):
            raise Unavailable(texts.LIST_NOT_IN_DATE)
        return self._cached

    async def _fetch(self) -> None:
        complete = self._complete
        if self._changes_url and complete is not None and complete.has_freshest and complete.good_at(self._clock.now()):
            try:
                if await self._updated(complete):
                    self._refusal = ""
                    return
            except (BadSignature, _NotServed) as error:
                if error.detail != self._refusal:
                    log.warning("the complete revocation list is asked for: %s", error.detail)
                self._refusal = error.detail
        await self._fetch_complete()

    async def _fetch_complete(self) -> None:
        data, etag = await self._get(self._url, self._etag, LARGEST, texts.THE_LIST)
        if data is None:
            return
        fetched, known = RevocationList(data, self._trust), self._complete
        if known is not None and fetched.number < known.number and known.good_at(self._clock.now()):
            raise BadSignature(
                Technical(f"the revocation list {fetched.number} is older than {known.number}, seen before")
            )
        self._complete, self._etag, self._changes_etag = fetched, etag, ""
        if self._cached is None or fetched.number >= self._cached.number or not self._cached.good_at(self._clock.now()):
            self._cached = fetched

    async def _updated(self, complete: RevocationList) -> bool:
        """Bring the list up to date by what has changed since; False if that goes on from a newer complete one.

        BadSignature, which says why, if what is given out cannot be used.
        """
        data, etag = await self._get(self._changes_url, self._changes_etag, LARGEST_DELTA, texts.THE_DELTA)
        if data is None:
            return True
        delta = DeltaList(data, self._trust)
        if not delta.good_at(self._clock.now()):
            raise BadSignature(Technical(f"the list of changes {delta.number} is not in date"))
        if self._cached is not None and delta.number < self._cached.number:
            raise BadSignature(
                Technical(f"the list of changes {delta.number} is older than {self._cached.number}, seen before")
            )
        if delta.issuer == complete.issuer and delta.base > complete.number:
            return False
        self._cached, self._changes_etag = complete.updated(delta), etag
        return True

    async def _get(self, url: str, etag: str, most: int, what: Texts) -> tuple[bytes | None, str]:
        """What is given out at `url`, with its mark; None if that is what was there with the mark `etag`."""
        headers = {"If-None-Match": etag} if etag else {}
        async with exchange(
            self._session,
            "GET",
            url,
            peer="the registry",
            away=texts.REGISTRY_AWAY,
            headers=headers,
            timeout=self._timeout,
        ) as response:
            if response.status_code == 304 and etag:
                return None, etag
            if response.status_code != 200:
                raise _NotServed(texts.NOT_SERVED.format(status=response.status_code, what=what))
            return await bounded(response, most, what), response.headers.get("ETag", "")

    def _fallen_back_on(self, error: Unavailable | BadSignature) -> RevocationList:
        on_file = self._cached
        if on_file is None or not on_file.good_at(self._clock.now()):
            raise Unavailable(texts.NO_LIST.format(why=error.texts)) from None
        if not self._trouble:
            log.warning(
                "going by revocation list %s, good until %s: %s", on_file.number, on_file.next_update, error.detail
            )
            self._trouble = True
        return on_file


def _noticed(task: asyncio.Task[RevocationList]) -> None:
    # All who waited may have gone away; the task's error has then been told to nobody, and that is no fault.
    if not task.cancelled():
        task.exception()
