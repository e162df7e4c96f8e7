"""Disasters of processes, databases and the broker: each lasts as long as its block, and is over when that ends."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import psutil

from aimaq.language.messages import PARTIES
from tests.fixtures_broker import close_connections, limit_queue
from tests.rabbit_nodes import ROOM
from tests.reliability import conditions
from tests.storm.place import Place

Fault = Callable[[Place], AbstractAsyncContextManager[None]]

TABLES = {"portal": "cases", "con": "cases", "lea": "cases", "gateway": "journal", "registry": "inbox"}
"""The table of each service that somebody else locks."""

PAGE = 4096
"""Bytes."""


def killed(*parties: str) -> Fault:
    """These processes die."""

    @asynccontextmanager
    async def fault(place: Place) -> AsyncIterator[None]:
        place.stand.signal(signal.SIGKILL, *parties)
        yield

    return fault


@asynccontextmanager
async def several_killed(place: Place) -> AsyncIterator[None]:
    """Two or three processes die, drawn by the seed."""
    async with killed(*place.chance.sample(PARTIES, place.chance.choice((2, 3))))(place):
        yield


def stopped(*parties: str) -> Fault:
    """These processes stand still, and go on afterwards."""

    @asynccontextmanager
    async def fault(place: Place) -> AsyncIterator[None]:
        place.stand.signal(signal.SIGSTOP, *parties)
        try:
            yield
        finally:
            place.stand.signal(signal.SIGCONT, *parties)

    return fault


def all_of(make: Callable[[Place, str], AbstractAsyncContextManager[None]], *parties: str) -> Fault:
    """The same to each of these parties at a time."""

    @asynccontextmanager
    async def fault(place: Place) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for party in parties:
                await stack.enter_async_context(make(place, party))
            yield

    return fault


@asynccontextmanager
async def sessions_ended(place: Place, party: str) -> AsyncIterator[None]:
    """Every session in its database ends."""
    await conditions.end_sessions(place.stand, party)
    yield


@asynccontextmanager
async def read_only(place: Place, party: str) -> AsyncIterator[None]:
    """Its database takes no writes. Nobody ends the sessions that are left from that time."""
    async with conditions.configured(place.stand, party, "default_transaction_read_only", "on"):
        yield


@asynccontextmanager
async def locked(place: Place, party: str) -> AsyncIterator[None]:
    """Somebody holds a lock on a table, and a statement may take 400 ms."""
    async with (
        conditions.configured(place.stand, party, "statement_timeout", "400"),
        conditions.locked(place.stand, party, TABLES[party]),
    ):
        yield


@asynccontextmanager
async def shut(place: Place, party: str) -> AsyncIterator[None]:
    """Its database allows no connections."""
    async with conditions.shut(place.stand, party):
        yield


@asynccontextmanager
async def disk_full(place: Place) -> AsyncIterator[None]:
    """The disk with the databases of body and gateway is full."""
    assert place.disk is not None
    await place.disk.fill()
    try:
        yield
    finally:
        await place.disk.free()


def files_limited(*parties: str) -> Fault:
    """No file that these processes write to may be larger than a page: to them it is as if the disk were full."""

    @asynccontextmanager
    async def fault(place: Place) -> AsyncIterator[None]:
        processes = [psutil.Process(place.stand.supervisor.pid(party)) for party in parties]
        for process in processes:
            process.rlimit(psutil.RLIMIT_FSIZE, (PAGE, psutil.RLIM_INFINITY))
        try:
            yield
        finally:
            for process in processes:
                process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))

    return fault


@asynccontextmanager
async def connections_closed(place: Place) -> AsyncIterator[None]:
    """The broker closes every connection."""
    await close_connections(place.stand)
    yield


@asynccontextmanager
async def broker_restarted(place: Place) -> AsyncIterator[None]:
    """The broker is stopped in good order, and started."""
    assert place.broker is not None
    await place.broker.restart()
    yield


@asynccontextmanager
async def broker_killed(place: Place) -> AsyncIterator[None]:
    """The broker loses its power, and has it again when it is over."""
    assert place.broker is not None
    await place.broker.kill()
    try:
        yield
    finally:
        await place.broker.start()


@asynccontextmanager
async def broker_away(place: Place) -> AsyncIterator[None]:
    """The broker is stopped, and started when it is over."""
    assert place.broker is not None
    await place.broker.stop()
    try:
        yield
    finally:
        await place.broker.start()


@asynccontextmanager
async def broker_without_room(place: Place) -> AsyncIterator[None]:
    """The broker's own disk has too little room: it takes nothing from anybody."""
    assert place.broker is not None
    await place.broker.demand_room(2**60)
    try:
        yield
    finally:
        await place.broker.demand_room(ROOM)


def queue_full(party: str) -> Fault:
    """A party stands still, and the broker refuses what does not fit into its queue."""

    @asynccontextmanager
    async def fault(place: Place) -> AsyncIterator[None]:
        queue = f"{place.stand.name}.{party}"
        await limit_queue(place.stand, queue, 1)
        try:
            async with stopped(party)(place):
                yield
        finally:
            await limit_queue(place.stand, queue, None)

    return fault
