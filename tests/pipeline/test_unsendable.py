"""A message that the bus will never take is a dead letter of its sender: listed, sent again or given up, no loop."""

from __future__ import annotations

import base64

import httpx
import pytest

from tests.faults import rows
from tests.outsider import Outsider
from tests.parties import Parties
from tests.waiting import eventually

DEAD = "/dead"


async def laid_aside(parties: Parties) -> tuple[httpx.AsyncClient, Outsider, str]:
    """A portal whose bus does not take its request: a client of it, the gateway, and the id of the message."""
    await parties.start("portal", mode="large")
    gateway = await parties.outsider("gateway")
    case_id = await parties.ask()
    client = await parties.http("portal", **parties.admin())

    async def dead() -> list[dict[str, object]]:
        listed: list[dict[str, object]] = (await client.get(DEAD)).json()
        return listed

    await eventually(dead, what="the message is laid aside")
    (row,) = await dead()
    assert (row["case_id"], row["sender"], row["type"]) == (case_id, "portal", "RequestSubmitted")
    assert row["reason"] == "body-too-large: the broker does not take it"
    backlog = await parties.services["portal"].backlog()
    assert (backlog["dead"], backlog["unsent"]) == (1, 0)
    return client, gateway, str(row["message_id"])


async def test_it_is_tried_once_and_the_rest_goes_on(parties: Parties) -> None:
    _, gateway, message_id = await laid_aside(parties)
    parties.lines["portal"].mode = "work"
    await parties.ask()
    await eventually(lambda: len(gateway.incoming_messages) == 1)
    await parties.sent()
    assert [one.message_id for one in parties.lines["portal"].sent].count(message_id) == 1


async def test_it_outlives_a_restart_and_is_not_sent_by_itself(parties: Parties) -> None:
    _, gateway, message_id = await laid_aside(parties)
    await parties.stop("portal")
    await parties.start("portal")
    await parties.ask()
    await eventually(lambda: len(gateway.incoming_messages) == 1)
    assert message_id not in [one.message_id for one in parties.lines["portal"].sent]


async def test_it_is_sent_again_when_an_operator_says_so(parties: Parties) -> None:
    client, gateway, message_id = await laid_aside(parties)
    shown = (await client.get(f"{DEAD}/{message_id}")).json()
    parties.lines["portal"].mode = "work"
    assert (await client.post(f"{DEAD}/{message_id}/requeue")).status_code == 204
    await eventually(lambda: len(gateway.incoming_messages) == 1)
    assert gateway.incoming_messages[0].body == base64.b64decode(shown["body"])
    assert (await client.get(DEAD)).json() == []
    await parties.quiet()


async def test_it_is_dead_again_if_the_broker_takes_it_no_more_than_before(parties: Parties) -> None:
    client, _, message_id = await laid_aside(parties)
    assert (await client.post(f"{DEAD}/{message_id}/requeue")).status_code == 204

    async def dead() -> bool:
        return len((await client.get(DEAD)).json()) == 1

    await eventually(dead)


async def test_it_is_given_up_for_good_and_stays_readable(parties: Parties) -> None:
    client, gateway, message_id = await laid_aside(parties)
    before = (await client.get(f"{DEAD}/{message_id}")).json()
    assert (await client.post(f"{DEAD}/{message_id}/return")).json()["rule"] == "own"
    assert (await client.delete(f"{DEAD}/{message_id}", params={"reason": "тым үлкен"})).status_code == 204
    assert (await client.get(DEAD)).json() == []
    assert (await client.delete(f"{DEAD}/{message_id}")).status_code == 409
    dropped = (await client.get(f"{DEAD}/{message_id}")).json()
    assert (dropped["state"], dropped["dropped_by"], dropped["why"]) == ("dropped", "the token of portal", "тым үлкен")
    assert [dropped[name] for name in ("body", "signature", "reason")] == [
        before[name] for name in ("body", "signature", "reason")
    ]
    await parties.quiet()
    assert gateway.incoming_messages == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_what_is_not_laid_aside_is_not_found(parties: Parties, method: str) -> None:
    await parties.start("portal", mode="hang")
    await parties.ask()
    client = await parties.http("portal", **parties.admin())
    await eventually(lambda: parties.services["portal"].writer.relay.waiting == 1)
    (row,) = await rows(parties.services["portal"], "outbox")
    path = f"{DEAD}/{row['message_id']}" + ("/requeue" if method == "POST" else "")
    assert (await client.request(method, path)).status_code == 404
