"""A real RabbitMQ for tests: a stand in a virtual host of its own, and a node of its own that can be restarted.

The broker is the one that AIMAQ_TEST_BROKER names, by default guest at 127.0.0.1:5672. `rabbitmqctl` must reach it, or
AIMAQ_TEST_MANAGEMENT name its management API, as it does for a broker in a container (`scripts/containers.py`).
Import the fixtures into a `conftest.py` to use them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from yarl import URL

from aimaq.bus.rabbit.bus import RabbitBus
from aimaq.bus.rabbit.connection import Address
from aimaq.language.messages import PARTIES
from stand.provision.broker import admin_of, apply, party_url, passwords, remove, with_passwords
from stand.provision.rabbit_admin import Admin, Ctl, Management
from stand.provision.topology import topology
from tests.rabbit_nodes import OwnRabbit, answers, own_node
from tests.waiting import eventually

BROKER = os.environ.get("AIMAQ_TEST_BROKER", "amqp://guest:guest@127.0.0.1:5672/")
MANAGEMENT = os.environ.get("AIMAQ_TEST_MANAGEMENT") or None
ON_BROKER = ("--broker", BROKER, *(("--management", MANAGEMENT) if MANAGEMENT else ()))
"""The same for a command."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class RabbitStand:
    """A virtual host with the topology of a stand: an address for each party, and one for the administrator."""

    prefix: str
    vhost: str
    urls: dict[str, str]
    admin_url: str
    admin: Admin

    def bus(self, party: str, **options: Any) -> RabbitBus:
        """The bus of a party, to be opened."""
        return RabbitBus(self.urls[party], party, prefix=self.prefix, **options)

    @asynccontextmanager
    async def open(self, party: str, **options: Any) -> AsyncIterator[RabbitBus]:
        """The bus of a party, open."""
        bus = self.bus(party, **options)
        await bus.open()
        try:
            yield bus
        finally:
            await bus.close()

    @asynccontextmanager
    async def channel(self, url: str | None = None) -> AsyncIterator[AbstractChannel]:
        """A plain aio-pika channel, as the administrator or as whoever `url` names."""
        connection = await aio_pika.connect(url or self.admin_url)
        async with connection:
            yield await connection.channel()

    async def purge(self) -> None:
        """Empty every queue."""
        async with self.channel() as channel:
            for name in PARTIES:
                for queue in (name, f"{name}.control"):
                    await (await channel.get_queue(f"{self.prefix}.{queue}", ensure=False)).purge()

    async def settled(self, party: str) -> None:
        """Wait until nothing is left of all that was sent to a party."""

        async def left() -> bool:
            messages, _ = (await self.admin.queues(self.vhost))[f"{self.prefix}.{party}"]
            return messages == 0

        condition: Callable[[], bool | Awaitable[bool]] = left
        await eventually(condition, what=f"the queue of {party} is empty")


@asynccontextmanager
async def stand_on(url: str, admin: Admin, secrets: Path) -> AsyncIterator[RabbitStand]:
    """A stand on the broker at `url`, whose user also gets into its virtual host; it is removed in the end."""
    prefix = f"test-{os.getpid()}-{next(_numbers)}"
    vhost = f"{prefix}/vhost"
    party_passwords = passwords(secrets)
    definitions = topology(prefix, vhost)
    everything = {"user": Address(url).user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}
    definitions["permissions"].append(everything)
    await apply(with_passwords(definitions, prefix, party_passwords), admin)
    try:
        urls = {party: party_url(url, party, party_passwords[party], prefix=prefix, vhost=vhost) for party in PARTIES}
        yield RabbitStand(prefix, vhost, urls, str(URL(url).with_path(URL(urls["lea"]).raw_path, encoded=True)), admin)
    finally:
        await remove(prefix, vhost, admin)


def administrator() -> Admin:
    """Who administers the broker of the tests."""
    return admin_of(BROKER, MANAGEMENT)


class OnBroker(Protocol):
    """A stand on a broker: its virtual host, and who administers the broker."""

    @property
    def vhost(self) -> str: ...
    @property
    def admin(self) -> Admin: ...


async def close_connections(stand: OnBroker) -> None:
    """Have the broker close every connection to a stand's virtual host, as its administrator may."""
    if isinstance(stand.admin, Ctl):
        await stand.admin.run("close_all_connections", "--vhost", stand.vhost, "maintenance")
        return
    assert isinstance(stand.admin, Management)
    management, path = stand.admin, f"vhosts/{quote(stand.vhost, safe='')}/connections"
    known = await eventually(lambda: management._call("GET", path), within=30, what="the connections are listed")
    for one in known:
        await management._call("DELETE", f"connections/{quote(one['name'], safe='')}")


async def limit_queue(stand: OnBroker, queue: str, most: int | None) -> None:
    """Have the broker refuse what is above so many messages in a queue of a stand; None takes the limit away."""
    pattern = f"^{queue}$".replace(".", "[.]")
    definition = {"max-length": most, "overflow": "reject-publish"}
    if isinstance(stand.admin, Ctl):
        change = ("set_policy", "limit", pattern, json.dumps(definition), "--apply-to", "queues")
        await stand.admin.run(*(change if most is not None else ("clear_policy", "limit")), "--vhost", stand.vhost)
        return
    assert isinstance(stand.admin, Management)
    policy = {"pattern": pattern, "definition": definition, "apply-to": "queues"}
    path = f"policies/{quote(stand.vhost, safe='')}/limit"
    await stand.admin._call(*(("PUT", path, policy) if most is not None else ("DELETE", path)))


@pytest.fixture(scope="session")
def rabbit_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitStand]:
    """A stand on the broker of this machine, one for all tests of a run: purge it before use."""
    with asyncio.Runner() as runner:
        if not runner.run(answers(BROKER)):
            place = Address(BROKER).place
            pytest.fail(
                f"no RabbitMQ at {place}: run scripts/services, start a Docker engine, or set AIMAQ_TEST_BROKER",
                pytrace=False,
            )
        made = stand_on(BROKER, administrator(), tmp_path_factory.mktemp("secrets"))
        stand = runner.run(made.__aenter__())
        yield stand
        runner.run(made.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def own_rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRabbit]:
    """A RabbitMQ node of our own, running; a test may stop, kill and start it, and leaves it running."""
    node = own_node(tmp_path_factory.mktemp("rabbit"))
    with asyncio.Runner() as runner:
        try:
            runner.run(node.start())
            yield node
        finally:
            runner.run(node.remove())
