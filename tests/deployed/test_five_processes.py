"""The same flows as embedded, on five processes with RabbitMQ and PostgreSQL; and what the supervisor promises."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from stand.client.address import StandAddress
from stand.bench.stands import ports_in_a_row
from stand.flowfile import load
from stand.replay.player import play
from stand.up import until_ready
from tests.deployed.conftest import Deploy
from tests.fixtures_broker import BROKER
from tests.waiting import eventually

FLOWS = sorted(Path("flows").glob("unemployed-certificate-2012/*.yaml")) + sorted(
    next(path for path in sorted(Path("flows", regulation.id).glob(f"{channel}-*.yaml")) if "issued" in path.name)
    for regulation in Catalogue.bundled()
    for channel in regulation.flows
    if regulation.id != "unemployed-certificate-2012"
)
"""Every flow of one regulation, and of the other fifteen the usual end through each channel."""


@pytest.mark.services
@pytest.mark.slow
async def test_every_flow_conforms_on_five_processes(deploy: Deploy) -> None:
    assert len(FLOWS) == 13 + 35
    catalogue = Catalogue.bundled()
    async with deploy(BROKER) as stand:
        address = StandAddress("deployed", stand.urls, stand.admin_token)
        for path in FLOWS:
            run = await play(load(path, catalogue), address, seed=str(path))
            assert run.conforms, (path, run.verdict)
        assert stand.supervisor.restarts == 0


@pytest.mark.services
@pytest.mark.slow
async def test_a_service_whose_broker_is_gone_says_so_and_comes_back(deploy: Deploy, own_rabbit: object) -> None:
    from tests.fixtures_broker import OwnRabbit

    assert isinstance(own_rabbit, OwnRabbit)
    async with deploy(own_rabbit.url, own_rabbit.management) as stand, aiohttp.ClientSession() as session:

        async def reasons() -> list[str]:
            async with session.get(f"{stand.urls['portal']}/health/ready") as response:
                body = await response.json()
                assert (response.status == 503) == bool(body["reasons"])
                return list(body["reasons"])

        assert await reasons() == []
        await own_rabbit.stop()
        told = await eventually(reasons, within=30, what="the portal's complaint about the broker")
        assert any("broker" in line.lower() or "rabbit" in line.lower() or "connect" in line.lower() for line in told)
        async with session.get(f"{stand.urls['portal']}/health/live") as response:
            assert response.status == 200
        await own_rabbit.start()
        await stand.ready()
        assert stand.supervisor.restarts == 0


@pytest.mark.slow
async def test_up_in_one_process_stops_cleanly_when_told(tmp_path: Path) -> None:
    ports = ports_in_a_row()
    for number in (signal.SIGTERM, signal.SIGINT):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "stand", "up", "--home", str(tmp_path / "home"),
            "--first-port", str(ports[PARTIES[0]]),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await until_ready({party: f"http://127.0.0.1:{port}" for party, port in ports.items()}, 60)
        process.send_signal(number)
        out, err = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, err.decode()
        assert f"http://127.0.0.1:{ports['portal']}/docs" in out.decode()
        assert "Traceback" not in err.decode()


@pytest.mark.services
@pytest.mark.slow
async def test_up_in_five_processes_stops_all_of_them(tmp_path: Path) -> None:
    from stand import databases
    from stand.provision import broker
    from tests.databases import SERVER

    ports, vhost = ports_in_a_row(), f"aimaqup{os.getpid()}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stand", "up", "--home", str(tmp_path / "home"), "--vhost", vhost, "--prefix", vhost,
        "--first-port", str(ports[PARTIES[0]]), "--broker", BROKER, "--database", SERVER,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
        await until_ready(urls, 90)
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err.decode()
        assert "five processes" in out.decode()
        async with aiohttp.ClientSession() as session:
            for url in urls.values():
                with pytest.raises(aiohttp.ClientConnectionError):
                    await session.get(f"{url}/health/live")
    finally:
        await broker.remove(vhost, vhost, broker.admin_of(BROKER, None))
        await databases.drop(SERVER, vhost)
