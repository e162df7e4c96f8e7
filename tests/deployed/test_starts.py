"""A stand that cannot start says why in one line, with an exit code, and never with a traceback."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stand.bench.stands import ports_in_a_row
from stand.provision import broker
from tests.databases import SERVER
from tests.fixtures_broker import ON_BROKER, administrator

pytestmark = pytest.mark.slow


async def outcome(*command: str, **environment: str) -> tuple[int | None, str]:
    """The exit code and the last line of a command that is to fail."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "stand",
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), 60)
    text = err.decode()
    assert "Traceback" not in text, text
    return process.returncode, text.strip().splitlines()[-1] if text.strip() else ""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


async def test_a_taken_port_is_named(tmp_path: Path, taken: int) -> None:
    code, line = await outcome("up", "--home", str(tmp_path), "--first-port", str(taken))
    assert code == 3
    assert str(taken) in line
    assert line.endswith(": name others with --first-port")


async def test_a_database_of_another_shape_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "lea.db")) as older:
        older.execute("CREATE TABLE outbox (message_id VARCHAR(36) NOT NULL PRIMARY KEY, queue TEXT NOT NULL)")
    code, line = await outcome("up", "--home", str(tmp_path), "--first-port", str(ports_in_a_row()["portal"]))
    assert code == 2
    assert "lea.db is of another version's schema: table outbox lacks the column routing_key" in line
    assert "Begin with an empty one" in line


@pytest.mark.services
async def test_a_broker_out_of_reach_is_named(tmp_path: Path) -> None:
    code, line = await outcome(
        "up",
        "--home",
        str(tmp_path),
        "--broker",
        "amqp://guest:guest@127.0.0.1:1/",
        "--management",
        "http://guest:guest@127.0.0.1:1",
        "--database",
        SERVER,
        "--prefix",
        f"aimaqnobroker{os.getpid()}",
        "--vhost",
        "aimaqnobroker",
    )
    assert code == 3
    assert "127.0.0.1:1" in line


@pytest.mark.services
async def test_a_database_out_of_reach_is_named(tmp_path: Path) -> None:
    name = f"aimaqnodata{os.getpid()}"
    try:
        code, line = await outcome(
            "up",
            "--home",
            str(tmp_path),
            *ON_BROKER,
            "--prefix",
            name,
            "--vhost",
            name,
            "--database",
            "postgresql://nobody@127.0.0.1:1",
        )
    finally:
        await broker.remove(name, name, administrator())
    assert code == 3
    assert "127.0.0.1:1" in line


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"AIMAQ_PORT": "many"}, "AIMAQ_PORT must be a int"),
        ({"AIMAQ_PORT": "70000"}, "AIMAQ_PORT must be a port number"),
        ({"AIMAQ_BATCH": "0"}, "AIMAQ_BATCH must be at least 1"),
        ({"AIMAQ_DATABASE_URL_FILE": "/nowhere/at/all"}, "AIMAQ_DATABASE_URL_FILE names a file that cannot be read"),
        ({"AIMAQ_LOG_LEVEL": "loud"}, "no log level 'loud'"),
    ],
)
async def test_a_wrong_setting_is_named(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    code, line = await outcome("serve", "portal", AIMAQ_HOME=str(tmp_path), **environment)
    assert code == 2
    assert message in line


async def test_a_service_without_keys_names_the_file(tmp_path: Path) -> None:
    ports = ports_in_a_row()
    code, line = await outcome(
        "serve",
        "portal",
        AIMAQ_HOME=str(tmp_path),
        AIMAQ_PORT=str(ports["portal"]),
        AIMAQ_BROKER_URL="amqp://guest:guest@127.0.0.1:5672/",
    )
    assert code == 2
    assert "key" in line or "cert" in line


async def test_a_party_that_is_none_is_named() -> None:
    code, line = await outcome("serve", "treasury")
    assert code == 2
    assert "treasury" in line


async def test_a_broker_without_a_database_is_bad_usage(tmp_path: Path) -> None:
    code, line = await outcome("up", "--home", str(tmp_path), *ON_BROKER)
    assert (code, "needs both --broker and --database" in line) == (2, True), line
    assert list(tmp_path.iterdir()) == []
