"""RabbitMQ and PostgreSQL for the tests: which way each is had, and the containers where that is the way.

`python -m scripts.containers [--named]` prints the way for a service that does not answer: `install`, `container` or
`none`; `--named` says that its address was chosen by whoever runs the tests. testcontainers is imported only where a
container is the way: it takes two seconds.
"""

from __future__ import annotations

import enum
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

BROKER, MANAGEMENT, DATABASE = "AIMAQ_TEST_BROKER", "AIMAQ_TEST_MANAGEMENT", "AIMAQ_TEST_DATABASE"
LISTENS_WITHIN = 2.0
"""Seconds in which a service of this machine takes a connection."""

SOCKETS = (Path("/var/run/docker.sock"), Path.home() / ".docker/run/docker.sock")
"""Where an engine listens that no variable names."""


class Way(enum.Enum):
    """How a service is had."""

    HERE = "here"
    INSTALL = "install"
    CONTAINER = "container"
    NONE = "none"


def way(*, answers: bool, named: bool, debian_root: bool, engine: Callable[[], bool]) -> Way:
    """The way to a service: what answers is used, and nothing takes the place of one that somebody named.

    An engine is asked after only if it matters. Root on Debian installs a service
    (`scripts/services`); elsewhere a container engine starts it; else somebody has to.
    """
    if answers:
        return Way.HERE
    if named:
        return Way.NONE
    if debian_root:
        return Way.INSTALL
    return Way.CONTAINER if engine() else Way.NONE


@dataclass(frozen=True)
class Definition:
    """A container for the tests. `ready` is the command that succeeds inside it once the service can be used."""

    image: str
    ports: tuple[int, ...]
    environment: Mapping[str, str]
    ready: tuple[str, ...]
    addresses: Mapping[str, str]
    """The variables that tell the tests where it is, with `{host}` and, by its number inside, each port: `{p5672}`."""

    def container(self) -> DockerContainer:
        """The same for testcontainers, not started; raises docker's error if no engine answers."""
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import ExecWaitStrategy

        return DockerContainer(
            self.image,
            ports=list(self.ports),
            env=dict(self.environment),
            _wait_strategy=ExecWaitStrategy(list(self.ready)),
        )

    def environment_of(self, container: DockerContainer) -> dict[str, str]:
        """The variables of a container that runs."""
        places = {f"p{port}": str(container.get_exposed_port(port)) for port in self.ports}
        host = container.get_container_host_ip()
        return {name: address.format(host=host, **places) for name, address in self.addresses.items()}


RABBITMQ = Definition(
    image="rabbitmq:3.13-management",
    ports=(5672, 15672),
    environment={"RABBITMQ_DEFAULT_USER": "aimaq", "RABBITMQ_DEFAULT_PASS": "aimaq"},
    ready=("rabbitmq-diagnostics", "-q", "check_port_connectivity"),
    addresses={
        BROKER: "amqp://aimaq:aimaq@{host}:{p5672}/",
        MANAGEMENT: "http://aimaq:aimaq@{host}:{p15672}",
    },
)
"""With its management API, by which the tests make virtual hosts: `rabbitmqctl` does not reach into a container."""

POSTGRESQL = Definition(
    image="postgres:15",
    ports=(5432,),
    environment={"POSTGRES_HOST_AUTH_METHOD": "trust"},
    ready=("pg_isready", "-h", "127.0.0.1", "-U", "postgres"),
    addresses={DATABASE: "postgresql://postgres@{host}:{p5432}/postgres"},
)
"""Asked over TCP: while it makes its first cluster it listens on its socket file only, and then starts again."""

SERVICES = ((BROKER, 5672, RABBITMQ), (DATABASE, 5432, POSTGRESQL))
"""By the variable that names another: the port of this machine, and the container."""


@contextmanager
def started(environment: MutableMapping[str, str]) -> Iterator[list[str]]:
    """Containers for what the tests need and is not had otherwise, until the block ends; their images.

    Where they are is written into the environment, for this process and those that it starts.
    """
    with ExitStack() as stack:
        images = []
        for name, port, definition in SERVICES:
            named = bool(environment.get(name))
            answers = not named and listens(port)
            if way(answers=answers, named=named, debian_root=debian_root(), engine=engine) is not Way.CONTAINER:
                continue
            found = definition.environment_of(stack.enter_context(definition.container()))
            environment.update(found)
            for variable in found:
                stack.callback(environment.pop, variable, None)
            images.append(definition.image)
        yield images


def listens(port: int) -> bool:
    """Whether something takes connections on this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), LISTENS_WITHIN).close()
    except OSError:
        return False
    return True


def debian_root() -> bool:
    """Whether this process may install packages of Debian's."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def engine() -> bool:
    """Whether a container engine answers: Docker, or another that speaks as it does, where `DOCKER_HOST` says."""
    if not os.environ.get("DOCKER_HOST") and not any(path.exists() for path in SOCKETS):
        return False
    import docker  # with what it needs it takes a second to load

    try:
        client = docker.from_env(timeout=LISTENS_WITHIN)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (docker.errors.DockerException, OSError):
        return False


def main(arguments: list[str]) -> int:
    """Print the way to a service that does not answer."""
    found = way(answers=False, named="--named" in arguments, debian_root=debian_root(), engine=engine)
    sys.stdout.write(f"{found.value}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
