"""The stands that are measured, each in processes of its own, so that the load's own work is not counted as theirs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from aimaq.language.errors import Technical, Unavailable
from aimaq.language.messages import PARTIES
from stand.client.address import Tokens
from stand.client.defaults import BROKER, DATABASE, MANAGEMENT
from stand.provision import broker, databases
from stand.runtime.embedded import listening_socket
from stand.runtime.up import until_ready

COMMON = {
    "password_memory": "8",
    "password_rounds": "1",
    "crl_age": "60",
    "autopilot_papers": "0",
    "log_level": "warning",
}
"""What every stand under the bench has: cheap passwords and no papers, so that it measures neither Argon2 nor typst."""

NAIVE = {"batch": "1", "bundle": "1", "prefetch": "1", "window": "1", "pace": "0", "linger": "0", "sheaf": "1"}
"""One commit, one confirm, one signature and prefetch 1 a message: the yardstick."""

SINGLE = {"bundle": "1"}
"""One envelope an AMQP message, all else as usual."""

START = 180.0
"""Seconds that a stand has to load, to make its keys and databases, and to be ready; a busy machine takes its time."""

LAUNCHER = (
    "import json, runpy, sys; sys.argv = ['aimaq', *sys.argv[1:], *json.load(sys.stdin)]; "
    "runpy.run_module('stand', run_name='__main__')"
)
"""What runs a command with more options, which come on its standard input: they hold passwords, and everybody sees the
arguments of a process. It does so for a checkout of any age."""

ROOT = Path(__file__).resolve().parents[2]
"""The folder whose packages run here."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A stand under measurement: where it is, and the processes whose time counts."""

    urls: dict[str, str]
    tokens: dict[str, str]
    pids: tuple[int, ...]

    def cpu(self) -> float:
        """Seconds of processor time that the services' processes have used; Unavailable if one of them has ended."""
        return self._sum(lambda process: sum(process.cpu_times()[:2]))

    def memory(self) -> float:
        """Resident megabytes of the services' processes; Unavailable if one of them has ended."""
        return self._sum(lambda process: process.memory_info().rss) / 1e6

    def _sum(self, figure: Callable[[psutil.Process], float]) -> float:
        try:
            return sum(figure(psutil.Process(pid)) for pid in self.pids)
        except psutil.NoSuchProcess as error:
            raise Unavailable(Technical(f"a service died under the load: process {error.pid} has ended")) from None


def ports_in_a_row() -> dict[str, int]:
    """Five free ports, one after the other; processes that ask at the same time look in different places."""
    rows = range(20_000, 32_000, len(PARTIES))
    begin = os.getpid() % len(rows)
    for first in (*rows[begin:], *rows[:begin]):
        ports = {party: first + index for index, party in enumerate(PARTIES)}
        try:
            with ExitStack() as stack:
                for port in ports.values():
                    stack.enter_context(listening_socket("127.0.0.1", port))
        except Unavailable:
            continue
        return ports
    raise Unavailable(Technical("there are no five free ports in a row"))


def in_one_process(tuning: Mapping[str, str], root: Path = ROOT) -> AbstractAsyncContextManager[Measured]:
    """The embedded stand: memory bus, SQLite. `root` is the folder of the packages that run."""
    return _running(root, tuning)


@dataclass(frozen=True, slots=True)
class Servers:
    """What five processes need: RabbitMQ as its administrator, or by its management API, and PostgreSQL."""

    broker: str
    database: str
    management: str | None = None

    def options(self, name: str) -> tuple[str, ...]:
        """The options of `aimaq up` for a virtual host, users and databases of this name."""
        managed = ("--management", self.management) if self.management else ()
        return ("--broker", self.broker, "--database", self.database, "--vhost", name, "--prefix", name, *managed)


@asynccontextmanager
async def in_five(servers: Servers, tuning: Mapping[str, str], root: Path = ROOT) -> AsyncIterator[Measured]:
    """Five processes on RabbitMQ and PostgreSQL, on a virtual host and databases of their own, removed afterwards."""
    name = f"aimaqbench{os.getpid()}"
    try:
        async with _running(root, tuning, *servers.options(name)) as stand:
            yield stand
    finally:
        await broker.remove(name, name, broker.admin_of(servers.broker, servers.management))
        await databases.drop(servers.database, name)


def environment(root: Path, tuning: Mapping[str, str]) -> dict[str, str]:
    """What a process started with `python -P` needs to run the packages of `root` and no others of the same names."""
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    settings = {f"AIMAQ_{name.upper()}": value for name, value in (COMMON | dict(tuning)).items()}
    servers = (BROKER, DATABASE, MANAGEMENT)  # a stand without them is in one process
    inherited = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in servers}
    return {**inherited, **settings, "PYTHONPATH": path}


@asynccontextmanager
async def _running(root: Path, tuning: Mapping[str, str], *options: str) -> AsyncIterator[Measured]:
    """`aimaq up` of the packages in `root`; Unavailable, with the last line of its log, if it does not start."""
    with tempfile.TemporaryDirectory(prefix="aimaq-bench-") as folder:
        home, ports = Path(folder), ports_in_a_row()
        urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
        with (home / "stand.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-c",
                LAUNCHER,
                "up",
                "--home",
                str(home),
                "--autopilot",
                "--first-port",
                str(ports[PARTIES[0]]),
                env=environment(root, tuning),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
            )
        assert process.stdin is not None
        process.stdin.write(json.dumps(options).encode())
        process.stdin.close()
        try:
            await _started(process, urls, home / "stand.log")
            yield Measured(urls, _tokens(home), _listening(process.pid, ports))
        finally:
            await _stopped(process)


async def _started(process: Process, urls: dict[str, str], log: Path) -> None:
    """Return once the stand is ready; Unavailable if it ended before, or is not ready in time."""
    ready, ended = asyncio.create_task(until_ready(urls, START)), asyncio.create_task(process.wait())
    try:
        await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
        reason = f"it ended with exit code {process.returncode}" if ended.done() else ""
        if not reason and ready.done() and (error := ready.exception()) is not None:
            reason = str(error)
    finally:
        for task in (ready, ended):
            task.cancel()
        await asyncio.gather(ready, ended, return_exceptions=True)
    if reason:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        raise Unavailable(Technical(f"the stand did not start: {reason}; the last line of its log: {last}"))


async def _stopped(process: Process) -> None:
    """End the stand; kill it if it does not end in time."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), START)
    except TimeoutError:
        process.kill()
        await process.wait()


def _listening(pid: int, ports: Mapping[str, int]) -> tuple[int, ...]:
    """The processes of the stand that listen on its ports: the services, without what watches over them."""
    root = psutil.Process(pid)
    return tuple(
        process.pid
        for process in (root, *root.children(recursive=True))
        if any(c.status == psutil.CONN_LISTEN and c.laddr.port in ports.values() for c in process.net_connections())
    )


def _tokens(home: Path) -> dict[str, str]:
    """The token of each service; an older checkout has one for all."""
    old = home / "keys" / "admin.token"
    if old.exists():
        return dict.fromkeys(PARTIES, old.read_text(encoding="ascii").strip())
    return dict(Tokens(home))
