"""Five services in five processes, and the one that watches over them: what dies is started again."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import uvloop

from aimaq.language.clock import StandClock, SystemClock
from aimaq.language.errors import AimaqError, Stopped
from aimaq.language.messages import PARTIES
from aimaq.language.visible import visible
from aimaq.pipeline.background.tasks import Tasks
from aimaq.settings import PORTS, Settings, clock_file
from stand.provision import broker, databases, keys
from stand.runtime.assembly import APPS
from stand.runtime.logs import logs
from stand.runtime.serve import serve

log = logging.getLogger(__name__)
_PAUSES = (0.05, 0.2, 1.0, 2.0, 5.0)
_GRACE = 15.0
_LONG = 30.0
"""Seconds that a process must have run for its end not to count as one failure more."""

Environment = Mapping[str, str]


async def prepare(
    home: Path,
    broker_url: str,
    database_url: str,
    *,
    host: str = "127.0.0.1",
    ports: Mapping[str, int] = PORTS,
    prefix: str = "aimaq",
    vhost: str = "aimaq",
    management: str | None = None,
    **settings: str,
) -> tuple[dict[str, Environment], dict[str, str]]:
    """Make keys, databases and the broker's topology; answers with the environment and the token of each."""
    file = clock_file(home.resolve())
    urls = {party: f"http://{host}:{ports[party]}" for party in PARTIES}
    kind = Settings.tuning().get("authority_keys", "rsa")
    tokens = keys.provision(home, StandClock(file=file), registry_url=urls["registry"], authority_keys=kind)
    secrets = broker.passwords(home / "keys" / "broker")
    await broker.prepare(prefix, vhost, secrets, broker.admin_of(broker_url, management))
    await databases.make(database_url, prefix.replace("-", "_"))
    data = databases.urls(database_url, prefix.replace("-", "_"))
    common = {
        "AIMAQ_HOME": str(home.resolve()),
        "AIMAQ_CLOCK_FOLDER": str(file.parent),
        "AIMAQ_HOST": host,
        "AIMAQ_BROKER_PREFIX": prefix,
        "AIMAQ_REGISTRY_URL": urls["registry"],
        "AIMAQ_STAND_URLS": ",".join(f"{name}={url}" for name, url in urls.items()),
        **{f"AIMAQ_{name.upper()}": value for name, value in settings.items()},
    }
    return {
        party: common
        | {
            "AIMAQ_PARTY": party,
            "AIMAQ_PORT": str(ports[party]),
            "AIMAQ_DATABASE_URL": data[party],
            "AIMAQ_BROKER_URL": broker.party_url(broker_url, party, secrets[party], prefix=prefix, vhost=vhost),
        }
        for party in PARTIES
    }, tokens


class Supervisor:
    """Keeps one process a service running.

    The processes are forked from one that has loaded everything and started nothing, so that five services do not
    load the same libraries five times, and one that died is back in a moment. The sockets stay open here while a
    process is started again: nobody else gets its port, and who connects meanwhile is served by the next process.
    """

    def __init__(self, environments: Mapping[str, Environment], listeners: Mapping[str, socket.socket]) -> None:
        self._environments, self._listeners = environments, listeners
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["stand.runtime.serve", *APPS.values()])
        self._processes: dict[str, ForkServerProcess] = {}
        self._stopping = asyncio.Event()
        self.restarts = 0
        self.tasks = Tasks("the supervisor")

    def pid(self, party: str) -> int:
        """The process id of a service, as it runs now; 0 before its first start."""
        process = self._processes.get(party)
        return (process.pid or 0) if process else 0

    async def run(self) -> None:
        """Watch over the processes until cancelled; then stop them."""
        try:
            async with asyncio.TaskGroup() as group:
                for party in self._environments:
                    group.create_task(self._keep(party))
        finally:
            await self._stop()

    async def _keep(self, party: str) -> None:
        failures, clock = 0, SystemClock()
        while not self._stopping.is_set():
            began = clock.now()
            process = self._context.Process(
                target=run, args=(party, dict(self._environments[party]), self._listeners[party]), name=party
            )
            await asyncio.to_thread(process.start)
            self._processes[party] = process
            await ended(process)
            if self._stopping.is_set():
                return
            failures = 0 if (clock.now() - began).total_seconds() > _LONG else failures + 1
            pause = _PAUSES[min(failures, len(_PAUSES)) - 1] if failures else 0.0
            log.warning("%s ended with %s; it is started again in %.1f s", party, process.exitcode, pause)
            self.restarts += 1
            await asyncio.sleep(pause)

    async def _stop(self) -> None:
        self._stopping.set()
        running = [process for process in self._processes.values() if process.is_alive()]
        for process in running:
            process.terminate()
        if not running:
            return
        _, late = await asyncio.wait([asyncio.create_task(ended(process)) for process in running], timeout=_GRACE)
        if late:
            for process in running:
                process.kill()
            await asyncio.gather(*late)


async def ended(process: ForkServerProcess) -> None:
    """Return when the process has ended."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(process.sentinel)
    await asyncio.to_thread(process.join)


def run(party: str, environment: dict[str, str], listener: socket.socket) -> None:
    """One service, in a process forked for it: what `aimaq serve` does, with this environment and this socket."""
    os.environ.update(environment)
    try:
        settings = Settings.from_environment(party=party)
        logs(settings.log_level, settings.log_format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, listener))
    except AimaqError as error:
        sys.stderr.write(f"aimaq {party}: {visible(error.detail)}\n")
        raise SystemExit(error.exit_code) from None


@asynccontextmanager
async def supervised(
    environments: Mapping[str, Environment], listeners: Mapping[str, socket.socket]
) -> AsyncIterator[Supervisor]:
    """Run the processes, each with its listening socket, until the block ends."""
    supervisor = Supervisor(environments, listeners)
    supervisor.tasks.start("the watch over the processes", supervisor.run())
    try:
        yield supervisor
    finally:
        await supervisor.tasks.cancel()
        if supervisor.tasks.reason is not None:
            raise Stopped(f"the supervisor: {supervisor.tasks.reason}")
