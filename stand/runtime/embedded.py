"""The whole stand in one process: five services on five ports, a bus in memory, a SQLite file a service."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from aimaq.bus import MemoryBroker
from aimaq.language.clock import Clock, StandClock
from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from aimaq.service import Service
from aimaq.settings import Settings, clock_file
from aimaq.web.app import Dated
from stand.provision import keys
from stand.runtime.assembly import assemble


@dataclass(frozen=True, slots=True)
class Stand:
    """A stand that runs: where its services listen, its administration token, its clock, the services themselves."""

    urls: dict[str, str]
    admin_token: str
    clock: Clock
    services: dict[str, Service]
    broker: MemoryBroker


_MOST = 512
"""Commands and messages of a transaction: services of one process have nobody to keep waiting but each other."""


@asynccontextmanager
async def embedded(
    home: Path,
    *,
    catalogue: Catalogue | None = None,
    clock: Clock | None = None,
    host: str = "127.0.0.1",
    ports: Mapping[str, int] | None = None,
    **settings: Any,
) -> AsyncIterator[Stand]:
    """Run a stand in this process until the block ends. Without `ports`, free ones are taken.

    Without a `clock` it is the one kept in the home. `settings` are those of `Settings`, for all five services.
    Unavailable if a port is taken.
    """
    clock = clock or StandClock(file=clock_file(home))
    catalogue = catalogue or Catalogue.bundled()
    settings = {"batch": _MOST} | settings
    async with AsyncExitStack() as stack:
        doors = {party: stack.enter_context(door(host, (ports or {}).get(party, 0))) for party in PARTIES}
        urls = {party: f"http://{host}:{listener.getsockname()[1]}" for party, listener in doors.items()}
        kind = settings.get("authority_keys", "rsa")
        token = keys.provision(home, clock, registry_url=urls["registry"], authority_keys=kind)
        broker = MemoryBroker()
        services: dict[str, Service] = {}
        # the registry first: the others ask it whose certificates are good before they begin
        for party, listener in sorted(doors.items(), key=lambda pair: pair[0] != "registry"):
            own = Settings(
                party=party, host=host, port=listener.getsockname()[1], home=home, registry_url=urls["registry"],
                stand_urls=",".join(f"{name}={url}" for name, url in urls.items()), **settings,
            )  # fmt: skip
            service, app = assemble(own, clock, catalogue, broker.connect(party))
            await service.open()
            stack.push_async_callback(service.close)
            await stack.enter_async_context(listening(app, listener))
            services[party] = service
        yield Stand(urls, token, clock, services, broker)


@contextmanager
def door(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; Unavailable, naming the port, if it cannot be had."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise Unavailable(f"port {port} of {host} cannot be used: {error.strerror}") from None
        listener.listen(1024)
        listener.setblocking(False)
        yield listener
    finally:
        listener.close()


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def listening(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    """Serve the application on a socket until the block ends; requests under way are finished first."""
    config = uvicorn.Config(
        Dated(app, app.state.service.clock),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise Unavailable("the HTTP server stopped as it was started")
            await asyncio.sleep(0.005)
        yield
    finally:
        app.state.service.leave()
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
