"""The limit of this machine: a real case's bytes through as many hops, signatures, verifications and commits.

Two processes throw the messages of a case to and fro. Each verifies what it gets, writes the bytes to its database, a
commit a batch, signs as large a share of them anew as our own systems do, a sheaf at a time, and sends them on. There
is no HTTP, no envelope, no regulation. What the stand reaches beside this figure is what its own thinking costs.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from aimaq.access.systems import keystore
from aimaq.bus import OutgoingMessage
from aimaq.bus.rabbit.bus import RabbitBus
from aimaq.language.clock import SystemClock
from aimaq.language.errors import Technical, Unavailable
from aimaq.language.ids import Ids
from stand.bench.stands import Servers
from stand.provision import broker, databases, keys

BATCH = 64
HALVES = ("portal", "gateway")


@dataclass(frozen=True, slots=True)
class CaseTraffic:
    """What one case consists of: the bytes of each hop, and how many of them are signed anew."""

    bodies: tuple[bytes, ...]
    signed: int


def in_memory(traffic: CaseTraffic, seconds: float = 4.0) -> float:
    """Cases a second in one process: sign, verify, write to SQLite with full synchronisation, a commit a batch."""
    with tempfile.TemporaryDirectory(prefix="aimaq-limit-") as folder:
        home, clock = Path(folder), SystemClock()
        keys.provision(home, clock)
        signer = keystore.load_signer(home, "portal", clock.now())
        first, second = keystore.load_directory(home), keystore.load_directory(home)
        data = sqlite3.connect(home / "limit.db", isolation_level=None)
        data.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE kept (body BLOB, mark TEXT)")
        began, cases = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            bodies = traffic.bodies * (BATCH // len(traffic.bodies) + 1)
            marks = signer.sign_all(bodies[: len(bodies) * traffic.signed // len(traffic.bodies)], BATCH)
            rows = [(body, marks[i % len(marks)]) for i, body in enumerate(bodies)]
            now = clock.now()
            for i in range(len(bodies)):  # what is verified twice is so by two systems
                verifier = first if i < len(marks) else second
                verifier.verify(bodies[i % len(marks)], marks[i % len(marks)], now)
            data.execute("BEGIN")
            data.executemany("INSERT INTO kept VALUES (?, ?)", rows)
            data.execute("COMMIT")
            cases += len(bodies) // len(traffic.bodies)
        data.close()
        return cases / (time.perf_counter() - began)


async def over_broker(traffic: CaseTraffic, servers: Servers, seconds: float = 6.0) -> float:
    """Cases a second over RabbitMQ and PostgreSQL, on a virtual host and databases of their own, removed afterwards."""
    name = f"aimaqlimit{os.getpid()}"
    admin = broker.admin_of(servers.broker, servers.management)
    with tempfile.TemporaryDirectory(prefix="aimaq-limit-") as folder:
        home = Path(folder)
        keys.provision(home, SystemClock())
        try:
            await databases.make(servers.database, name)
            secrets = broker.passwords(home / "keys" / "broker")
            await broker.prepare(name, name, secrets, admin)
            urls = {p: broker.party_url(servers.broker, p, secrets[p], prefix=name, vhost=name) for p in HALVES}
            data = databases.urls(servers.database, name)
            return await asyncio.to_thread(_race, home, name, urls, data, traffic, seconds)
        finally:
            await broker.remove(name, name, admin)
            await databases.drop(servers.database, name)


def _race(
    home: Path, prefix: str, urls: dict[str, str], data: dict[str, str], traffic: CaseTraffic, seconds: float
) -> float:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    halves = [
        context.Process(target=_half, args=(home, prefix, party, urls[party], data[party], traffic, seconds, answers))
        for party in HALVES
    ]
    for half in halves:
        half.start()
    try:
        hops = sum(answers.get(timeout=seconds + 60) for _ in halves)
    except Exception as error:
        raise Unavailable(Technical("the limit of the machine could not be measured")) from error
    finally:
        for half in halves:
            half.join(10)
            if half.is_alive():
                half.kill()
    return float(hops) / len(traffic.bodies)


def _half(
    home: Path,
    prefix: str,
    party: str,
    url: str,
    data: str,
    traffic: CaseTraffic,
    seconds: float,
    answers: multiprocessing.Queue[float],
) -> None:
    answers.put(asyncio.run(_play(home, prefix, party, url, data, traffic, seconds)))


async def _play(
    home: Path, prefix: str, party: str, url: str, data: str, traffic: CaseTraffic, seconds: float
) -> float:
    clock = SystemClock()
    ids, signer = Ids(clock), keystore.load_signer(home, party, clock.now())
    directory = keystore.load_directory(home)
    bus = RabbitBus(url, party, prefix=prefix)
    await bus.open()
    conn = await asyncpg.connect(make_url(data).set(drivername="postgresql").render_as_string(hide_password=False))
    await conn.execute("CREATE TABLE kept (body bytea, mark text)")
    other = HALVES[1 - HALVES.index(party)]

    def outgoing_messages(bodies: Sequence[bytes], marks: Sequence[str]) -> list[OutgoingMessage]:
        return [OutgoingMessage(ids(), "limit", other, b, m) for b, m in zip(bodies, marks, strict=True)]

    async def receive() -> int:
        hops, due = 0, None
        while due is None or time.perf_counter() < due:
            try:
                deliveries = await asyncio.wait_for(bus.receive(4 * BATCH), seconds + 20)
            except TimeoutError:
                break
            due = due or time.perf_counter() + seconds
            incoming_messages = [incoming for delivery in deliveries for incoming in delivery.incoming_messages]
            now = clock.now()
            for incoming in incoming_messages:
                directory.verify(incoming.body, incoming.signature, now)
            fresh = len(incoming_messages) * traffic.signed // len(traffic.bodies)
            marks = signer.sign_all([a.body for a in incoming_messages[:fresh]], BATCH) + [
                a.signature for a in incoming_messages[fresh:]
            ]
            async with conn.transaction():
                rows = [(a.body, m) for a, m in zip(incoming_messages, marks, strict=True)]
                await conn.executemany("INSERT INTO kept VALUES ($1, $2)", rows)
            await bus.settle(deliveries)
            sending.append(asyncio.create_task(bus.send(outgoing_messages([a.body for a in incoming_messages], marks))))
            hops += len(incoming_messages)
        return hops

    sending: list[asyncio.Task[object]] = []
    if party == HALVES[0]:
        bodies = list(traffic.bodies) * 24
        sending.append(asyncio.create_task(bus.send(outgoing_messages(bodies, signer.sign_all(bodies, BATCH)))))
    began = time.perf_counter()
    hops = await receive()
    took = min(time.perf_counter() - began, seconds)
    for task in sending:
        task.cancel()
    await conn.close()
    await bus.close()
    return hops / took
