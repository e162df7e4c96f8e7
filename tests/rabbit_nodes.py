"""RabbitMQ nodes of the tests' own, which can be stopped, killed and started: a plain process, or a container."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from yarl import URL

from aimaq.bus.rabbit.connection import Address
from aimaq.language.errors import Unavailable
from scripts import containers
from stand.provision.rabbit_admin import Admin, Ctl, Management
from tests import tls
from tests.waiting import eventually

SERVER = "/usr/lib/rabbitmq/bin"
"""Where Debian keeps the programs that its wrappers in the path run as another user."""

ROOM = 10_000_000
"""Bytes that a node of ours wants to be free on its disk."""


async def answers(url: str) -> bool:
    """Whether a broker lets us in at this address."""
    try:
        async with Address(url).connected("test"):
            return True
    except Unavailable:
        return False


class OwnRabbit:
    """A RabbitMQ node of our own, a plain process on ports of its own, with its files in `home`.

    What is durable outlives `stop` and `kill`. `management` is the address of its management API, `tls_url` the one by
    TLS, with the certificate in `tls`.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._port, api, self._dist, self._epmd, by_tls = free_ports(5)
        self._node = f"aimaq-test-{self._port}@localhost"
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}/"
        self.management = f"http://guest:guest@127.0.0.1:{api}"
        self.tls_url = f"amqps://guest:guest@127.0.0.1:{by_tls}/"
        home.mkdir(parents=True, exist_ok=True)
        self.tls = tls.made(home / "tls")
        (home / "plugins").write_text("[rabbitmq_management].\n")
        (home / "rabbitmq-env.conf").touch()
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.only = 127.0.0.1:{self._port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {api}\n"
            f"vm_memory_high_watermark.absolute = 512MB\ndisk_free_limit.absolute = {ROOM}\n"
            f"listeners.ssl.only = 127.0.0.1:{by_tls}\n{by_certificate(self.tls.certificate.parent)}"
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
    def admin(self) -> Admin:
        """Its administrator."""
        return self._ctl()

    def _ctl(self) -> Ctl:
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
            await self._ctl().run("shutdown")
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

    async def limit_messages(self, size: int) -> None:
        """Take no messages of more bytes than these, over the channels that are opened from now on."""
        await self._evaluate(f"application:set_env(rabbit, max_message_size, {size}).")

    async def demand_room(self, size: int) -> None:
        """Take no messages at all while fewer bytes than these are free on the disk; usually it is `ROOM`."""
        await self._evaluate(f"rabbit_disk_monitor:set_disk_free_limit({size}).")

        async def alarmed() -> bool:
            return "disk" in await self._evaluate("rabbit_alarm:get_alarms().")

        if size > ROOM:
            await eventually(alarmed, within=30, what="the broker's alarm")

    async def _evaluate(self, expression: str) -> str:
        return (await self._ctl().run("eval", expression)).decode()

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


class ContainedRabbit(OwnRabbit):
    """The same in a container, where RabbitMQ's programs are not on this machine; its ports outlive its restarts."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.container = containers.RABBITMQ.container()
        for inside, address in ((5672, self.url), (15672, self.management), (5671, self.tls_url)):
            self.container.with_bind_ports(inside, URL(address).port)
        for path in (self.tls.certificate.parent, self.tls.key):
            path.chmod(0o755)  # the server in the container is another user
        (home / "tls.conf").write_text(f"listeners.ssl.default = 5671\n{by_certificate(Path('/tls'))}")
        self.container.with_volume_mapping(str(self.tls.certificate.parent), "/tls")
        self.container.with_volume_mapping(str(home / "tls.conf"), "/etc/rabbitmq/conf.d/90-tls.conf")
        self.container.with_envs(RABBITMQ_DEFAULT_USER="guest", RABBITMQ_DEFAULT_PASS="guest")
        self._made = False

    @property
    def admin(self) -> Admin:
        """Its administrator through the management API."""
        return Management(self.management)

    async def start(self) -> None:
        """Start it and wait until it lets us in."""
        if self._made:
            await asyncio.to_thread(self.container.get_wrapped_container().start)
        else:
            await asyncio.to_thread(self.container.start)
            self._made = True
        condition: Callable[[], bool | Awaitable[bool]] = self.answers
        await eventually(condition, within=60, what=f"RabbitMQ in a container at {self.url}")

    async def stop(self) -> None:
        """Stop it in good order."""
        await asyncio.to_thread(self.container.get_wrapped_container().stop, timeout=30)

    async def kill(self) -> None:
        """Take its power away."""
        await asyncio.to_thread(self.container.get_wrapped_container().kill)

    async def _evaluate(self, expression: str) -> str:
        words = ["rabbitmqctl", "eval", expression]
        code, output = await asyncio.to_thread(self.container.get_wrapped_container().exec_run, words)
        assert code == 0, output
        return str(output.decode())

    async def remove(self) -> None:
        """Remove the container with all that is in it."""
        await asyncio.to_thread(self.container.stop)


def by_certificate(folder: Path) -> str:
    """What RabbitMQ's configuration says of the certificate in a folder."""
    files = {"cacertfile": "authority.pem", "certfile": "server.pem", "keyfile": "server.key"}
    return "".join(f"ssl_options.{option} = {folder / name}\n" for option, name in files.items())


def own_node(home: Path) -> OwnRabbit:
    """A node of our own: of RabbitMQ's programs on this machine, else in a container if there is an engine."""
    if shutil.which("rabbitmq-server", path=SERVER) or shutil.which("rabbitmq-server") or not containers.engine():
        return OwnRabbit(home)
    return ContainedRabbit(home)


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
