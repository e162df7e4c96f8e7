"""One service in a process of its own, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal

from aimaq.language.clock import LEAD, StandClock
from aimaq.settings import Settings
from stand.runtime.assembly import assemble
from stand.runtime.gc import calm
from stand.runtime.embedded import door, listening
from stand.runtime.catalogue import laws


async def serve(settings: Settings) -> None:
    """Open the service and its port, and work until SIGINT, SIGTERM or the supervisor's end.

    Unavailable if the port, the database or the broker cannot be had; Unconfigured if a key or a regulation is unfit.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if (parent := multiprocessing.parent_process()) is not None:
        loop.add_reader(parent.sentinel, stop.set)
    with door(settings.host, settings.port) as listener:
        catalogue = laws(settings.law_files)
        service, app = assemble(settings, StandClock(file=settings.clock_file, lead=LEAD), catalogue)
        try:
            await service.open()
            async with listening(app, listener):
                calm()
                logging.getLogger(__name__).info("%s listens on port %d", settings.party, settings.port)
                await stop.wait()
        finally:
            await service.close()
