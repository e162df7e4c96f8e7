"""The whole stand in one process: five services on five ports, a bus in memory, a SQLite file a service."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from structlog.contextvars import bound_contextvars

from aimaq.bus import MemoryBroker
from aimaq.language.clock import Clock, StandClock
from aimaq.language.errors import Technical, Unavailable
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from aimaq.service import Service
from aimaq.settings import Setting, Settings, clock_file
from aimaq.web.server import configuration
from stand.provision import keys
from stand.runtime.assembly import assemble


@dataclass(frozen=True, slots=True)
class Stand:
    """A stand that runs: where its services listen, the token of each, its clock, the services."""

    urls: dict[str, str]
    tokens: dict[str, str]
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
    **settings: Setting,
) -> AsyncIterator[Stand]:
    """Run a stand in this process until the block ends. Without `ports`, free ones are taken.

    Without a `clock` it is the one kept in the home. `settings` are those of `Settings`, for all five services.
    Unavailable if a port is taken.
    """
    clock = clock or StandClock(file=clock_file(home))
    catalogue = catalogue or Catalogue.bundled()
    own: dict[str, Any] = {"batch": _MOST} | settings
    async with AsyncExitStack() as stack:
        listeners = stack.enter_context(listening_sockets(host, ports or {}))
        urls = {party: f"http://{host}:{listener.getsockname()[1]}" for party, listener in listeners.items()}
        kind = own.get("authority_keys", "rsa")
        tokens = keys.provision(home, clock, registry_url=urls["registry"], authority_keys=kind)
        broker = MemoryBroker()
        services: dict[str, Service] = {}
        # the registry first: the others ask it whose certificates are good before they begin
        for party, listener in sorted(listeners.items(), key=lambda pair: pair[0] != "registry"):
            settled = Settings(
                party=party,
                host=host,
                port=listener.getsockname()[1],
                home=home,
                registry_url=urls["registry"],
                stand_urls=",".join(f"{name}={url}" for name, url in urls.items()),
                **own,
            )
            service, app = assemble(settled, clock, catalogue, broker.connect(party))
            with bound_contextvars(service=party):  # what begins here is told in the log as that service's
                await service.open()
                stack.push_async_callback(service.close)
                await stack.enter_async_context(listening(app, listener, len(PARTIES)))
            services[party] = service
        yield Stand(urls, tokens, clock, services, broker)


@contextmanager
def listening_sockets(host: str, ports: Mapping[str, int]) -> Iterator[dict[str, socket.socket]]:
    """A listening socket for each party, on a free port if none is given; Unavailable if one cannot be had."""
    with ExitStack() as stack:
        yield {party: stack.enter_context(listening_socket(host, ports.get(party, 0))) for party in PARTIES}


@contextmanager
def listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; Unavailable, naming the port, if it cannot be had."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            why = f"port {port} of {host} cannot be used: {error.strerror}: name others with --first-port"
            raise Unavailable(Technical(why)) from None
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
async def listening(app: FastAPI, listener: socket.socket, services: int = 1) -> AsyncIterator[None]:
    """Serve the application on a socket until the block ends; requests under way are finished first.

    `services` listen in this process: each has its part of the files that the process may have open.
    """
    service: Service = app.state.service
    server, tasks = _Server(configuration(app, services)), service.tasks
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise Unavailable(Technical("the HTTP server stopped as it was started"))
            await asyncio.sleep(0.005)
        tasks.watch("the HTTP server", task)
        yield
    finally:
        tasks.remove(task)
        service.leave()
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
