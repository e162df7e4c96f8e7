"""One service in a process of its own, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
import socket

from structlog.contextvars import bind_contextvars

from aimaq.language.clock import LEAD, StandClock
from aimaq.language.errors import Stopped
from aimaq.pipeline.background.tasks import Tasks
from aimaq.service import Service
from aimaq.settings import Settings
from stand.runtime.assembly import assemble
from stand.runtime.catalogue import laws
from stand.runtime.embedded import listening, listening_socket
from stand.runtime.gc import calm

_GRACE = 10.0
"""Seconds to close a service in which something has ended."""


async def serve(settings: Settings, inherited: socket.socket | None = None) -> None:
    """Open the service and its port, and work until SIGINT, SIGTERM or the supervisor's end.

    The supervisor hands its own listening socket on; without one, the settings' port is opened.

    Unavailable if the port, the database or the broker cannot be had; Unconfigured if a key or a regulation is unfit;
    Stopped if something that it cannot work without has ended in it.
    """
    bind_contextvars(service=settings.party)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if (parent := multiprocessing.parent_process()) is not None:
        loop.add_reader(parent.sentinel, stop.set)
    with inherited or listening_socket(settings.host, settings.port) as listener:
        catalogue = laws(settings.law_files)
        service, app = assemble(settings, StandClock(file=settings.clock_file, lead=LEAD), catalogue)
        try:
            await service.open()
            async with listening(app, listener):
                calm()
                logging.getLogger(__name__).info("%s listens on port %d", settings.party, settings.port)
                await until(stop, service.tasks)
        finally:
            await closed(service)


async def until(stop: asyncio.Event, *running: Tasks) -> None:
    """Return when it is time to stop; Stopped as soon as one of the tasks has ended that were not to end."""
    stopping = asyncio.create_task(stop.wait())
    ending = {asyncio.create_task(tasks.ended()): tasks.owner for tasks in running}
    try:
        await asyncio.wait({stopping, *ending}, return_when=asyncio.FIRST_COMPLETED)
        for ended, owner in ending.items():
            if ended.done():
                raise Stopped(f"{owner}: {ended.result()}")
    finally:
        stopping.cancel()
        for ended in ending:
            ended.cancel()


async def closed(service: Service) -> None:
    """Close a service; one in which something has ended has `_GRACE` seconds for that."""
    try:
        async with asyncio.timeout(_GRACE if service.tasks.reason else None):
            await service.close()
    except TimeoutError:
        logging.getLogger(__name__).error("%s could not be closed in order", service.settings.party)
