"""A real RabbitMQ for tests: a stand in a virtual host of its own, and a node of its own that can be restarted.

The broker is the one that AIMAQ_TEST_BROKER names, by default guest at 127.0.0.1:5672; `rabbitmqctl` must reach it.
Import the fixtures into a `conftest.py` to use them.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from yarl import URL

from aimaq.bus import RabbitBus
from aimaq.bus.rabbit.connection import Address
from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from stand.provision.broker import apply, party_url, passwords, remove, with_passwords
from stand.provision.rabbit_admin import Ctl
from stand.provision.topology import topology
from tests.waiting import eventually

BROKER = os.environ.get("AIMAQ_TEST_BROKER", "amqp://guest:guest@127.0.0.1:5672/")
SERVER = "/usr/lib/rabbitmq/bin"
"""Where Debian keeps the programs that its wrappers in the path run as another user."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class RabbitStand:
    """A virtual host with the topology of a stand: an address for each party, and one for the administrator."""

    prefix: str
    vhost: str
    urls: dict[str, str]
    admin_url: str
    admin: Ctl

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
            for name in (*PARTIES, "dead"):
                await (await channel.get_queue(f"{self.prefix}.{name}", ensure=False)).purge()

    async def settled(self, party: str) -> None:
        """Wait until nothing is left of all that was sent to a party."""

        async def left() -> bool:
            messages, _ = (await self.admin.queues(self.vhost))[f"{self.prefix}.{party}"]
            return messages == 0

        condition: Callable[[], bool | Awaitable[bool]] = left
        await eventually(condition, what=f"the queue of {party} is empty")


@asynccontextmanager
async def stand_on(url: str, admin: Ctl, secrets: Path) -> AsyncIterator[RabbitStand]:
    """A stand on the broker at `url`, whose user also gets into its virtual host; it is removed in the end."""
    prefix = f"test-{os.getpid()}-{next(_numbers)}"
    vhost = f"{prefix}/vhost"
    given = passwords(secrets)
    definitions = topology(prefix, vhost)
    everything = {"user": Address(url).user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}
    definitions["permissions"].append(everything)
    await apply(with_passwords(definitions, prefix, given), admin)
    try:
        urls = {party: party_url(url, party, given[party], prefix=prefix, vhost=vhost) for party in PARTIES}
        yield RabbitStand(prefix, vhost, urls, str(URL(url).with_path(URL(urls["lea"]).raw_path, encoded=True)), admin)
    finally:
        await remove(prefix, vhost, admin)


async def answers(url: str) -> bool:
    """Whether a broker lets us in at this address."""
    try:
        async with Address(url).connected("test"):
            return True
    except Unavailable:
        return False


@pytest.fixture(scope="session")
def rabbit_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitStand]:
    """A stand on the broker of this machine, one for all tests of a run: purge it before use."""
    with asyncio.Runner() as runner:
        if not runner.run(answers(BROKER)):
            place = Address(BROKER).place
            pytest.fail(f"no RabbitMQ at {place}: run scripts/services, or set AIMAQ_TEST_BROKER", pytrace=False)
        made = stand_on(BROKER, Ctl(), tmp_path_factory.mktemp("secrets"))
        stand = runner.run(made.__aenter__())
        yield stand
        runner.run(made.__aexit__(None, None, None))


class OwnRabbit:
    """A RabbitMQ node of our own, a plain process on ports of its own, with its files in `home`.

    What is durable outlives `stop` and `kill`. `management` is the address of its management API.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._port, api, self._dist, self._epmd = free_ports(4)
        self._node = f"aimaq-test-{self._port}@localhost"
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}/"
        self.management = f"http://guest:guest@127.0.0.1:{api}"
        home.mkdir(parents=True, exist_ok=True)
        (home / "plugins").write_text("[rabbitmq_management].\n")
        (home / "rabbitmq-env.conf").touch()
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.only = 127.0.0.1:{self._port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {api}\n"
            "vm_memory_high_watermark.absolute = 512MB\ndisk_free_limit.absolute = 10MB\n"
        )
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))},
            "HOME": str(home),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        self._names: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def admin(self) -> Ctl:
        """Its administrator through `rabbitmqctl`."""
        return Ctl(program("rabbitmqctl"), node=self._node, environment=self._environment)

    def answers(self) -> Awaitable[bool]:
        """Whether it lets us in."""
        return answers(self.url)

    async def start(self) -> None:
        """Start it and wait until it lets us in."""
        if self._names is None:
            self._names = self._spawn("epmd", "-port", str(self._epmd), "-address", "127.0.0.1")
        self._server = self._spawn(program("rabbitmq-server"))
        condition: Callable[[], bool | Awaitable[bool]] = self.answers
        await eventually(condition, within=60, what=f"RabbitMQ at {self.url}; see {self._home}")

    async def stop(self) -> None:
        """Stop it in good order."""
        if self._server is not None:
            await self.admin.run("shutdown")
            await asyncio.to_thread(self._server.wait, 30)
            self._server = None

    async def kill(self) -> None:
        """Take its power away."""
        if self._server is not None:
            os.killpg(self._server.pid, signal.SIGKILL)
            await asyncio.to_thread(self._server.wait, 30)
            self._server = None

    async def restart(self) -> None:
        """Stop and start it."""
        await self.stop()
        await self.start()

    async def remove(self) -> None:
        """End every process that was started."""
        await self.kill()
        if self._names is not None:
            self._names.kill()
            self._names.wait()
            self._names = None

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with (self._home / "output").open("ab") as output:
            return subprocess.Popen(
                command,
                env=self._environment,
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


@pytest.fixture(scope="module")
def own_rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRabbit]:
    """A RabbitMQ node of our own, running; a test may stop, kill and start it, and leaves it running."""
    node = OwnRabbit(tmp_path_factory.mktemp("rabbit"))
    with asyncio.Runner() as runner:
        try:
            runner.run(node.start())
            yield node
        finally:
            runner.run(node.remove())


def program(name: str) -> str:
    """Where RabbitMQ's own program of this name is; the test fails if it is nowhere."""
    found = shutil.which(name, path=SERVER) or shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not on this machine: install RabbitMQ (scripts/services does)", pytrace=False)
    return found


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
