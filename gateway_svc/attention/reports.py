"""What the services tell of themselves: the newest summary of each, and the answers to what they were commanded.

Summaries come past the inbox, over the control queue, and are kept in memory alone. A party that has told nothing for
`SILENT_AFTER` seconds is silent; nobody waits for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from aimaq.bus import GATEWAY, IncomingMessage
from aimaq.bus.control import Command, Result, Summary, opened, sealed
from aimaq.language.errors import NotAllowed, StaleMessage, Technical, TooManyRequests, Unavailable
from aimaq.language.messages import PARTIES
from aimaq.pipeline.attention.commands import Refusals
from aimaq.service import Service
from gateway_svc.attention.texts import SILENT

SILENT_AFTER = 25.0
"""Seconds, of real time, without a summary after which a party is silent: it tells something every ten."""
PATIENCE = 30.0
"""Seconds, of real time, that a party may take to answer a command; it is sent again meanwhile."""
MOST_A_SECOND = 20
"""Control messages of one party that are looked at in a second, beside the answers that it was asked for: what is above
is dropped unread."""
_MOST = 256
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Report:
    """A party's newest summary, and when, by the loop's clock, it came."""

    summary: Summary
    came: float


class Reports:
    """The newest summary of each party, and the commands that wait for an answer."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._newest: dict[str, Report] = {}
        self._ended: dict[str, list[str]] = {}
        """The runs of each party that have ended: what comes of them is old, whatever it says."""
        self._asked: dict[tuple[str, str], asyncio.Future[Result]] = {}
        """By party and id of the command: nobody answers what another was asked."""
        self._this_second: Counter[str] = Counter()
        self._second = 0
        self._began: float | None = None
        self.refusals = Refusals(service.party.name)
        self.changed = asyncio.Event()
        """Set when a summary has come; whoever waits for the next one clears it."""
        service.reporter.tell = self.keep

    async def run(self) -> None:
        """Take in what the services tell, until cancelled."""
        self._began = asyncio.get_running_loop().time()
        while True:
            for incoming in await self._service.dependencies.bus.receive_control(_MOST):
                await self.take(incoming)

    async def take(self, incoming: IncomingMessage) -> None:
        """Take in one control message; one that does not count is counted, and no more."""
        service = self._service
        try:
            self._limit(incoming.publisher)
            control = opened(incoming, service.party.verifier, service.clock, service.settings.message_skew)
            if isinstance(control, Command) or incoming.publisher not in PARTIES or incoming.publisher == GATEWAY:
                raise NotAllowed(Technical(f"{incoming.publisher} commands nobody"))
            if isinstance(control, Summary):
                await self.keep(control)
            elif (asked := self._asked.get((control.party, control.command_id))) is not None and not asked.done():
                asked.set_result(control)
                self._this_second[control.party] -= 1
        except Exception as error:
            self.refusals.add(incoming.publisher, error)

    async def keep(self, summary: Summary) -> None:
        """Keep a summary if it is newer than the one that is there; StaleMessage if not."""
        before = self._newest.get(summary.party)
        ended = self._ended.setdefault(summary.party, [])
        if before is not None and before.summary.run == summary.run:
            if summary.sequence <= before.summary.sequence:
                raise StaleMessage("a newer summary is known", field="sequence")
        elif summary.run in ended or (before is not None and summary.at < before.summary.at):
            raise StaleMessage("a newer run of the process is known", field="run")
        elif before is not None:
            ended.append(before.summary.run)
            del ended[:-_RUNS]
        self._newest[summary.party] = Report(summary, asyncio.get_running_loop().time())
        self.changed.set()

    def newest(self, party: str) -> Report | None:
        """What a party told last; None if it has told nothing since the gateway began."""
        return self._newest.get(party)

    def silence(self, party: str) -> float | None:
        """For how many seconds a party has told nothing, if that is too long; None while it is not, and for itself."""
        if party == self._service.party.name:
            return None
        now = asyncio.get_running_loop().time()
        report = self._newest.get(party)
        since = report.came if report is not None else self._began
        silent = now - since if since is not None else 0.0
        return silent if silent > SILENT_AFTER else None

    def outside(self, party: str) -> bool:
        """Whether a party is somebody else's system, which tells nothing and takes no commands."""
        return party in self._service.settings.outsiders

    async def ask(self, command: Command, patience: float = PATIENCE) -> Result:
        """Have a party do what a command says; Unavailable if it does not answer, or could not do anything.

        The command is sent again while there is no answer: what was done once is not done again.
        """
        result = await self._ask(command, patience)
        if result.refused:
            raise Unavailable(Technical(f"{command.party}: {result.refused}"))
        return result

    async def _ask(self, command: Command, patience: float) -> Result:
        service, party = self._service, command.party
        if party == service.party.name:
            return await service.commands.execute(command)
        if self.outside(party) or self.silence(party) is not None:
            raise Unavailable(SILENT.format(party=party))
        message = sealed(command, command.command_id, party, service.party.signer)
        asked: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._asked[party, command.command_id] = asked
        try:
            for _ in range(_TRIES):
                (error,) = await service.dependencies.bus.send_control([message])
                if error is not None and not isinstance(error, Unavailable):
                    raise Unavailable(Technical(error.detail))
                await asyncio.wait({asked}, timeout=patience / _TRIES)
                if asked.done():
                    return asked.result()
            raise Unavailable(SILENT.format(party=party))
        finally:
            del self._asked[party, command.command_id]

    def _limit(self, publisher: str | None) -> None:
        """TooManyRequests if a party has sent too many in this second."""
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second = second
            self._this_second.clear()
        self._this_second[publisher or ""] += 1
        awaited = sum(party == publisher for party, _ in self._asked)
        if self._this_second[publisher or ""] > MOST_A_SECOND + awaited:
            raise TooManyRequests(Technical(f"more than {MOST_A_SECOND} control messages in a second"))


_RUNS = 8
"""Runs of a party that are remembered as over."""
