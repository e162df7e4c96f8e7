"""Revocation: the authority's list of withdrawn certificates (CRL, RFC 5280), and where a service gets it from.

`RevocationSource` asks the registry as often as `max_age` says. Checks that run at the same time share one request,
provided that it was sent after they asked: with `max_age` 0 a revocation counts in the very next check. Under load
requests are `spacing` apart, since asking costs ten times as much as checking a signature.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import aiohttp
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from aimaq.clock import Clock
from aimaq.eds.certificates import Certificate
from aimaq.eds.fetch import bounded
from aimaq.eds.status import Status
from aimaq.eds.trust import TrustStore
from aimaq.errors import BadSignature, Unavailable

LARGEST = 8 * 1024 * 1024
"""Bytes that a list may have."""
SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of the authority may be."""

_CLOSED = "this service is closing"

_UNREADABLE = (
    ValueError,
    TypeError,
    Warning,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises on a list that is not as it should be."""

_GOOD = Status("crl")

log = logging.getLogger(__name__)


class RevocationList:
    """One list, read and found to be signed by an authority trusted here; BadSignature if it is not."""

    def __init__(self, data: bytes, trust: TrustStore) -> None:
        try:
            crl = x509.load_der_x509_crl(data)
            authority = trust.authority(crl.issuer.public_bytes())
            key = authority.public_key() if authority is not None else None
            if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) or not crl.is_signature_valid(key):
                raise BadSignature("the revocation list is not signed by an authority trusted here")
            self._read(crl)
        except _UNREADABLE as error:
            raise BadSignature(f"the revocation list cannot be read: {error}") from None

    def _read(self, crl: x509.CertificateRevocationList) -> None:
        # A delta, or a list of a part of the certificates, says so in a critical extension: it is not the whole list.
        if any(extension.critical for extension in crl.extensions):
            raise BadSignature("the revocation list is not a complete one")
        if crl.next_update_utc is None:
            raise BadSignature("the revocation list does not say how long it is good")
        self.issuer = crl.issuer.public_bytes()
        self.number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        self.this_update, self.next_update = crl.last_update_utc, crl.next_update_utc
        self._crl = crl
        self._withdrawn = {entry.serial_number: entry.revocation_date_utc for entry in crl}

    def __len__(self) -> int:
        return len(self._withdrawn)

    def good_at(self, at: datetime) -> bool:
        """Whether the list may still be relied upon at this time, and is not from the future."""
        return self.this_update <= at + SKEW and at <= self.next_update

    def is_revoked(self, serial: int, at: datetime | None = None) -> bool:
        """Whether the certificate with this serial number was withdrawn; if `at` is given, by that time."""
        since = self._withdrawn.get(serial)
        return since is not None and (at is None or since <= at)

    def status(self, certificate: Certificate, at: datetime) -> Status:
        """What the list says of a certificate at this time, if it can: it must be its issuer's, and in date then."""
        if self.issuer != certificate.issuer:
            return Status("crl", unknown="there is no revocation list of the certificate's issuer")
        if at > self.next_update:
            return Status("crl", stale=f"the revocation list was good until {self.next_update:%F %T} UTC")
        since = self._withdrawn.get(certificate.serial)
        if since is None:
            return _GOOD
        return Status("crl", since=since, reason=self._reason(certificate.serial))

    def _reason(self, serial: int) -> x509.ReasonFlags:
        entry = self._crl.get_revoked_certificate_by_serial_number(serial)
        try:
            if entry is not None:
                return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        except _UNREADABLE:
            log.debug("the reason of a revocation in list %s cannot be read", self.number)
        return x509.ReasonFlags.unspecified


class RevocationSource:
    """The registry's list, fetched over HTTP when it is needed and kept while it is good.

    `max_age` is in seconds of the stand's clock; `timeout` and `spacing`, the least time between the beginnings of two
    requests, are in real seconds.
    """

    def __init__(
        self,
        url: str,
        trust: TrustStore,
        clock: Clock,
        session: aiohttp.ClientSession,
        *,
        max_age: float = 0,
        timeout: float = 5,
        spacing: float = 0.01,
    ) -> None:
        self._url = url
        self._trust = trust
        self._clock = clock
        self._session = session
        self._max_age = timedelta(seconds=max_age)
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._spacing = spacing
        self._not_before = float("-inf")
        self._closed = False
        self._trouble = False
        self._held: RevocationList | None = None
        self._etag = ""
        self._asked_at = datetime.min.replace(tzinfo=UTC)
        self._running: asyncio.Task[RevocationList] | None = None
        self._next: asyncio.Task[RevocationList] | None = None

    async def current(self) -> RevocationList:
        """A list no older than `max_age` allows; if the registry is out of reach, the last one while it is good.

        Unavailable if there is none such.
        """
        held, now = self._held, self._clock.now()
        if held is not None and held.good_at(now) and self._asked_at <= now < self._asked_at + self._max_age:
            return held
        if self._closed:
            raise Unavailable(_CLOSED)
        if self._next is None:
            self._next = asyncio.create_task(self._fetch_after(self._running), name="fetch revocation list")
            self._next.add_done_callback(_noticed)
        fetch = self._next
        await asyncio.wait([fetch])
        if fetch.cancelled():
            raise Unavailable(_CLOSED)
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
        if self._held is None or not self._held.good_at(self._clock.now()):
            raise Unavailable("the revocation list that the registry gives out is not in date")
        return self._held

    async def _fetch(self) -> None:
        headers = {"If-None-Match": self._etag} if self._etag else {}
        try:
            async with self._session.get(self._url, headers=headers, timeout=self._timeout) as response:
                if response.status == 304 and self._etag:
                    return
                if response.status != 200:
                    raise Unavailable(f"the registry answered {response.status} when asked for the revocation list")
                data = await bounded(response, LARGEST, "the revocation list")
                etag = response.headers.get("ETag", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the registry is out of reach: {str(error) or type(error).__name__}") from None
        fetched = RevocationList(data, self._trust)
        if self._held is not None and fetched.number < self._held.number and self._held.good_at(self._clock.now()):
            raise BadSignature(f"the revocation list {fetched.number} is older than {self._held.number}, seen before")
        self._held, self._etag = fetched, etag

    def _fallen_back_on(self, error: Unavailable | BadSignature) -> RevocationList:
        held = self._held
        if held is None or not held.good_at(self._clock.now()):
            raise Unavailable(f"there is no revocation list to go by: {error.detail}") from None
        if not self._trouble:
            log.warning("going by revocation list %s, good until %s: %s", held.number, held.next_update, error.detail)
            self._trouble = True
        return held


def _noticed(task: asyncio.Task[RevocationList]) -> None:
    # All who waited may have gone away; the task's error has then been told to nobody, and that is no fault.
    if not task.cancelled():
        task.exception()
