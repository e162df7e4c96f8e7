"""Five services in five processes, and the one that watches over them: what dies is started again."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aimaq.clock import SystemClock
from aimaq.errors import Unavailable
from aimaq.messages import PARTIES
from aimaq.settings import PORTS
from stand import broker, databases, keys
from stand.topology import topology

log = logging.getLogger(__name__)
_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
_GRACE = 15.0
Environment = Mapping[str, str]


async def prepare(
    home: Path, broker_url: str, database_url: str, *, host: str = "127.0.0.1", ports: Mapping[str, int] = PORTS,
    prefix: str = "aimaq", vhost: str = "aimaq", management: str | None = None, **settings: str,
) -> tuple[dict[str, Environment], str]:  # fmt: skip
    """Make keys, databases and the broker's topology; answers with each process's environment and the admin token."""
    token = keys.provision(home, SystemClock())
    await databases.make(database_url, prefix.replace("-", "_"))
    secrets = broker.passwords(home / "keys" / "broker")
    definitions = broker.with_passwords(topology(prefix, vhost), prefix, secrets)
    await broker.apply(definitions, broker.admin_of(broker_url, management))
    urls = {party: f"http://{host}:{ports[party]}" for party in PARTIES}
    data = databases.urls(database_url, prefix.replace("-", "_"))
    common = {
        "AIMAQ_HOME": str(home.resolve()), "AIMAQ_HOST": host, "AIMAQ_BROKER_PREFIX": prefix,
        "AIMAQ_REGISTRY_URL": urls["registry"],
        "AIMAQ_STAND_URLS": ",".join(f"{name}={url}" for name, url in urls.items()),
        **{f"AIMAQ_{name.upper()}": value for name, value in settings.items()},
    }  # fmt: skip
    return {
        party: common | {
            "AIMAQ_PARTY": party, "AIMAQ_PORT": str(ports[party]), "AIMAQ_DATABASE_URL": data[party],
            "AIMAQ_BROKER_URL": broker.party_url(broker_url, party, secrets[party], prefix=prefix, vhost=vhost),
        }
        for party in PARTIES
    }, token  # fmt: skip


class Supervisor:
    """Keeps one process a service running."""

    def __init__(self, environments: Mapping[str, Environment]) -> None:
        self._environments = environments
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self.restarts = 0

    def pid(self, party: str) -> int:
        """The process id of a service, as it runs now."""
        return self._processes[party].pid

    async def run(self) -> None:
        """Watch over the processes until cancelled; then stop them."""
        try:
            async with asyncio.TaskGroup() as group:
                for party in self._environments:
                    group.create_task(self._keep(party))
        finally:
            await self._stop()

    async def _keep(self, party: str) -> None:
        failures = 0
        clock = SystemClock()
        while not self._stopping.is_set():
            began = clock.now()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "stand", "serve", party, env={**os.environ, **self._environments[party]}
            )
            self._processes[party] = process
            code = await process.wait()
            if self._stopping.is_set():
                return
            failures = 0 if (clock.now() - began).total_seconds() > 30 else failures + 1
            pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
            log.warning("%s ended with %s; it is started again in %.1f s", party, code, pause)
            self.restarts += 1
            await asyncio.sleep(pause)

    async def _stop(self) -> None:
        self._stopping.set()
        running = [p for p in self._processes.values() if p.returncode is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        if not running:
            return
        _, late = await asyncio.wait([asyncio.create_task(p.wait()) for p in running], timeout=_GRACE)
        if late:
            for process in running:
                if process.returncode is None:
                    process.kill()
            await asyncio.gather(*late)


@asynccontextmanager
async def supervised(environments: Mapping[str, Environment]) -> AsyncIterator[Supervisor]:
    """Run the processes until the block ends."""
    supervisor = Supervisor(environments)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise Unavailable(f"the supervisor failed: {error}") from error
