"""The check of the whole chain on demand: it runs beside the service, one at a time, and says how far it is.

What it came to is remembered until the next one, or until the gateway stops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aimaq.language.errors import AimaqError
from aimaq.language.texts import FAULT
from aimaq.service import Service
from gateway_svc.journal.audit import Audit
from gateway_svc.journal.chain import ChainHead
from gateway_svc.journal.views import VerificationState

log = logging.getLogger(__name__)


class Verification:
    """The last check of the chain of one gateway, or the one that is under way."""

    def __init__(self, service: Service, head: Callable[[], ChainHead]) -> None:
        self._service, self._head = service, head
        self._state = VerificationState("never")
        self._audit: Audit | None = None
        self._task: asyncio.Task[None] | None = None
        service.closers.append(self.stop)

    @property
    def state(self) -> VerificationState:
        """How far it is, or what it came to."""
        if self._audit is None:
            return self._state
        begun = self._state
        return VerificationState("running", begun.by, begun.began_at, None, self._audit.entries, begun.of)

    def start(self, by: str) -> VerificationState:
        """Begin a check for somebody, unless one is under way; how far it is."""
        if self._audit is None:
            now, head = self._service.clock.now(), self._head()
            self._audit = Audit(self._service)
            self._state = VerificationState("running", by, now, None, 0, head.number)
            self._task = asyncio.create_task(self._run(self._audit))
        return self.state

    async def stop(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, audit: Audit) -> None:
        begun, reason, report = self._state, "", None
        try:
            report = await audit.run(self._head())
        except AimaqError as error:
            reason = error.detail
        except Exception:
            log.exception("the journal could not be checked")
            reason = FAULT.en
        finally:
            self._audit = None
        self._state = VerificationState(
            "done" if report is not None else "failed",
            begun.by,
            begun.began_at,
            self._service.clock.now(),
            report.entries if report is not None else audit.entries,
            max(begun.of, report.entries if report is not None else 0),
            report,
            reason,
        )
