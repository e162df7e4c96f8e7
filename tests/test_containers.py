"""Which way the tests get their services, and what the containers are; no engine is needed for either."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from scripts import containers
from scripts.containers import POSTGRESQL, RABBITMQ, SERVICES, Way, started, way
from stand.provision.rabbit_admin import Management
from tests.house import ROOT
from tests.rabbit_nodes import ContainedRabbit, OwnRabbit, own_node

WAYS = {
    # answers, named, Debian's root, engine
    (True, True, True, True): Way.HERE,
    (True, True, True, False): Way.HERE,
    (True, True, False, True): Way.HERE,
    (True, True, False, False): Way.HERE,
    (True, False, True, True): Way.HERE,
    (True, False, True, False): Way.HERE,
    (True, False, False, True): Way.HERE,
    (True, False, False, False): Way.HERE,
    (False, True, True, True): Way.NONE,
    (False, True, True, False): Way.NONE,
    (False, True, False, True): Way.NONE,
    (False, True, False, False): Way.NONE,
    (False, False, True, True): Way.INSTALL,
    (False, False, True, False): Way.INSTALL,
    (False, False, False, True): Way.CONTAINER,
    (False, False, False, False): Way.NONE,
}


@pytest.mark.parametrize("case", list(product((True, False), repeat=4)))
def test_the_way_to_a_service(case: tuple[bool, bool, bool, bool]) -> None:
    answers, named, debian, engine = case
    assert way(answers=answers, named=named, debian_root=debian, engine=lambda: engine) is WAYS[case]


@pytest.mark.parametrize(("answers", "debian"), [(True, False), (False, True)])
def test_an_engine_is_not_asked_after_where_it_does_not_matter(answers: bool, debian: bool) -> None:
    way(answers=answers, named=False, debian_root=debian, engine=lambda: pytest.fail("it was asked after"))


class Engine:
    """An engine that runs nothing: it takes the place of testcontainers' client and notes what it is asked for."""

    made: list[dict[str, Any]]

    def __init__(self, **_: Any) -> None:
        self.client = self

    def create(self, image: str, **how: Any) -> Engine:
        Engine.made.append({"image": image, **how})
        return self

    def start(self, *_: Any) -> None:
        Engine.made[-1]["state"] = "runs"

    def stop(self, *, timeout: int) -> None:
        Engine.made[-1]["state"] = "stopped"

    def kill(self) -> None:
        Engine.made[-1]["state"] = "killed"

    def remove(self, **_: Any) -> None:
        Engine.made[-1]["state"] = "removed"

    def close(self) -> None:
        """Nothing is open."""

    short_id = "c0ffee"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> type[Engine]:
    """An engine of which nothing is had but notes; its containers are at `host`, each port at one 40000 higher."""
    from testcontainers.core import container
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.wait_strategies import ExecWaitStrategy

    Engine.made = []
    monkeypatch.setattr(container, "DockerClient", Engine)
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
    monkeypatch.setattr(
        ExecWaitStrategy, "wait_until_ready", lambda self, _: Engine.made[-1].update(ready=self._command)
    )
    monkeypatch.setattr(container.DockerContainer, "get_exposed_port", lambda _, port: port + 40000)
    monkeypatch.setattr(container.DockerContainer, "get_container_host_ip", lambda _: "host")
    return Engine


def elsewhere(monkeypatch: pytest.MonkeyPatch, *listening: int) -> None:
    """A machine that is not Debian's root's, has an engine, and on which these ports are taken."""
    monkeypatch.setattr(containers, "debian_root", lambda: False)
    monkeypatch.setattr(containers, "engine", lambda: True)
    monkeypatch.setattr(containers, "listens", lambda port: port in listening)


def test_both_are_started_told_of_and_removed(engine: type[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch)
    environment = {"HOME": "x"}
    with started(environment) as images:
        assert images == ["rabbitmq:3.13-management", "postgres:15"]
        assert environment == {
            "HOME": "x",
            "AIMAQ_TEST_BROKER": "amqp://aimaq:aimaq@host:45672/",
            "AIMAQ_TEST_MANAGEMENT": "http://aimaq:aimaq@host:55672",
            "AIMAQ_TEST_DATABASE": "postgresql://postgres@host:45432/postgres",
        }
        assert [one["state"] for one in engine.made] == ["runs", "runs"]
    assert environment == {"HOME": "x"}
    rabbit, postgres = engine.made
    assert rabbit["ports"] == {"5672": None, "15672": None}
    assert rabbit["environment"] == {"RABBITMQ_DEFAULT_USER": "aimaq", "RABBITMQ_DEFAULT_PASS": "aimaq"}
    assert rabbit["ready"] == ["rabbitmq-diagnostics", "-q", "check_port_connectivity"]
    assert postgres["ports"] == {"5432": None}
    assert postgres["environment"] == {"POSTGRES_HOST_AUTH_METHOD": "trust"}
    assert postgres["ready"] == ["pg_isready", "-h", "127.0.0.1", "-U", "postgres"]


def test_only_what_does_not_answer_is_started(engine: type[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, 5672)
    with started({}) as images:
        assert images == ["postgres:15"]
    elsewhere(monkeypatch)
    with started({"AIMAQ_TEST_DATABASE": "postgresql://host"}) as images:
        assert images == ["rabbitmq:3.13-management"]


def test_the_containers_are_the_images_that_the_stand_is_deployed_with() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for _, _, definition in SERVICES:
        assert f"image: {definition.image}\n" in compose
    assert (RABBITMQ.ports, POSTGRESQL.ports) == ((5672, 15672), (5432,))


async def test_a_node_of_ones_own_may_be_in_a_container(
    engine: type[Engine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tests.rabbit_nodes.SERVER", str(tmp_path))
    monkeypatch.setattr(containers, "engine", lambda: True)
    monkeypatch.setenv("PATH", str(tmp_path))

    async def lets_in(_: str) -> bool:
        return True

    monkeypatch.setattr("tests.rabbit_nodes.answers", lets_in)
    node = own_node(tmp_path / "home")
    assert isinstance(node, ContainedRabbit)
    assert isinstance(node.admin, Management)
    await node.start()
    (made,) = engine.made
    ports = {inside: f":{outside}" for inside, outside in made["ports"].items()}
    assert node.url.endswith(f"{ports['5672']}/")
    assert node.management.endswith(ports["15672"])
    assert made["environment"] == {"RABBITMQ_DEFAULT_USER": "guest", "RABBITMQ_DEFAULT_PASS": "guest"}
    for do, state in ((node.stop, "stopped"), (node.start, "runs"), (node.kill, "killed"), (node.start, "runs")):
        await do()
        assert made["state"] == state
    await node.remove()
    assert (made["state"], len(engine.made)) == ("removed", 1)
    monkeypatch.setattr(containers, "engine", lambda: False)
    assert type(own_node(tmp_path / "other")) is OwnRabbit


def test_no_engine_is_found_where_none_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(containers, "SOCKETS", (tmp_path / "none.sock",))
    assert not containers.engine()
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    assert not containers.engine()


def test_a_run_that_needs_no_container_does_not_load_what_starts_them() -> None:
    probe = (
        "import sys; from scripts import containers; containers.listens = lambda port: True\n"
        "with containers.started({}): pass\n"
        "assert not {'testcontainers', 'docker', 'requests'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("named", [False, True])
def test_the_script_is_told_the_way(
    named: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere(monkeypatch)
    assert containers.main(["--named"] if named else []) == 0
    assert capsys.readouterr().out == ("none\n" if named else "container\n")
