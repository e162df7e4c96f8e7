"""The push feed: each entry once and in order, however often a reader comes back; nobody who reads it holds it up."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from aimaq.access import administration
from aimaq.language.errors import Unavailable
from aimaq.language.messages import PARTIES, StatusChanged
from aimaq.language.signing import jwt
from gateway_svc.feed import feed as feeds
from gateway_svc.models import journal
from tests.faults import rows
from tests.gateway.traffic.listeners import Listener, feed, gateway_at
from tests.parties import BASE, IIN, Parties
from tests.waiting import eventually

NAMES = {
    "number",
    "monitoringDataTs",
    "requestInTs",
    "responseInTs",
    "messageId",
    "messageIssue",
    "clientMemberCode",
    "clientSubsystemCode",
    "serviceMemberCode",
    "serviceSubsystemCode",
    "serviceCode",
    "requestSize",
    "responseSize",
    "succeeded",
    "faultCode",
    "kind",
    "sender",
    "recipient",
    "sequence",
    "occurred_at",
    "journalled_at",
    "queue_ms",
    "attempts",
    "regulation",
    "channel",
    "step",
    "paragraph",
    "limit",
}


async def played(parties: Parties, count: int = 1) -> list[str]:
    cases = [await parties.ask() for _ in range(count)]
    for case_id in cases:
        await parties.status("portal", case_id, "completed")
    await parties.quiet()
    return cases


async def last(parties: Parties) -> int:
    """The number of the last entry."""
    async with parties.services["gateway"].database.read() as conn:
        return int((await conn.execute(sa.select(sa.func.max(journal.c.number)))).scalar() or 0)


async def test_two_readers_are_told_each_entry_once_and_in_order(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    await played(parties)
    first = await last(parties)
    async with gateway_at(parties) as client, feed(client) as one, feed(client) as other:
        assert (one.last_id, one.numbers) == (str(first), [])
        await played(parties, 5)
        end = await last(parties)
        for listener in (one, other):
            await listener.until(end)
            assert listener.numbers == list(range(first + 1, end + 1))
        entries = {row["number"]: row for row in await rows(parties.services["gateway"], "journal")}
        assert [one["messageId"] for one in one.records] == [entries[n]["message_id"] for n in one.numbers]
        assert one.records == other.records


async def test_a_reader_who_comes_back_misses_nothing_and_gets_nothing_twice(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    numbers: list[int] = []
    async with gateway_at(parties) as client:
        since: str | int = 0
        for _ in range(3):
            async with feed(client, since=since) as listener:
                await played(parties)
                await listener.until(await last(parties))
            numbers += listener.numbers
            since = listener.last_id
            await played(parties)
        await parties.stop("gateway")
    await parties.start("gateway")
    async with gateway_at(parties) as client, feed(client, since=since) as listener:
        await listener.until(await last(parties))
        numbers += listener.numbers
    assert numbers == list(range(1, await last(parties) + 1))


async def test_one_far_behind_and_one_at_the_end_are_told_all(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "PAGE", 3)
    monkeypatch.setattr(feeds, "RECENT", 5)
    await parties.start(*PARTIES, autopilot=True)
    await played(parties, 4)
    middle = await last(parties)
    async with gateway_at(parties) as client, feed(client) as new, feed(client, after=0) as old:
        await played(parties, 4)
        end = await last(parties)
        await new.until(end)
        await old.until(end)
        assert new.numbers == list(range(middle + 1, end + 1))
        assert old.numbers == list(range(1, end + 1))


async def test_a_reader_of_one_case_or_party_is_told_of_no_other(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    case_id, another = await played(parties, 2)
    end = await last(parties)
    async with (
        gateway_at(parties) as client,
        feed(client, after=0, case_id=case_id) as of_case,
        feed(client, after=0, party="lea") as of_lea,
        feed(client, after=0, party="lea:mamlyut-employment") as of_body,
        feed(client, after=0) as every,
    ):
        await every.until(end)
        assert {one["messageIssue"] for one in every.records} >= {case_id, another}
        lea = [one for one in every.records if "lea" in (one["clientMemberCode"], one["serviceMemberCode"])]
        body = [one for one in lea if "lea:mamlyut-employment" in (one["sender"], one["recipient"])]
        await of_lea.until(lea[-1]["number"])
        assert of_lea.records == lea
        assert of_case.records == [one for one in every.records if one["messageIssue"] == case_id]
        await of_body.until(body[-1]["number"])
        assert of_body.records == body


async def test_the_record_has_x_roads_names(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    (case_id,) = await played(parties)
    async with gateway_at(parties) as client, feed(client, after=0) as listener:
        await listener.until(await last(parties))
    request = next(one for one in listener.records if one["serviceCode"] == "RequestSubmitted")
    assert set(request) == NAMES
    assert (request["clientMemberCode"], request["serviceMemberCode"]) == ("portal", "lea")
    assert (request["serviceSubsystemCode"], request["messageIssue"]) == ("mamlyut-employment", case_id)
    assert (request["requestInTs"], request["responseInTs"]) == (int(BASE.timestamp() * 1000), None)
    assert (request["succeeded"], request["faultCode"], request["attempts"]) == (True, None, 1)
    assert request["step"] is not None
    assert request["paragraph"] is not None
    result = next(one for one in listener.records if one["serviceCode"] == "ResultIssued")
    # of a response the one who answers is the service
    assert (result["clientMemberCode"], result["serviceMemberCode"]) == ("portal", "lea")
    assert result["responseInTs"] is not None
    assert result["responseSize"] > 100


async def test_no_personal_data_and_no_strangers_words_are_told(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    await played(parties)
    outsider = await parties.the_outsider("con")
    secret = f"Айгүл {IIN}"
    hostile = outsider.write(StatusChanged(status="received"), "portal", type=secret, channel=secret)
    outside = outsider.write(StatusChanged(status="received"), f"lea:{IIN}")
    await outsider.bus.send([hostile.outgoing(), outside.outgoing()])

    async def refused() -> bool:
        return len([r for r in await rows(parties.services["gateway"], "journal") if r["verdict"] == "rejected"]) == 2

    await eventually(refused, what="two refusals")
    async with gateway_at(parties) as client, feed(client, after=0) as listener:
        await listener.until(await last(parties))
        listed = (await client.get("/messages", params={"limit": 500})).text
    text = json.dumps(listener.records, ensure_ascii=False) + listed
    assert IIN not in text
    assert "Айгүл" not in text
    faults = [one["faultCode"] for one in listener.records if not one["succeeded"]]
    assert len(faults) == 2
    assert all(fault and " " not in fault for fault in faults)


@pytest.mark.parametrize("since", ["x", "-1", "1 ", "9" * 30, "999999", "1e3", "٣"])
async def test_an_id_that_the_journal_does_not_have_is_refused(parties: Parties, since: str) -> None:
    await parties.start("gateway")
    client = await parties.http("gateway", **parties.admin())
    answer = await client.get("/feed", headers=[(b"Last-Event-ID", since.encode())])
    assert (answer.status_code, answer.json()["field"]) == (422, "Last-Event-ID")


async def test_a_reader_of_too_many_feeds_is_refused_until_one_ends(parties: Parties) -> None:
    await parties.start("gateway")
    async with gateway_at(parties) as client, feed(client), feed(client), feed(client):
        async with feed(client):
            answer = await client.get("/feed", headers={"Accept-Language": "ru"})
            assert (answer.status_code, answer.json()["type"]) == (429, "urn:aimaq:problem:too-many-requests")
            assert "лент" in answer.json()["detail"]

        async def again() -> bool:
            async with client.stream("GET", "/feed") as response:
                return response.status_code == 200

        await eventually(again, what="a place")


async def test_all_feeds_of_a_service_may_be_in_use(parties: Parties) -> None:
    await parties.start("gateway", connections=16)
    async with gateway_at(parties) as client, feed(client), feed(client):
        assert (await client.get("/feed")).status_code == 429


async def test_a_feed_ends_with_the_session_of_who_reads_it(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LOOK", 0.05)
    await parties.start("gateway", "registry")
    claims: dict[str, Any] = {"sub": "dana", "aud": "gateway", "permissions": ["journal.read"]}
    until = int((parties.clock.now() + timedelta(minutes=5)).timestamp())
    signer = parties.services["registry"].dependencies.signer
    session = jwt.issue(signer, administration.SESSION, claims | {"exp": until})
    async with gateway_at(parties) as client:
        client.headers["Authorization"] = f"Bearer {session}"
        async with feed(client) as listener:
            assert not listener.over
            parties.clock.advance(timedelta(minutes=6))
            await eventually(lambda: listener.over, what="the end of the feed")


async def test_feeds_end_when_the_service_closes(parties: Parties) -> None:
    await parties.start("gateway")
    async with gateway_at(parties) as client, feed(client) as listener:
        parties.services["gateway"].leave()
        await eventually(lambda: listener.over, what="the end of the feed")


async def test_a_feed_that_has_nothing_to_tell_beats(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LOOK", 0.02)
    monkeypatch.setattr(feeds, "BEAT", 0.05)
    await parties.start(*PARTIES, autopilot=True)
    async with gateway_at(parties) as client, feed(client, party="registry") as listener:
        await played(parties)
        end = str(await last(parties))
        await eventually(lambda: listener.last_id == end, what="the number that the journal has come to")
        await eventually(lambda: listener.beats > 2, what="beats")
        assert listener.records == []


async def test_a_feed_outlives_a_database_that_is_gone(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LOOK", 0.02)
    await parties.start(*PARTIES, autopilot=True)
    read, gone = feeds.Feed._read, [True]

    async def reading(own: feeds.Feed, number: int) -> list[feeds.Item]:
        if gone[0]:
            raise Unavailable
        return await read(own, number)

    monkeypatch.setattr(feeds.Feed, "_read", reading)
    async with gateway_at(parties) as client, feed(client) as listener:
        await played(parties)
        assert listener.numbers == []
        gone[0] = False
        await listener.until(await last(parties))
        assert listener.numbers == list(range(1, await last(parties) + 1))


async def test_one_who_reads_nothing_is_let_go_and_holds_up_nobody(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_OF_ONE", 2)
    await parties.start(*PARTIES, autopilot=True, connections=64, write_seconds=0.3)
    await played(parties)
    service = parties.services["gateway"]
    entry, first, count = (await rows(service, "journal"))[0], 10_000, 20_000
    entries = [
        {**entry, "number": first + n, "message_id": f"{n:036d}", "recipient": "lea:" + "x" * 90} for n in range(count)
    ]
    await service.database.transact(lambda conn: conn.execute(sa.insert(journal), entries))
    async with gateway_at(parties) as client:
        assert client.base_url.port is not None
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port, limit=1024)
        head = f"GET /feed?after=0 HTTP/1.1\r\nHost: a\r\nAuthorization: {client.headers['authorization']}\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()

        async def lacks_a_place() -> bool:
            async with feed(client, after=first + count - 10) as other:
                await other.until(first + count - 1)
                return (await client.get("/feed")).status_code == 429

        await eventually(lacks_a_place, what="a reader who takes nothing")
        for _ in range(8):  # more than there are slots: a feed holds none
            assert (await client.get("/traffic")).status_code == 200

        async def has_a_place() -> bool:
            async with feed(client), client.stream("GET", "/feed") as response:
                return response.status_code == 200

        await eventually(has_a_place, within=30, what="the place of one who takes nothing")
        writer.transport.abort()


def test_a_listener_reads_an_id_without_data() -> None:
    listener = Listener()
    listener._event([": a beat", "id: 7"])
    assert (listener.last_id, listener.beats, listener.numbers) == ("7", 1, [])
