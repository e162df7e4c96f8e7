"""The load: citizens who make complete requests at the portal, and what they saw.

A case is what a citizen does: sign in for the service with the form filled in, sign the document, and wait for the
answer. The officials are the autopilot. Latency is from the first request to the signed answer in the citizen's hands.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from aimaq.http.client import http_client
from aimaq.language.errors import Technical, Unavailable
from stand.bench.http import HttpConnection
from stand.people.person import Person, people

REGULATION = "unemployed-certificate-2012"
FORM = {"address": "Мамлют ауданы, Абай көшесі, 1", "purpose": "жұмыспен қамту орталығына"}
PASSWORD = "bench-password"  # noqa: S105 - of synthetic people on a stand of their own
PATIENCE = 60


@dataclass(slots=True)
class LoadResult:
    """What the load saw: each case's latency in seconds, and how long the whole took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Complete cases a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """The latency, in seconds, that this share of the cases did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def citizens(urls: dict[str, str], registry_token: str, count: int) -> list[Person]:
    """Synthetic citizens with certificates, registered at the portal."""
    crowd = [person for person, _ in zip(people("bench"), range(count), strict=False)]
    async with http_client() as session:
        for person in crowd:
            await person.request_certificate(session, urls["registry"], registry_token)
            user = {"iin": person.iin, "name": person.name, "password": PASSWORD}
            response = await session.post(f"{urls['portal']}/users", json=user)
            if response.status_code != 201:
                raise Unavailable(Technical(f"the portal would not register a citizen: {response.text}"))
    return crowd


async def one_case(connection: HttpConnection, person: Person) -> None:
    """One complete request, up to the final status."""
    request = {
        "regulation": REGULATION,
        "login": {"iin": person.iin, "password": PASSWORD},
        "form": FORM | {"iin": person.iin, "name": person.name},
    }
    opened = await connection.call("POST", "/cases", request)
    cms = base64.b64encode(person.sign(base64.b64decode(opened["document"]))).decode()
    path = f"/cases/{opened['case_id']}/signature"
    shown = await connection.call("POST", path, {"cms": cms}, opened["token"], f"wait={PATIENCE}")
    if shown["status"] != "completed" or shown["result"] is None:
        raise Unavailable(Technical(f"case {opened['case_id']} stands at {shown['at']} after {PATIENCE} s"))


async def in_flight(portal: str, crowd: Sequence[Person], cases: int, together: int) -> LoadResult:
    """Make `cases` requests with `together` of them under way at any time."""
    result, left = LoadResult(), iter(range(cases))

    async def worker(number: int) -> None:
        connection, person = HttpConnection(portal), crowd[number % len(crowd)]
        for _ in left:
            began = time.perf_counter()
            await one_case(connection, person)
            result.latencies.append(time.perf_counter() - began)
        await connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(worker(number) for number in range(together)))
    result.seconds = time.perf_counter() - began
    return result


async def steady(portal: str, crowd: Sequence[Person], rate: float, seconds: float) -> LoadResult:
    """Begin `rate` cases a second, evenly, whatever becomes of those before; latency counts from the planned start."""
    result, idle = LoadResult(), [HttpConnection(portal) for _ in range(16)]
    loop = asyncio.get_running_loop()

    async def case(number: int, planned: float) -> None:
        connection = idle.pop() if idle else HttpConnection(portal)
        await one_case(connection, crowd[number % len(crowd)])
        result.latencies.append(time.perf_counter() - planned)
        idle.append(connection)

    began, base = time.perf_counter(), loop.time()
    running: list[asyncio.Task[None]] = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, base + number / rate - loop.time()))
        running.append(asyncio.create_task(case(number, began + number / rate)))
    await asyncio.gather(*running)
    result.seconds = time.perf_counter() - began
    for connection in idle:
        await connection.close()
    return result
