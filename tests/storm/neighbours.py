"""Disasters that people make: a clock that is moved about, and a second stand that wants what the first has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aimaq.http.client import http_client
from stand.bench.stands import ports_in_a_row
from stand.client.http import ServiceClient
from tests.databases import SERVER
from tests.deployed.test_two_stands import ended
from tests.fixtures_broker import MANAGEMENT
from tests.storm.faults import Fault
from tests.storm.place import Place


def clock_moved(*spans: str) -> Fault:
    """The stand's clock jumps, by each of these in turn."""

    @asynccontextmanager
    async def fault(place: Place) -> AsyncIterator[None]:
        stand = place.stand
        async with http_client(timeout=30) as session:
            for span in spans:
                reply = await ServiceClient(session, stand.urls["gateway"]).call(
                    "POST", "/clock", {"by": span}, token=stand.tokens["gateway"]
                )
                assert not reply.refused, reply.detail
        yield

    return fault


@asynccontextmanager
async def second_stand(place: Place) -> AsyncIterator[None]:
    """Others start a stand in its home, on its ports and on its databases, and bring its topology to the broker."""
    stand = place.stand
    management = place.broker.management if place.broker is not None else MANAGEMENT
    managed = ["--management", management] if management else []
    other, elsewhere = stand.home.with_name("other"), str(ports_in_a_row()["portal"])
    first = stand.urls["portal"].rpartition(":")[2]
    up = ["up", "--broker", stand.broker, *managed, "--database", SERVER]
    own = ["--prefix", stand.name, "--vhost", stand.vhost]
    attempts = {
        "a stand runs in": [*up, "--home", str(stand.home), "--first-port", elsewhere, "--prefix", "x", "--vhost", "x"],
        f"port {first} of": [*up, "--home", str(other), "--first-port", first, "--prefix", "x", "--vhost", "x"],
        "another stand has the databases": [*up, "--home", str(other), "--first-port", elsewhere, *own],
        "another stand runs with": ["broker", "apply", "--url", stand.broker, *managed, *own, "--secrets", str(other)],
        "stop its stand first": ["broker", "remove", "--url", stand.broker, *managed, *own],
    }
    for reason, command in attempts.items():
        code, line = await ended(*command)
        assert (code, reason in line) == (3, True), (reason, code, line)
    yield
