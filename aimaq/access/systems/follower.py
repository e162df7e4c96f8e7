"""The follower: keeps a service's directory current, by asking the registry again and again what has changed.

The registry holds each question until there is something to say. Each question has a nonce that the signed answer
repeats: whoever stands between can withhold an answer, and cannot give an old one. While no answer comes, what was
known last stays in force, and `note` says for how long; what is known is also on disk, for the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from aimaq.access.systems.roster import Roster, answered, take
from aimaq.access.systems.roster_signature import SignedRoster
from aimaq.eds.x509.trust import TrustStore
from aimaq.language.errors import AimaqError
from aimaq.language.signing.jws import Directory

log = logging.getLogger(__name__)

WAIT = 25.0
"""Seconds that the registry may hold a question."""
FIRST = 2.0
"""Seconds that a service waits for the first answer before it begins to work with what it remembers."""
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
_SERIOUS = 3
"""So many times in a row a question must have failed before the log tells of it: a restart is not worth a line."""

MOST = 32
"""Answers with changes that are kept one after the other, before everything is asked for again."""

Ask = Callable[[int, float, str], Awaitable[SignedRoster]]
"""Asks for what changed after a version, waiting so many seconds at most, with a nonce; Unavailable if there is no
answer."""
Keep = Callable[[Sequence[SignedRoster]], None]
"""Keeps the last complete roster and the changes since; OSError if that fails."""


class Follower:
    """Keeps one directory current. `draw` makes nonces; `newest` is the version remembered from the last run."""

    def __init__(
        self,
        ask: Ask,
        directory: Directory,
        trust: TrustStore,
        keep: Keep,
        draw: Callable[[], str],
        newest: int = 0,
    ) -> None:
        self._ask, self._directory, self._trust, self._keep, self._draw = ask, directory, trust, keep, draw
        self._newest = newest
        self._answers: list[SignedRoster] = []
        self._tried = asyncio.Event()
        self._stored = True
        self._trouble = "the registry has not answered yet"
        self._since: float | None = None
        """When, by the loop's clock, the registry was heard of last before the trouble began."""

    async def run(self) -> None:
        """Follow until cancelled."""
        version, failures = 0, 0
        while True:
            try:
                nonce = self._draw()
                signed = await self._ask(version, WAIT if version else 0.0, nonce)
                roster = answered(signed, self._trust, version, nonce)
            except AimaqError as error:
                self._suffer(error.detail, failures)
            except Exception as error:
                if not failures:
                    log.exception("the systems' certificates could not be asked for")
                self._suffer(f"{type(error).__name__}: {error}", failures)
            else:
                if failures > _SERIOUS:
                    log.info("the systems' certificates are known again as of version %d", roster.version)
                self._take(roster, signed)
                # An earlier version than the one known is another registry's: what it has is asked for from the start.
                version, failures = roster.version if roster.version >= version else 0, 0
                if len(self._answers) > MOST:
                    version = 0
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
        """What to report of the state of the directory, in a line; None if it is current."""
        if not self._trouble:
            return None
        if self._since is None:
            return f"the systems' certificates are those of the last run: {self._trouble}"
        age = asyncio.get_running_loop().time() - self._since
        return f"the systems' certificates are {age:.0f} s old: {self._trouble}"

    def _take(self, roster: Roster, signed: SignedRoster) -> None:
        if roster.version < self._newest:
            went = "the roster of the systems' certificates went back from version %d to %d: what was revoked stays so"
            log.warning(went, self._newest, roster.version)
        self._newest = roster.version
        for fault in take(self._directory, roster, self._trust):
            log.error("the registry tells of what cannot be believed: %s", fault)
        self._since, self._trouble = asyncio.get_running_loop().time(), ""
        if roster.after == 0:
            self._answers.clear()
        elif not roster.systems and self._stored:
            return
        if roster.systems or not self._answers:
            self._answers.append(signed)
        try:
            self._keep(self._answers)
            self._stored = True
        except OSError as error:
            self._stored, self._trouble = False, f"they cannot be kept for the next start: {error}"
            log.error("the systems' certificates: %s", self._trouble)

    def _suffer(self, why: str, failures: int) -> None:
        if failures == _SERIOUS:
            log.warning("the systems' certificates stay as they are known: %s", why)
        self._trouble = why
