"""Messages that wait for an earlier one have a limit for each sender, an age, and a list."""

from __future__ import annotations

from datetime import timedelta

from aimaq.pipeline.background.purge import Purge
from tests.faults import rows
from tests.parties import BASE, Parties
from tests.pipeline.messages import SUBMITTED
from tests.waiting import eventually


async def test_no_sender_fills_the_inbox_and_nobody_else_notices(parties: Parties) -> None:
    await parties.start("gateway", parked=5)
    portal, con = await parties.outsider("portal"), await parties.outsider("con")
    lea = await parties.outsider("lea")
    case_id = portal.ids()
    early = [portal.write(SUBMITTED, case_id=case_id, sequence=number) for number in range(2, 12)]
    assert await portal.hand_in(*early) == [None] * 10
    gateway = parties.services["gateway"]
    assert (await gateway.backlog())["held"] == 5
    refused = await rows(gateway, "journal", verdict="rejected")
    assert [row["reason"] for row in refused] == [
        "invalid-input: sequence: 5 messages of portal wait for earlier ones of their cases"
    ] * 5
    other = con.write(SUBMITTED, channel="con", case_id=con.ids(), sequence=2)
    await con.hand_in(other)
    assert (await gateway.backlog())["held"] == 6, "another sender has room of its own"
    first = portal.write(SUBMITTED, case_id=case_id, sequence=1)
    await portal.hand_in(first)
    await eventually(lambda: len(lea.incoming_messages) == 6)
    assert [one.body for one in lea.incoming_messages] == [message.data for message in (first, *early[:5])]
    assert await portal.hand_in(portal.write(SUBMITTED, case_id=case_id, sequence=8)) == [None]
    assert (await gateway.backlog())["held"] == 2, "there is room again"


async def test_what_is_held_is_listed_and_laid_aside_when_it_is_too_old(parties: Parties) -> None:
    await parties.start("gateway", parked_age=1.0, message_skew=0.0)
    portal = await parties.outsider("portal")
    lea = await parties.outsider("lea")
    case_id, old = portal.ids(), BASE - timedelta(seconds=20)
    first, second = (portal.write(SUBMITTED, case_id=case_id, sequence=number, occurred_at=old) for number in (1, 2))
    await portal.hand_in(second)
    gateway, client = parties.services["gateway"], await parties.http("gateway", **parties.admin())
    (listed,) = (await client.get("/dead/parked")).json()
    assert (listed["message_id"], listed["number"], listed["sender"]) == (second.message_id, 2, "portal")
    assert (await client.get("/dead")).json() == []
    purge = Purge(gateway.database, gateway.tables.inbox, gateway.settings, gateway.clock)
    assert await purge.expire() == 0
    box = gateway.tables.inbox
    await gateway.database.transact(lambda conn: conn.execute(box.update().values(received_at=old)))
    assert await purge.expire() == 1
    (dead,) = (await client.get("/dead")).json()
    assert dead["reason"] == "held: no earlier message of its case has come for 0:00:01"
    assert (await client.get("/dead/parked")).json() == []
    await gateway.database.transact(lambda conn: conn.execute(box.update().values(received_at=BASE)))
    await portal.hand_in(first)
    assert (await client.post(f"/dead/{second.message_id}/requeue")).status_code == 204
    await eventually(lambda: [one.body for one in lea.incoming_messages] == [first.data, second.data])
