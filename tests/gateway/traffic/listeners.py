"""Somebody who listens to the feed over a real connection, and reads it as a browser does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from stand.runtime.embedded import listening, listening_socket
from tests.parties import Parties
from tests.waiting import eventually


@dataclass
class Listener:
    """What has come of one feed so far."""

    numbers: list[int] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    last_id: str = ""
    beats: int = 0
    over: bool = False

    async def listen(self, response: httpx.Response) -> None:
        """Read until the feed ends."""
        lines: list[str] = []
        try:
            async for line in response.aiter_lines():
                if line:
                    lines.append(line)
                    continue
                self._event(lines)
                lines = []
        finally:
            self.over = True

    def _event(self, lines: list[str]) -> None:
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        self.beats += any(line.startswith(":") for line in lines)
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            record = json.loads(fields["data"])
            assert record["number"] == int(fields["id"])
            self.numbers.append(record["number"])
            self.records.append(record)

    async def until(self, number: int) -> None:
        """Return once the entry of this number, or a later one, has come."""
        await eventually(lambda: self.numbers and self.numbers[-1] >= number, what=f"entry {number} in the feed")


@asynccontextmanager
async def gateway_at(parties: Parties) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway, which listens on a port until the block ends; it has the administrator's token."""
    with listening_socket("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with (
            listening(parties.apps["gateway"], listener),
            httpx.AsyncClient(base_url=url, headers=parties.admin("gateway"), timeout=10, trust_env=False) as client,
        ):
            yield client


@asynccontextmanager
async def feed(client: httpx.AsyncClient, *, since: int | str | None = None, **query: Any) -> AsyncIterator[Listener]:
    """Listen until the block ends; `since` is the id of the last event."""
    headers = {"Last-Event-ID": str(since)} if since is not None else {}
    made = Listener()
    async with client.stream("GET", "/feed", params=query, headers=headers) as response:
        assert response.status_code == 200, (await response.aread()).decode()
        assert response.headers["content-type"].startswith("text/event-stream")
        task = asyncio.create_task(made.listen(response))
        try:
            await eventually(lambda: made.last_id, what="the beginning of the feed")
            yield made
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
