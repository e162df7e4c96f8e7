"""The same flows as embedded, on five processes with RabbitMQ and PostgreSQL; and what the supervisor promises."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from shutil import which

import httpx
import psutil
import pytest
from sqlalchemy.engine import make_url

from aimaq.http.client import http_client
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from stand.bench.stands import ports_in_a_row
from stand.client.address import StandAddress
from stand.flowfile import load
from stand.replay.player import play
from stand.runtime.up import until_ready
from tests.deployed.conftest import Deploy
from tests.fixtures_broker import BROKER, MANAGEMENT, administrator
from tests.waiting import eventually

FLOWS = sorted(Path("flows").glob("unemployed-certificate-2012/*.yaml")) + sorted(
    next(path for path in sorted(Path("flows", regulation.id).glob(f"{channel}-*.yaml")) if "issued" in path.name)
    for regulation in Catalogue.bundled()
    for channel in regulation.flows
    if regulation.id != "unemployed-certificate-2012"
)
"""Every flow of one regulation, and of the other fifteen the usual end through each channel."""


@pytest.mark.services
@pytest.mark.long
async def test_every_flow_conforms_on_five_processes(deploy: Deploy) -> None:
    assert len(FLOWS) == 13 + 35
    catalogue = Catalogue.bundled()
    async with deploy(BROKER) as stand:
        address = StandAddress("deployed", stand.urls, stand.tokens)
        for path in FLOWS:
            run = await play(load(path, catalogue), address, seed=str(path))
            assert run.conforms, (path, run.verdict)
        assert stand.supervisor.restarts == 0


@pytest.mark.services
@pytest.mark.long
async def test_a_service_whose_broker_is_gone_says_so_and_comes_back(deploy: Deploy, own_rabbit: object) -> None:
    from tests.rabbit_nodes import OwnRabbit

    assert isinstance(own_rabbit, OwnRabbit)
    async with deploy(own_rabbit.url, own_rabbit.management) as stand, http_client() as session:

        async def reasons() -> list[str]:
            response = await session.get(f"{stand.urls['portal']}/health/ready")
            body = response.json()
            assert (response.status_code == 503) == bool(body["reasons"])
            return list(body["reasons"])

        assert await reasons() == []
        await own_rabbit.stop()
        complaints = await eventually(reasons, within=30, what="the portal's complaint about the broker")
        assert any(
            "broker" in line.lower() or "rabbit" in line.lower() or "connect" in line.lower() for line in complaints
        )
        response = await session.get(f"{stand.urls['portal']}/health/live")
        assert response.status_code == 200
        await own_rabbit.start()
        await stand.ready()
        assert stand.supervisor.restarts == 0


@pytest.mark.slow
async def test_up_in_one_process_stops_cleanly_when_told(tmp_path: Path) -> None:
    ports = ports_in_a_row()
    for number in (signal.SIGTERM, signal.SIGINT):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "stand",
            "up",
            "--home",
            str(tmp_path / "home"),
            "--first-port",
            str(ports[PARTIES[0]]),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await until_ready({party: f"http://127.0.0.1:{port}" for party, port in ports.items()}, 60)
        process.send_signal(number)
        out, err = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, err.decode()
        assert f"http://127.0.0.1:{ports['portal']}/docs" in out.decode()
        assert "Traceback" not in err.decode()


@pytest.mark.services
@pytest.mark.slow
async def test_up_in_five_processes_stops_all_of_them_and_shows_no_password(tmp_path: Path) -> None:
    from stand.provision import broker, databases
    from tests.databases import SERVER

    ports, vhost = ports_in_a_row(), f"aimaqup{os.getpid()}"
    server = make_url(SERVER)
    database = server.set(password=server.password or "database-password").render_as_string(hide_password=False)
    (tmp_path / "broker").write_text(f"{BROKER}\n", "utf-8")
    servers = {"AIMAQ_BROKER_FILE": str(tmp_path / "broker"), "AIMAQ_DATABASE": database}
    if MANAGEMENT is not None:
        servers["AIMAQ_MANAGEMENT"] = MANAGEMENT
    commands = tmp_path / "commands"  # what the administrator's program is started with
    program = tmp_path / "rabbitmqctl"
    program.write_text(f'#!/bin/sh\necho "$@" >>{commands}\nexec {which("rabbitmqctl")} "$@"\n', "utf-8")
    program.chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "stand",
        "up",
        "--home",
        str(tmp_path / "home"),
        "--vhost",
        vhost,
        "--prefix",
        vhost,
        "--first-port",
        str(ports[PARTIES[0]]),
        env={**os.environ, **servers, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
        await until_ready(urls, 90)
        tree = psutil.Process(process.pid)
        shown = [" ".join(one.cmdline()) for one in (tree, *tree.children(recursive=True))]
        assert len(shown) > len(PARTIES)
        if MANAGEMENT is None:
            shown += commands.read_text("utf-8").splitlines()
        words = [path.read_text("utf-8").strip() for path in (tmp_path / "home" / "keys" / "broker").iterdir()]
        assert len(words) == len(PARTIES)
        for word in (*words, "database-password", ":guest@", f":{server.password}@", MANAGEMENT or BROKER):
            assert not [line for line in shown if word in line]
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err.decode()
        assert "five processes" in out.decode()
        async with http_client() as session:
            for url in urls.values():
                with pytest.raises(httpx.ConnectError):
                    await session.get(f"{url}/health/live")
    finally:
        await broker.remove(vhost, vhost, administrator())
        await databases.drop(SERVER, vhost)
