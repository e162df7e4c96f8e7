"""Where a service gets the status of one certificate: the registry's responder, and the answers remembered of it.

`AnswerSource` asks the responder as often as `max_age` says, and never relies on an answer beyond its next update. What
is remembered is bounded to `REMEMBERED` answers. A revocation in the same process empties it at once: see `withdrawn`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from weakref import WeakSet

import httpx

from aimaq.eds.http import Peer
from aimaq.eds.revocation import texts
from aimaq.eds.revocation.ocsp import LARGEST, Answer, Question
from aimaq.eds.revocation.status import Status
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.clock import Clock
from aimaq.language.errors import BadSignature, Unavailable

REMEMBERED = 4096
NONCE = 16
"""Bytes that each question has of its own."""

_RESPONDER = Peer(
    "the responder",
    "application/ocsp-request",
    LARGEST,
    answer=texts.THE_ANSWER,
    away=texts.RESPONDER_AWAY,
    refused=texts.RESPONDER_ANSWERED,
)

log = logging.getLogger(__name__)


class Answers:
    """The last answers by certificate, each with when it was asked for; those not used for longest make room."""

    def __init__(self) -> None:
        self._cached: OrderedDict[bytes, tuple[datetime, Answer]] = OrderedDict()
        self.emptied = 0
        """How often it was emptied: an answer asked for before is not put in after."""
        _OF_THIS_PROCESS.add(self)

    def __len__(self) -> int:
        return len(self._cached)

    def get(self, certificate: Certificate, at: datetime, max_age: timedelta) -> Answer | None:
        """The answer of this age at most, if there is one that still counts."""
        current = self._cached.get(certificate.digest)
        if current is None:
            return None
        asked_at, answer = current
        if not (asked_at <= at < asked_at + max_age and answer.good_at(at)):
            return None
        self._cached.move_to_end(certificate.digest)
        return answer

    def put(self, certificate: Certificate, asked_at: datetime, answer: Answer) -> None:
        """Remember an answer."""
        self._cached[certificate.digest] = asked_at, answer
        self._cached.move_to_end(certificate.digest)
        if len(self._cached) > REMEMBERED:
            self._cached.popitem(last=False)

    def empty(self) -> None:
        """Forget every answer."""
        self._cached.clear()
        self.emptied += 1


_OF_THIS_PROCESS: WeakSet[Answers] = WeakSet()


def withdrawn() -> None:
    """Empty what every service in this process remembers; whoever revokes or suspends a certificate calls it."""
    for answers in list(_OF_THIS_PROCESS):
        answers.empty()


class AnswerSource:
    """The registry's responder, asked over HTTP.

    `max_age` is in seconds of the stand's clock, 0 asks at each check; `timeout` is in real seconds; `nonce` draws so
    many random bytes.
    """

    def __init__(
        self,
        url: str,
        trust: TrustStore,
        clock: Clock,
        session: httpx.AsyncClient,
        nonce: Callable[[int], bytes],
        *,
        max_age: float = 0,
        timeout: float = 5,
    ) -> None:
        self._url, self._trust, self._clock, self._session, self._nonce = url, trust, clock, session, nonce
        self._max_age = timedelta(seconds=max_age)
        self._timeout = timeout
        self.answers = Answers()

    async def status(self, certificate: Certificate) -> Status:
        """The status of a certificate, which an authority trusted here issued.

        Unavailable if the responder is out of reach, or what it answers cannot be believed.
        """
        at = self._clock.now()
        known = self.answers.get(certificate, at, self._max_age)
        if known is not None:
            return known.status
        issuer = self._trust.authority(certificate.issuer)
        if issuer is None:
            return Status("ocsp", unknown=texts.UNKNOWN_ISSUER)
        emptied = self.answers.emptied
        question = Question(certificate, issuer, self._nonce(NONCE))
        try:
            data = await _RESPONDER.ask(self._session, self._url, question.der, timeout=self._timeout)
            answer = question.answered(data, self._clock.now())
        except BadSignature as error:
            log.warning("the responder cannot be believed: %s", error.detail)
            raise Unavailable(error.texts) from None
        if self._max_age and emptied == self.answers.emptied and not answer.status.unknown:
            self.answers.put(certificate, at, answer)
        return answer.status
