"""A PostgreSQL cluster of the tests' own, which takes connections by TLS alone, but by the user `plain`."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import asyncpg
import pytest

from tests import tls
from tests.rabbit_nodes import free_ports

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian keeps the server's programs, which are not in the path."""


@dataclass(frozen=True)
class OwnPostgres:
    """A cluster that runs: its address, without parameters, the same for `plain`, and the files of its certificate."""

    url: str
    plain: str
    tls: tls.Tls


@contextmanager
def own_cluster() -> Iterator[OwnPostgres]:
    """A cluster on a port of its own, in a folder that goes with it. Root runs it as `postgres`: it refuses root."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    home, (port,) = Path(mkdtemp(prefix="aimaq-postgres-")), free_ports(1)
    try:
        files = tls.made(home / "tls")
        rules = "hostssl all all 127.0.0.1/32 trust\nhostnossl all plain 127.0.0.1/32 trust\n"
        (home / "hba").write_text(rules, "utf-8")
        for path in (home, *home.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if user is not None:
                os.chown(path, user.pw_uid, user.pw_gid)
        for path in (home, home / "tls", files.authority, files.stranger):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))

        def command(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            with (home / "output").open("ab") as output:
                return subprocess.Popen(
                    [_program(name), *arguments],
                    cwd=home,
                    stdout=output,
                    stderr=output,
                    user=None if user is None else user.pw_uid,
                    group=None if user is None else user.pw_gid,
                    extra_groups=None if user is None else [],
                )

        data = str(home / "data")
        assert command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8").wait(60) == 0
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "hba_file": home / "hba",
            "ssl": "on",
            "ssl_cert_file": files.certificate,
            "ssl_key_file": files.key,
            "fsync": "off",
        }
        start = ["start", "-D", data, "-w", "-l", str(home / "log")]
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        try:
            assert command("pg_ctl", *start, "-o", options).wait(60) == 0, (home / "log").read_text("utf-8")
            address = f"postgresql://{{user}}@127.0.0.1:{port}"
            running = OwnPostgres(address.format(user="postgres"), address.format(user="plain"), files)
            asyncio.run(_execute(f"{running.url}/postgres", "CREATE ROLE plain SUPERUSER LOGIN"))
            yield running
        finally:
            command("pg_ctl", "stop", "-D", data, "-m", "immediate").wait(60)
    finally:
        shutil.rmtree(home)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _program(name: str) -> str:
    found = shutil.which(name) or next((str(place / name) for place in reversed(_PLACES)), None)
    if found is None:
        pytest.fail(f"{name} is not on this machine: install PostgreSQL (scripts/services does)", pytrace=False)
    return found
