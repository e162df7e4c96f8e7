"""One trace id goes through HTTP and queues: from a person's call through all five services, embedded and deployed."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from aimaq.language.messages import PARTIES
from stand.client.address import StandAddress
from stand.client.clock import working_morning
from stand.client.http import Reply, ServiceClient
from stand.commands.tester.playing import CHEAP_PASSWORDS, play_all
from stand.flowfile import FLOWS
from stand.flowfile import load as load_flow
from stand.provision import broker, databases
from stand.replay.run import Replay
from stand.runtime.catalogue import laws
from stand.runtime.embedded import embedded
from tests.databases import SERVER
from tests.fixtures_broker import ON_BROKER, administrator
from tests.house import ROOT
from tests.logs.test_replay import replayed, up
from tests.traces.collector import CollectedSpan, Collector, collecting
from tests.waiting import eventually

pytestmark = pytest.mark.slow

ACT = "unemployed-certificate-2016"
FLOW = FLOWS / ACT / "con-issued.yaml"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest_asyncio.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """A collector that the services of this test send their spans to, and clients whose calls belong to `TRACE`."""
    once = ServiceClient._once

    async def traced(self: ServiceClient, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        return await once(self, method, path, body, headers | {"traceparent": CALLER})

    monkeypatch.setattr(ServiceClient, "_once", traced)
    async with collecting() as made:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        yield made


@pytest.fixture
def law(tmp_path: Path) -> Path:
    """The act of the flow, by which the portal is told of requests at the service centre: so all five have a part."""
    text = (ROOT / "aimaq" / "regulations" / f"{ACT}.yaml").read_text("utf-8")
    assert text.count("\n  con:\n") == 1
    copies = "    copies: [{of: RequestSubmitted, to: portal, status: received}]\n"
    file = tmp_path / f"{ACT}.yaml"
    file.write_text(text.replace("\n  con:\n", f"\n  con:\n{copies}"), "utf-8")
    return file


async def played(home: Path, law: Path) -> Replay:
    """The flow, played on a stand in this process."""
    catalogue = laws([law])
    async with embedded(home, catalogue=catalogue, clock=working_morning(), **CHEAP_PASSWORDS) as stand:
        address = StandAddress("the test's", stand.urls, stand.tokens, stand.clock)
        return await play_all([load_flow(FLOW, catalogue)], address, "traced", catalogue)


def hops(spans: list[CollectedSpan]) -> set[tuple[str, str]]:
    """From which service to which a message went, as parents of spans say it."""
    by_id = {span.id: span for span in spans}
    return {
        (by_id[span.parent].service, span.service) for span in spans if span.kind == "consumer" and span.parent in by_id
    }


def whole(spans: list[CollectedSpan]) -> bool:
    """Whether these spans are one tree below the caller's, through all services, with every kind of span in it."""
    ids = {span.id for span in spans}
    assert not {span.parent for span in spans} - ids - {CALLER.split("-")[2]}, "no span lacks its parent"
    assert {span.service for span in spans} == {*PARTIES}
    assert {span.kind for span in spans} == {"server", "internal", "producer", "consumer"}
    named = {span.name for span in spans}
    assert {"command", "process RequestSubmitted", "handle RequestSubmitted", "publish RequestSubmitted"} <= named
    assert {"process RegistryAsked", "process ResultIssued", "process StatusChanged"} <= named
    assert hops(spans) >= {("con", "gateway"), ("gateway", "lea"), ("lea", "gateway"), ("gateway", "con")}
    assert hops(spans) >= {("gateway", "portal"), ("gateway", "registry"), ("registry", "gateway")}
    by_id = {span.id: span for span in spans}
    asked = {by_id[span.parent].service for span in spans if span.name == "GET /nca/crl" and span.parent in by_id}
    assert asked, "the registry is asked within the request that needs to know"
    return True


def names_nobody(collector: Collector) -> None:
    """That no person's number, no address as it was called and no text of a message left with a span."""
    paths = {span.attributes["url.path"] for span in collector.spans if "url.path" in span.attributes}
    assert paths == {"…"}
    routes = {span.attributes.get("http.route", "") for span in collector.spans if span.kind == "server"}
    assert any("{case_id}" in route for route in routes)
    text = b"\n".join(value.encode() for span in collector.spans for value in (*span.attributes.values(), span.message))
    assert not re.search(rb"(?<![0-9a-f-])\d{12}(?![0-9a-f-])", text), "a number of twelve digits is a person's"


async def test_one_trace_spans_the_five_services_of_one_process(
    collector: Collector, tmp_path: Path, law: Path
) -> None:
    assert (await played(tmp_path / "home", law)).conforms
    assert whole(collector.of(TRACE))
    names_nobody(collector)
    others = {span.kind for span in collector.spans if span.trace != TRACE}
    assert others <= {"server"}, "but for a request, what belongs to no trace begins none"


@pytest.mark.services
@pytest.mark.long
async def test_one_trace_spans_five_processes_and_the_broker(
    collector: Collector, tmp_path: Path, law: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMAQ_REGULATIONS", str(law))
    name = f"aimaqtrace{os.getpid()}"
    words = ("--vhost", name, "--prefix", name, *ON_BROKER, "--database", SERVER)
    try:
        async with up(tmp_path / "home", tmp_path / "log", *words) as urls:
            await replayed(urls, tmp_path / "home", [FLOW])
            await eventually(lambda: {span.service for span in collector.of(TRACE)} == {*PARTIES})
    finally:
        await broker.remove(name, name, administrator())
        await databases.drop(SERVER, name)
    assert whole(collector.of(TRACE))
    names_nobody(collector)
