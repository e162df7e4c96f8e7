"""`aimaq up`: the stand on this machine, in one process or in five."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from aimaq.settings import PORTS, Settings
from stand.runtime.gc import calm
from stand.runtime.embedded import embedded
from stand.runtime.catalogue import laws
from stand.runtime.supervisor import prepare, supervised

_START = 30.0


async def up(
    home: Path, host: str, first_port: int | None, broker: str | None, database: str | None, management: str | None,
    vhost: str, prefix: str, autopilot: bool, law: list[Path],
) -> None:  # fmt: skip
    """Run the stand until Ctrl-C or SIGTERM, and say where it listens. `law` are files of further regulations.

    Unavailable if something is out of reach, Unconfigured if one of those files has a mistake.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    ports = PORTS if first_port is None else {party: first_port + i for i, party in enumerate(PARTIES)}
    catalogue = laws(law)
    tuning = Settings.tuning() | {"autopilot": autopilot}
    if broker is None and database is None:
        async with embedded(home, catalogue=catalogue, host=host, ports=ports, **tuning) as stand:
            calm()
            announce(stand.urls, home, "one process, bus in memory, SQLite")
            await stop.wait()
        return
    if broker is None or database is None:
        raise Unavailable("a stand in five processes needs both --broker and --database")
    environments, _ = await prepare(
        home, broker, database, host=host, ports=ports, vhost=vhost, prefix=prefix, management=management,
        autopilot="1" if autopilot else "0", regulations=os.pathsep.join(str(path.resolve()) for path in law),
    )  # fmt: skip
    urls = {party: f"http://{host}:{ports[party]}" for party in PARTIES}
    async with supervised(environments):
        await until_ready(urls, _START)
        announce(urls, home, "five processes, RabbitMQ, PostgreSQL")
        await stop.wait()


async def until_ready(urls: dict[str, str], seconds: float) -> None:
    """Return once every service says that it is ready; Unavailable, with the reasons given, if one never does."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        await asyncio.gather(*(_ready(session, party, url, seconds) for party, url in urls.items()))


async def _ready(session: aiohttp.ClientSession, party: str, url: str, seconds: float) -> None:
    last = "it does not answer"
    due = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < due:
        try:
            async with session.get(f"{url}/health/ready") as response:
                body = await response.json()
                if response.status == 200 and body["party"] == party:
                    return
                last = "; ".join(body.get("reasons", [])) or f"something else answers at {url}"
        except (aiohttp.ClientError, TimeoutError, ValueError):
            pass
        await asyncio.sleep(0.1)
    raise Unavailable(f"{party} is not ready after {seconds:.0f} s: {last}")


def announce(urls: dict[str, str], home: Path, how: str) -> None:
    """Say where the stand is."""
    table = Table(title=f"Aimaq is up ({how})", title_justify="left", show_edge=False)
    for heading in ("service", "address", "OpenAPI"):
        table.add_column(heading)
    for party, url in urls.items():
        table.add_row(party, url, f"{url}/docs")
    console = Console()
    console.print(table)
    console.print(f"administration token: {home / 'keys' / 'admin.token'}    Ctrl-C stops the stand")
    sys.stdout.flush()
