"""The stands that are measured, each in processes of its own, so that the load's own work is not counted as theirs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from stand import databases
from stand.provision import broker
from stand.runtime.embedded import door
from stand.runtime.supervisor import prepare, supervised
from stand.up import until_ready

COMMON = {
    "password_memory": "8", "password_rounds": "1", "crl_age": "60", "autopilot": "1", "autopilot_papers": "0",
    "log_level": "warning",
}  # fmt: skip
"""What every stand under the bench has: cheap passwords and no papers, so that it measures neither Argon2 nor typst."""

NAIVE = {"batch": "1", "bundle": "1", "prefetch": "1", "window": "1", "pace": "0", "linger": "0", "sheaf": "1"}
"""One commit, one confirm, one signature and prefetch 1 a message: the yardstick."""

SINGLE = {"bundle": "1"}
"""One envelope an AMQP message, all else as usual."""

START = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A stand under measurement: where it is, and the processes whose time counts."""

    urls: dict[str, str]
    admin_token: str
    pids: tuple[int, ...]

    def cpu(self) -> float:
        """Seconds of processor time that the stand's processes have used."""
        times = [psutil.Process(pid).cpu_times() for pid in self.pids]
        return sum(t.user + t.system for t in times)

    def memory(self) -> float:
        """Resident megabytes of the stand's processes."""
        return sum(psutil.Process(pid).memory_info().rss for pid in self.pids) / 1e6


def ports_in_a_row() -> dict[str, int]:
    """Five free ports, one after the other; processes that ask at the same time look in different places."""
    rows = range(20_000, 32_000, len(PARTIES))
    begin = os.getpid() % len(rows)
    for first in (*rows[begin:], *rows[:begin]):
        ports = {party: first + index for index, party in enumerate(PARTIES)}
        try:
            with ExitStack() as stack:
                for port in ports.values():
                    stack.enter_context(door("127.0.0.1", port))
        except Unavailable:
            continue
        return ports
    raise Unavailable("there are no five free ports in a row")


@asynccontextmanager
async def in_one_process(tuning: Mapping[str, str]) -> AsyncIterator[Measured]:
    """The embedded stand: memory bus, SQLite."""
    with tempfile.TemporaryDirectory(prefix="aimaq-bench-") as folder:
        home, ports = Path(folder), ports_in_a_row()
        urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
        environment = {f"AIMAQ_{name.upper()}": value for name, value in (COMMON | dict(tuning)).items()}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "stand", "up", "--home", str(home), "--autopilot",
            "--first-port", str(ports[PARTIES[0]]),
            env={**os.environ, **environment}, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await until_ready(urls, START)
            token = (home / "keys" / "admin.token").read_text(encoding="ascii").strip()
            yield Measured(urls, token, (process.pid,))
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), START)


@asynccontextmanager
async def in_five(broker_url: str, database_url: str, tuning: Mapping[str, str]) -> AsyncIterator[Measured]:
    """Five processes on RabbitMQ and PostgreSQL, on a virtual host and databases of their own, removed afterwards."""
    name = f"aimaqbench{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="aimaq-bench-") as folder:
        ports = ports_in_a_row()
        urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
        try:
            environments, token = await prepare(
                Path(folder), broker_url, database_url, ports=ports, prefix=name, vhost=name, **(COMMON | dict(tuning))
            )
            async with supervised(environments) as supervisor:
                await until_ready(urls, START)
                yield Measured(urls, token, tuple(supervisor.pid(party) for party in PARTIES))
                if supervisor.restarts:
                    raise Unavailable("a service died under the load; see its log above")
        finally:
            await broker.remove(name, name, broker.admin_of(broker_url, None))
            await databases.drop(database_url, name)
