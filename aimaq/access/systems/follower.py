"""The follower: keeps a service's directory current, by asking the registry again and again what has changed.

The registry holds each question until there is something to say. While it is out of reach, what was known last stays in
force, and `note` says for how long; what is known is also on disk, for the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import AimaqError
from aimaq.language.signing.jws import Directory
from aimaq.access.systems.roster import Roster, take

log = logging.getLogger(__name__)

WAIT = 25.0
"""Seconds that the registry may hold a question."""
FIRST = 2.0
"""Seconds that a service waits for the first answer before it begins to work with what it remembers."""
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
_SERIOUS = 3
"""So many times in a row a question must have failed before the log tells of it: a restart is not worth a line."""

Ask = Callable[[int, float], Awaitable[Roster]]
"""Asks for what changed after a version, waiting so many seconds at most; Unavailable if there is no answer."""


class Follower:
    """Keeps one directory current. `keep` is called when it has changed, to keep it; OSError if that fails."""

    def __init__(self, ask: Ask, directory: Directory, trust: TrustStore, keep: Callable[[], None]) -> None:
        self._ask, self._directory, self._trust, self._keep = ask, directory, trust, keep
        self._tried = asyncio.Event()
        self._kept = True
        self._trouble = "the registry has not answered yet"
        self._since: float | None = None
        """When, by the loop's clock, the registry was heard of last before the trouble began."""

    async def run(self) -> None:
        """Follow until cancelled."""
        version, failures = 0, 0
        while True:
            try:
                roster = await self._ask(version, WAIT if version else 0.0)
            except AimaqError as error:
                self._suffer(error.detail, failures)
            except Exception as error:
                if not failures:
                    log.exception("the systems' certificates could not be asked for")
                self._suffer(f"{type(error).__name__}: {error}", failures)
            else:
                if failures > _SERIOUS:
                    log.info("the systems' certificates are known again as of version %d", roster.version)
                self._take(roster)
                # An earlier version than the one known is another registry's: what it has is asked for from the start.
                version, failures = roster.version if roster.version >= version else 0, 0
                self._tried.set()
                continue
            version = 0
            self._tried.set()
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1

    async def first(self) -> None:
        """Return when the registry was asked once, whatever came of it, or after `FIRST` seconds."""
        try:
            async with asyncio.timeout(FIRST):
                await self._tried.wait()
        except TimeoutError:
            log.info("the registry has not told the systems' certificates yet; those remembered are in force")

    def note(self) -> str | None:
        """What is to be told of the state of the directory, in a line; None if it is current."""
        if not self._trouble:
            return None
        if self._since is None:
            return f"the systems' certificates are those of the last run: {self._trouble}"
        age = asyncio.get_running_loop().time() - self._since
        return f"the systems' certificates are {age:.0f} s old: {self._trouble}"

    def _take(self, roster: Roster) -> None:
        for fault in take(self._directory, roster, self._trust):
            log.error("the registry tells of what cannot be believed: %s", fault)
        self._since, self._trouble = asyncio.get_running_loop().time(), ""
        if not roster.systems and self._kept:
            return
        try:
            self._keep()
            self._kept = True
        except OSError as error:
            self._kept, self._trouble = False, f"they cannot be kept for the next start: {error}"
            log.error("the systems' certificates: %s", self._trouble)

    def _suffer(self, why: str, failures: int) -> None:
        if failures == _SERIOUS:
            log.warning("the systems' certificates stay as they are known: %s", why)
        self._trouble = why
