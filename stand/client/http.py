"""One service's REST API, as a client sees it: a call and its answer, or the service is out of reach."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from aimaq.http.client import exchange
from aimaq.language.errors import Technical, Unavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
"""Seconds between two tries at a service that says it is not available just now."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered: the HTTP status, and the JSON object in the body (empty if there was none)."""

    status: int
    body: dict[str, Any]

    @property
    def refused(self) -> bool:
        """Whether the service did not do what it was asked."""
        return self.status >= 400

    @property
    def detail(self) -> str:
        """What the problem document says, or the status alone."""
        return str(self.body.get("detail") or self.body.get("title") or f"HTTP {self.status}")


@dataclass(frozen=True, slots=True)
class ServiceClient:
    """The API of one service. `patience` is how many seconds a 503 is tried again before it counts."""

    session: httpx.AsyncClient
    url: str
    patience: float = 10.0

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str = "", prefer: str = "", language: str = "en"
    ) -> Reply:
        """One call, with its answer whatever it is; Unavailable if there is none, or it is a fault of the service."""
        headers = {"Accept-Language": language, "Accept": "application/json, application/problem+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if prefer:
            headers["Prefer"] = prefer
        loop = asyncio.get_running_loop()
        due, pause = loop.time() + self.patience, FIRST_PAUSE
        while True:
            reply = await self._once(method, path, body, headers)
            if reply.status < 500:
                return reply
            if reply.status != 503 or loop.time() + pause > due:
                raise Unavailable(Technical(f"{method} {self.url}{path} answers {reply.status}: {reply.detail}"))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def fetch(self, path: str, *, token: str = "") -> bytes:
        """What lies at a path, as it comes; empty if it is not given. Unavailable if the service is out of reach."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with exchange(self.session, "GET", self.url + path, peer=self.url, headers=headers) as response:
            return await response.aread() if response.status_code == 200 else b""

    async def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        async with exchange(
            self.session, method, self.url + path, peer=self.url, headers=headers, json=body
        ) as response:
            text, status = await response.aread(), response.status_code
        if not text:
            return Reply(status, {})
        try:
            found = orjson.loads(text)
        except ValueError:
            raise Unavailable(Technical(f"{method} {self.url}{path} answers {status}, and not in JSON")) from None
        return Reply(status, found if isinstance(found, dict) else {"items": found})
