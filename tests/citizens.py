"""Citizens who ask again whenever nobody answers, over REST alone, and remember what was accepted."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

import orjson

from aimaq.language.messages import FINAL
from stand.bench.http import HttpConnection
from stand.bench.load import FORM, PASSWORD, REGULATION
from stand.people.person import Person
from tests.waiting import eventually

ATTEMPT = 15.0
"""Seconds after which a call that is not answered is given up and made again."""
AGAIN = 0.2
"""Seconds until a call is made again."""
PATIENCE = 180.0
"""Seconds in which somebody must have answered."""
BUSY, NOT_NOW = 429, 503


class Refused(AssertionError):
    """An honest call was answered with a refusal."""

    def __init__(self, call: str, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{call} answered {status}: {answer.get('detail', answer)}")
        self.status = status


@dataclass
class Endpoint:
    """One service as its callers have it: connections that are used again, and calls that are made until answered.

    `faults` are the calls that were answered with a fault, in a line each: not now is 503, and nothing else.
    """

    url: str
    faults: list[str] = field(default_factory=list)
    _idle: list[HttpConnection] = field(default_factory=list)

    async def attempt(self, method: str, path: str, body: Any = None, token: str = "", prefer: str = "") -> Any:
        """Status and JSON of the answer to one call; None if there was none in time, or not now (429, 5xx)."""
        connection = self._idle.pop() if self._idle else HttpConnection(self.url)
        whole = False
        try:
            async with asyncio.timeout(ATTEMPT):
                status, content = await connection.exchange(method, path, body, token, prefer)
            whole = True
        except (OSError, EOFError, TimeoutError):
            return None
        finally:
            if whole:
                self._idle.append(connection)
            else:
                await connection.close()
        if status >= 500 and status != NOT_NOW:
            self.faults.append(f"{method} {path} answered {status}: {content[:200].decode(errors='replace')}")
        return (status, orjson.loads(content) if content else {}) if status < 500 and status != BUSY else None

    async def insist(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        good: tuple[int, ...] = (200,),
        token: str = "",
        prefer: str = "",
    ) -> dict[str, Any]:
        """The answer, once there is one; Refused if its status is not good."""
        call = f"{method} {path}"
        status, answer = await eventually(
            lambda: self.attempt(method, path, body, token, prefer), within=PATIENCE, every=AGAIN, what=call
        )
        if status not in good:
            raise Refused(call, status, answer)
        found: dict[str, Any] = answer if isinstance(answer, dict) else {"items": answer}
        return found

    async def close(self) -> None:
        """Hang up."""
        for connection in self._idle:
            await connection.close()
        self._idle.clear()


@dataclass
class Citizen:
    """One citizen with one case; a session that has ended is opened anew."""

    portal: Endpoint
    person: Person
    case_id: str = ""
    _token: str = ""

    async def sign(self) -> str:
        """Make a request up to the accepted signature; answers with the case's id."""
        login = {"regulation": REGULATION, "login": self._login}
        opened = await self.portal.insist("POST", "/cases", login, good=(201,))
        self._token, self.case_id = opened["token"], str(opened["case_id"])
        form = FORM | {"iin": self.person.iin, "name": self.person.name}
        filled = await self._call("PUT", "/form", form, (200,))
        cms = base64.b64encode(self.person.sign(base64.b64decode(filled["document"]))).decode()
        # 409: the first attempt was accepted, and only its answer was lost
        await self._call("POST", "/signature", {"cms": cms}, (200, 202, 409))
        return self.case_id

    async def look(self, prefer: str = "") -> dict[str, Any]:
        """The case as the portal shows it now; Refused if it does not know it."""
        return await self._call("GET", "", None, (200,), prefer)

    async def answer(self, within: float = 120) -> dict[str, Any]:
        """The case once it has a final status; AssertionError if that takes longer."""

        async def done() -> dict[str, Any] | None:
            case = await self.look("wait=5")
            return case if case["status"] in FINAL else None

        return await eventually(done, within=within, what=f"the end of {self.case_id}")

    @property
    def _login(self) -> dict[str, str]:
        return {"iin": self.person.iin, "password": PASSWORD}

    async def _call(self, method: str, path: str, body: Any, good: tuple[int, ...], prefer: str = "") -> dict[str, Any]:
        where = f"/cases/{self.case_id}{path}"
        try:
            return await self.portal.insist(method, where, body, good=good, token=self._token, prefer=prefer)
        except Refused as refused:
            if refused.status != 401:
                raise
        session = await self.portal.insist("POST", "/sessions", self._login, good=(201,))
        self._token = session["token"]
        return await self.portal.insist(method, where, body, good=good, token=self._token, prefer=prefer)
