"""`aimaq up`: the stand on this machine, in one process or in five."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from aimaq.http.client import http_client
from aimaq.language.errors import Technical, Unavailable, Unconfigured
from aimaq.language.messages import PARTIES
from aimaq.language.visible import visible
from aimaq.settings import PORTS, Settings
from stand.provision.databases import reserved
from stand.runtime.catalogue import laws
from stand.runtime.embedded import embedded, listening_sockets
from stand.runtime.gc import calm
from stand.runtime.home_lock import locked_home
from stand.runtime.serve import until
from stand.runtime.supervisor import prepare, supervised

_START = 60.0


async def up(
    home: Path,
    host: str,
    first_port: int | None,
    broker: str | None,
    database: str | None,
    management: str | None,
    vhost: str,
    prefix: str,
    law: list[Path],
    *,
    autopilot: bool,
    log_level: str,
    log_format: str,
) -> None:
    """Run the stand until Ctrl-C or SIGTERM, and say where it listens. `law` are files of further regulations.

    Its home, ports, databases and broker users are taken before anything is made in them: Unavailable if another stand
    has one of them or something is out of reach, Unconfigured if one of those files has a mistake, or if one of
    `broker` and `database` is given without the other.
    """
    if (broker is None) != (database is None):
        raise Unconfigured("a stand in five processes needs both --broker and --database")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    ports = PORTS if first_port is None else {party: first_port + i for i, party in enumerate(PARTIES)}
    with locked_home(home):
        if broker is None or database is None:
            tuning = Settings.tuning() | {"autopilot": autopilot}
            async with embedded(home, catalogue=laws(law), host=host, ports=ports, **tuning) as stand:
                calm()
                announce(stand.urls, home, "one process, bus in memory, SQLite")
                await until(stopping, *(service.tasks for service in stand.services.values()))
            return
        laws(law)
        with listening_sockets(host, ports) as listeners:
            async with reserved(database, prefix.replace("-", "_")):
                environments, _ = await prepare(
                    home,
                    broker,
                    database,
                    host=host,
                    ports=ports,
                    vhost=vhost,
                    prefix=prefix,
                    management=management,
                    autopilot="1" if autopilot else "0",
                    regulations=os.pathsep.join(str(path.resolve()) for path in law),
                    log_level=log_level,
                    log_format=log_format,
                )
                urls = {party: f"http://{host}:{ports[party]}" for party in PARTIES}
                async with supervised(environments, listeners) as supervisor:
                    await until_ready(urls, _START)
                    announce(urls, home, "five processes, RabbitMQ, PostgreSQL")
                    await until(stopping, supervisor.tasks)


async def until_ready(urls: dict[str, str], seconds: float) -> None:
    """Return once every service says that it is ready; Unavailable, with the reasons given, if one never does."""
    async with http_client(timeout=2) as session:
        await asyncio.gather(*(_ready(session, party, url, seconds) for party, url in urls.items()))


async def _ready(session: httpx.AsyncClient, party: str, url: str, seconds: float) -> None:
    last = "it does not answer"
    due = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < due:
        try:
            response = await session.get(f"{url}/health/ready")
            body = response.json()
            if response.status_code == 200 and body["party"] == party:
                return
            last = "; ".join(body.get("reasons", [])) or f"something else answers at {url}"
        except (httpx.HTTPError, ValueError):
            pass
        await asyncio.sleep(0.1)
    raise Unavailable(Technical(f"{party} is not ready after {seconds:.0f} s: {last}"))


def announce(urls: dict[str, str], home: Path, how: str) -> None:
    """Say where the stand is."""
    wide = max(map(len, urls.values()))
    lines = [f"Aimaq is up ({how})", f"{'service':<9} {'address':<{wide}} OpenAPI"]
    lines += [f"{party:<9} {url:<{wide}} {url}/docs" for party, url in urls.items()]
    lines.append(f"console   {urls['gateway']}/console    sign in with an account, or with the gateway's token")
    lines.append(f"the services' tokens: {home / 'keys' / 'PARTY' / 'admin.token'}    Ctrl-C stops the stand")
    sys.stdout.write(visible("\n".join(lines)) + "\n")
    sys.stdout.flush()
