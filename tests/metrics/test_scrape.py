"""`/metrics` of the services: in the form that Prometheus reads, of one service alone, whatever its database does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI

from aimaq import __version__
from aimaq.language.errors import Unconfigured
from aimaq.language.messages import PARTIES
from aimaq.pipeline.telemetry import families
from tests.faults import outage
from tests.metrics.scraping import Scrape, scraped
from tests.parties import Parties
from tests.pipeline.messages import SUBMITTED, submitted
from tests.waiting import eventually

TOKEN = "a-token-for-scrapers-alone"


async def test_every_service_answers_a_scraper(parties: Parties) -> None:
    await parties.start(*PARTIES)
    for party in PARTIES:
        found = await scraped(await parties.http(party), parties.admin(party))
        assert found.value(families.READY.name) == 1.0
        assert found.value(families.DATABASE.name) == found.value(families.BROKER.name) == 1.0
        assert found.series(families.BUILD.name)[0]["version"] == __version__
        assert {one["kind"] for one in found.series(families.WAITING.name)} == {
            "queued",
            "held",
            "retry",
            "dead",
            "unsent",
        }
        for family in found.families.values():
            assert family.documentation, family.name


async def test_messages_are_counted_by_link_and_the_services_of_a_process_apart(parties: Parties) -> None:
    await parties.start("gateway", "lea")
    portal = await parties.outsider("portal")
    case_id = portal.ids()
    good = portal.write(submitted(parties, case_id), case_id=case_id)
    foreign = portal.write(SUBMITTED, sender="con")
    assert await portal.hand_in(good, foreign) == [None, None]
    lea = await parties.http("lea")

    async def came() -> Scrape | None:
        found = await scraped(lea, parties.admin("lea"))
        link = {"sender": "portal", "recipient": "lea", "type": "RequestSubmitted", "outcome": "accepted"}
        return found if found.value("aimaq_messages_total", **link) else None

    at_lea = await eventually(came, what="the request at the body")
    at_gateway = await scraped(await parties.http("gateway"), parties.admin("gateway"))
    link = {"sender": "portal", "recipient": "lea"}
    assert at_gateway.value("aimaq_messages_total", **link, type="RequestSubmitted", outcome="accepted") == 1
    assert at_gateway.value("aimaq_rejected_messages_total", reason="unknown-sender") == 1
    assert at_gateway.value("aimaq_signature_failures_total", publisher="portal") == 1
    assert at_gateway.value("aimaq_message_seconds_count", **link) == 1
    assert at_gateway.value("aimaq_sent_messages_total", recipient="lea", type="RequestSubmitted") == 1
    assert at_lea.value("aimaq_rejected_messages_total", reason="unknown-sender") == 0
    assert at_lea.value("aimaq_batch_size_count") >= 1
    assert at_gateway.value("aimaq_journal_entries_total") >= 2
    assert "aimaq_journal_entries" not in at_lea.families


async def test_a_request_is_counted_by_the_path_that_is_declared(parties: Parties) -> None:
    await parties.start("portal")
    from aimaq.web.metrics.requests import Measured

    app: FastAPI = parties.apps["portal"]
    import httpx

    transport = httpx.ASGITransport(app=Measured(app, app.state.requests))
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        for number in range(30):
            await client.get(f"/cases/019cacb3-f200-72a4-b777-{number:012d}")
            await client.get(f"/nothing/{number}")
            await client.request(f"ODD{number}", "/health/live")
        await client.head("/health/live")
        found = await scraped(client, parties.admin("portal"))
    shown = {(one["method"], one["route"], one["status"]) for one in found.series("aimaq_http_requests_total")}
    assert shown == {
        ("GET", "/cases/{case_id}", "401"),
        ("GET", "other", "404"),
        ("other", "/health/live", "405"),
        ("HEAD", "/health/live", "200"),
    }
    assert found.value("aimaq_http_requests_total", method="GET", route="other", status="404") == 30
    assert found.value("aimaq_http_request_seconds_count", route="/cases/{case_id}") == 30


async def test_without_its_database_a_service_tells_what_it_knew_last(parties: Parties) -> None:
    await parties.start("gateway")
    client, admin = await parties.http("gateway"), parties.admin("gateway")
    gateway, portal = parties.services["gateway"], await parties.outsider("portal")
    await portal.hand_in(portal.write(SUBMITTED, sequence=2))
    before = await scraped(client, admin)
    assert before.value("aimaq_waiting_messages", kind="held") == 1
    async with outage(gateway):
        without = await scraped(client, admin)
        assert without.value("aimaq_waiting_messages", kind="held") == 1
        assert without.value("aimaq_probe_up", probe="waiting") == 0
        assert without.value("aimaq_database_up") == without.value("aimaq_ready") == 0

    async def well() -> bool:
        found = await scraped(client, admin)
        return found.value("aimaq_database_up") == found.value("aimaq_probe_up", probe="waiting") == 1

    await eventually(well, what="figures of now")


async def test_a_broker_that_takes_nothing_is_down_and_what_was_not_taken_is_counted(parties: Parties) -> None:
    await parties.start("portal", mode="refuse")
    client, admin = await parties.http("portal"), parties.admin("portal")
    await parties.ask()

    async def down() -> Scrape | None:
        found = await scraped(client, admin)
        return found if found.value("aimaq_unconfirmed_sends_total") > 1 else None

    found = await eventually(down, what="a message that is not taken, again and again")
    assert found.value("aimaq_broker_up") == found.value("aimaq_ready") == 0
    assert found.value("aimaq_database_up") == 1
    assert found.value("aimaq_waiting_messages", kind="unsent") > 0
    assert found.value("aimaq_confirmed_messages_total") == 0


async def test_a_certificate_is_measured_by_the_stand_s_clock(parties: Parties) -> None:
    await parties.start("con")
    client, admin = await parties.http("con"), parties.admin("con")
    before, offset = [
        (await scraped(client, admin)).value(name)
        for name in ("aimaq_certificate_remaining_seconds", "aimaq_clock_offset_seconds")
    ]
    parties.clock.advance(timedelta(days=10))
    after = await scraped(client, admin)
    assert before - after.value("aimaq_certificate_remaining_seconds") == 10 * 86400
    assert after.value("aimaq_clock_offset_seconds") - offset == pytest.approx(10 * 86400, abs=240)
    parties.clock.advance(timedelta(days=3000))
    assert (await scraped(client, admin)).value("aimaq_certificate_remaining_seconds") < 0


async def test_a_scraper_may_ask_for_openmetrics(parties: Parties) -> None:
    await parties.start("con")
    client = await parties.http("con")
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    answer = await client.get("/metrics", headers=parties.admin("con") | {"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_a_token_for_scrapers_opens_the_figures_and_nothing_else(parties: Parties) -> None:
    await parties.start("gateway", metrics_token=TOKEN)
    client, token = await parties.http("gateway"), {"Authorization": f"Bearer {TOKEN}"}
    assert (await scraped(client, token)).value("aimaq_ready") == 1
    assert (await client.get("/metrics")).status_code == 401
    assert (await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"})).status_code == 403
    for path in ("/dead", "/cases", "/journal/check"):
        assert (await client.get(path, headers=token)).status_code == 403
    assert (await client.put("/clock", json={"mode": "pinned"}, headers=token)).status_code in (403, 404)


async def test_without_such_a_token_none_opens_them(parties: Parties) -> None:
    await parties.start("con")
    client = await parties.http("con")
    for token in ("", " ", "x" * 20):
        answer = await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (401, 403)


async def test_a_token_that_could_be_guessed_is_refused(parties: Parties) -> None:
    with pytest.raises(Unconfigured, match="AIMAQ_METRICS_TOKEN is shorter than 16 characters"):
        parties.assembled("con", metrics_token="short")
