"""The crowd: citizens who sign one request after the other, wait for each answer, and write both into the account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stand.people.person import Person
from tests.citizens import Citizen, Endpoint, Refused
from tests.storm.account import Account
from tests.waiting import eventually, until

LONGEST = 3600.0
"""Seconds that a citizen waits for an answer: longer than anybody waits for the citizens."""
ROOM = 0.02
"""Seconds between two looks at whether there is room for one more."""


class Crowd:
    """Citizens at work until `stop`. Nobody signs while `paused`, or while `most` accepted cases wait already.

    `rate` is how many cases a second they begin at most; 0 is as many as they can. What is accepted is written into the
    `account` that there is when it begins.
    """

    def __init__(self, url: str, people: Sequence[Person], *, most: int = 100) -> None:
        self.account, self.most, self.rate, self.paused = Account(), most, 0.0, True
        self.portal, self.people = Endpoint(url), people
        self._next = 0.0
        self._signing = 0
        self._over = False
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Task[None]] = set()
        self._signers = [asyncio.create_task(self._sign(person)) for person in people]

    async def _sign(self, person: Person) -> None:
        while not self._over:
            if not self._room():
                await until(self._loop.time() + ROOM)
                continue
            if self.rate:
                self._next = max(self._next + 1 / self.rate, self._loop.time())
                await until(self._next)
            citizen, account = Citizen(self.portal, person), self.account
            self._signing += 1
            try:
                account.accept(await citizen.sign(), self._loop.time())
                waiting = asyncio.create_task(self._wait(citizen, account))
                self._waiting.add(waiting)
                waiting.add_done_callback(self._waiting.discard)
            except Refused as refused:
                account.refused.append(str(refused))
            finally:
                self._signing -= 1

    async def _wait(self, citizen: Citizen, account: Account) -> None:
        try:
            case = await citizen.answer(within=LONGEST)
            account.finish(citizen.case_id, self._loop.time(), result=case["result"] is not None)
        except Refused as refused:
            account.refused.append(str(refused))

    def _room(self) -> bool:
        return not self.paused and self.account.open + self._signing < self.most

    async def more(self, count: int, within: float = 120) -> None:
        """Return when so many more cases have come to their end."""
        target = self.account.finishes + count
        await eventually(
            lambda: self.account.finishes >= target or self._broken(), within=within, what=f"{count} more ends"
        )
        self._raise()

    async def rest(self, within: float) -> None:
        """Sign no more, and return when every case has come to its end, or that time is over."""
        self.paused = True
        try:
            await eventually(lambda: not (self.account.open or self._signing) or self._broken(), within=within)
        except AssertionError:
            return  # what is missing is found by the one who looks at each case
        self._raise()

    async def stop(self) -> None:
        """Go home."""
        self._over = True
        for task in (*self._signers, *self._waiting):
            task.cancel()
        await asyncio.gather(*self._signers, *self._waiting, return_exceptions=True)
        await self.portal.close()

    def _broken(self) -> bool:
        return any(task.done() for task in self._signers)

    def _raise(self) -> None:
        for task in self._signers:
            if task.done():
                task.result()
