"""The storm: disasters on one stand under load, each measured, and every accepted case looked at afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from random import Random

from aimaq.language.messages import PARTIES
from stand.bench.load import citizens
from tests.storm.account import Account, Row, judged
from tests.storm.crowd import Crowd
from tests.storm.lines import Line
from tests.storm.place import Place
from tests.storm.watch import Watch
from tests.waiting import eventually, until

TOGETHER = 8
"""Citizens who sign at the same time."""
RATE = 25.0
"""Cases a second that they begin where one disaster is measured: the machine has time for the disaster too."""
RECOVERY = 60.0
"""Seconds after a fault's end in which a case must have finished, for its recovery to be measured at all."""
PATIENCE = 90.0
"""Seconds after which a case that has not come to its end is stuck."""
BETWEEN = 500
"""Cases that come to their end between one disaster and the next of the run at random."""
RANDOM = "random"
"""The line of the run in which disasters are drawn."""


@dataclass(frozen=True)
class Strike:
    """One disaster, measured: seconds to the first end after it, and seconds of blindness.

    `unready` is who was not ready meanwhile, `end` when it was over, by the loop.
    """

    line: str
    recovery: float | None
    blind: float
    unready: tuple[str, ...]
    end: float


@dataclass
class Storm:
    """A place with a crowd in it."""

    place: Place
    seed: int
    crowd: Crowd
    watch: Watch
    strikes: list[Strike] = field(default_factory=list)
    """Every disaster there was, in order."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, it ends the run at random after the disaster that there is: what was accepted is judged."""

    async def row(self, line: Line, *, warm: int = 20, seconds: float | None = None) -> Row:
        """One disaster under load, as a line of the table. `warm` is how many cases end before it and after it."""
        account = self.begin(RATE)
        chance = Random(f"{self.seed} {line.name}")
        strike = await self._strike(line, chance, warm, line.seconds if seconds is None else seconds)
        await self._more(warm)
        return await self._judge(line.name, account, [strike])

    async def random(self, lines: Sequence[Line], cases: int) -> Row:
        """Disasters drawn by the seed while so many cases are accepted, as one line of the table: the worst of each."""
        account, chance = self.begin(0.0), Random(f"{self.seed} {RANDOM}")
        strikes = list[Strike]()
        while not strikes or (len(account.cases) < cases and not self.enough.is_set()):
            line = chance.choice(lines)
            strikes.append(await self._strike(line, chance, BETWEEN, chance.uniform(0.5, 1) * line.seconds))
        return await self._judge(RANDOM, account, strikes)

    async def _more(self, count: int) -> None:
        with suppress(AssertionError):  # what does not go on is found as stuck
            await self.crowd.more(count, within=RECOVERY)

    def begin(self, rate: float) -> Account:
        """Have the crowd begin so many cases a second at most (0: as many as it can), with a new account."""
        account = self.crowd.account = self.watch.account = Account()
        self.crowd.rate, self.crowd.paused = rate, False
        return account

    async def _strike(self, line: Line, chance: Random, warm: int, seconds: float) -> Strike:
        loop, account = asyncio.get_running_loop(), self.crowd.account
        await self._more(warm)
        async with self.watch.looking():
            begin = loop.time()
            async with line.fault(replace(self.place, chance=chance)):
                await until(begin + seconds)
            end = loop.time()
            recovery: float | None = None
            with suppress(AssertionError):
                await eventually(lambda: account.recovered(begin, end) is not None, within=RECOVERY, every=0.05)
                recovery = account.recovered(begin, end)
        unready = tuple(party for party in PARTIES if party in self.watch.unready)
        strike = Strike(line.name, recovery, self.watch.quiet.blind, unready, end)
        self.strikes.append(strike)
        return strike

    async def _judge(self, name: str, account: Account, strikes: Sequence[Strike]) -> Row:
        await self.crowd.rest(PATIENCE)
        faults = self.crowd.portal.faults
        notes = [*account.refused[:3], *faults[:3]]
        faults.clear()
        with suppress(AssertionError):
            await eventually(self._nothing_left, within=PATIENCE, every=0.5)
        notes += await self.watch.left()
        evidence = await self.watch.settled(account.cases, PATIENCE)
        worst = None if any(strike.recovery is None for strike in strikes) else max(s.recovery or 0.0 for s in strikes)
        unready = {party for strike in strikes for party in strike.unready}
        blind = max(strike.blind for strike in strikes)
        drains = [drain for strike in strikes if (drain := account.drained(strike.end)) is not None]
        drain = min(drains, default=None)
        return judged(name, self.seed, evidence, worst, blind, notes=notes, unready=unready, drain=drain)

    async def _nothing_left(self) -> bool:
        return not await self.watch.left()


@asynccontextmanager
async def storm(place: Place, seed: int, *, together: int = TOGETHER) -> AsyncIterator[Storm]:
    """A storm in this place: people are registered, and wait to begin."""
    stand = place.stand
    crowd = Crowd(stand.urls["portal"], await citizens(stand.urls, stand.tokens["registry"], together))
    watch = Watch(stand, crowd.account)
    try:
        yield Storm(place, seed, crowd, watch)
    finally:
        await crowd.stop()
        await watch.close()
