"""A deployed stand for tests: five processes under the supervisor, on RabbitMQ and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from stand import databases
from stand.provision import broker
from stand.bench.stands import ports_in_a_row
from stand.runtime.supervisor import Supervisor, prepare, supervised
from stand.up import until_ready
from tests.databases import SERVER
from tests.fixtures_broker import own_rabbit

__all__ = ["own_rabbit"]

CHEAP = {"password_memory": "8", "password_rounds": "1"}


@dataclass(frozen=True)
class Deployed:
    """A stand in five processes: where it is, its token, who watches over it, its databases and home."""

    urls: dict[str, str]
    admin_token: str
    supervisor: Supervisor
    databases: dict[str, str]
    home: Path

    async def ready(self) -> None:
        """Return once every service is ready."""
        await until_ready(self.urls, 60)


Deploy = Callable[..., AbstractAsyncContextManager[Deployed]]


@pytest.fixture
def deploy(tmp_path: Path) -> Deploy:
    """Brings up a stand of its own on a broker, with settings if any are given, and takes it down with all its data."""

    @asynccontextmanager
    async def up(broker_url: str, management: str | None = None, **settings: str) -> AsyncIterator[Deployed]:
        name = f"aimaqtest{os.getpid()}x{len(list(tmp_path.iterdir()))}"
        ports, home = ports_in_a_row(), tmp_path / "stand"
        urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
        try:
            environments, token = await prepare(
                home, broker_url, SERVER, ports=ports, prefix=name, vhost=name, management=management,
                **(CHEAP | settings),
            )  # fmt: skip
            async with supervised(environments) as supervisor:
                await until_ready(urls, 90)
                yield Deployed(urls, token, supervisor, databases.urls(SERVER, name), home)
        finally:
            await broker.remove(name, name, broker.admin_of(broker_url, management))
            await databases.drop(SERVER, name)

    return up
