"""A deployed stand of a test's own: five processes under the supervisor, on RabbitMQ and PostgreSQL."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from stand.bench.stands import ports_in_a_row
from stand.provision import broker, databases
from stand.provision.rabbit_admin import Admin
from stand.runtime.embedded import listening_sockets
from stand.runtime.home_lock import locked_home
from stand.runtime.supervisor import Supervisor, prepare, supervised
from stand.runtime.up import until_ready
from tests.databases import SERVER, Databases
from tests.waiting import eventually

CHEAP = {"password_memory": "8", "password_rounds": "1"}


@dataclass(frozen=True)
class Deployed:
    """A stand in five processes: where it is, its tokens, who watches over it, its databases, home and broker.

    `name` begins the names of its databases and queues, and is that of its virtual host.
    """

    name: str
    urls: dict[str, str]
    tokens: dict[str, str]
    supervisor: Supervisor
    databases: Databases
    home: Path
    broker: str
    admin: Admin

    @property
    def vhost(self) -> str:
        """Its virtual host."""
        return self.name

    async def ready(self, within: float = 60) -> None:
        """Return once every service is ready."""
        await until_ready(self.urls, within)

    async def kill(self, *parties: str) -> None:
        """SIGKILL these services, and return once the supervisor has another process in the place of each."""
        before = {party: self.supervisor.pid(party) for party in parties}
        self.signal(signal.SIGKILL, *parties)
        for party, pid in before.items():
            await eventually(lambda p=party, was=pid: self.supervisor.pid(p) != was, within=30, what=f"a new {party}")  # type: ignore[misc]

    def signal(self, number: signal.Signals, *parties: str) -> None:
        """Send the processes of these services a signal."""
        for pid in [self.supervisor.pid(party) for party in parties]:
            os.kill(pid, number)


@asynccontextmanager
async def deployed(
    name: str, home: Path, broker_url: str, management: str | None, settings: Mapping[str, str], *, files: bool = False
) -> AsyncIterator[Deployed]:
    """A stand of this name, taken down with all its data when the block ends; `files`: its databases are SQLite files.

    It takes home, ports and databases as `aimaq up` does: no other stand gets them meanwhile.
    """
    ports, admin = ports_in_a_row(), broker.admin_of(broker_url, management)
    urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
    tuning = CHEAP | dict(settings)
    try:
        with locked_home(home), listening_sockets("127.0.0.1", ports) as listeners:
            async with databases.reserved(SERVER, name):
                environments, tokens = await prepare(
                    home, broker_url, SERVER, ports=ports, prefix=name, vhost=name, management=management, **tuning
                )
                own = Databases("postgresql", databases.urls(SERVER, name))
                if files:
                    environments = {party: {**of, "AIMAQ_DATABASE_URL": ""} for party, of in environments.items()}
                    own = Databases("sqlite", {})
                async with supervised(environments, listeners) as supervisor:
                    await until_ready(urls, 90)
                    yield Deployed(name, urls, tokens, supervisor, own, home, broker_url, admin)
    finally:
        await broker.remove(name, name, admin)
        await databases.drop(SERVER, name)
