"""The page of the parties, and `GET /parties`: the same answer for people and for machines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aimaq.language.messages import PARTIES
from gateway_svc.console import labels
from gateway_svc.models import journal, traffic_hours
from gateway_svc.parties import listing
from gateway_svc.parties.suspension import Suspensions
from gateway_svc.parties.views import PartyState
from tests.console.accounts import with_accounts
from tests.console.visitor import Visitor, words
from tests.parties import Parties
from tests.waiting import eventually


async def known(parties: Parties) -> dict[str, PartyState]:
    return {one.party: one for one in await listing.parties(parties.services["gateway"], Suspensions(parties.clock))}


async def test_each_party_has_its_certificate_its_rights_and_its_last_message(parties: Parties) -> None:
    await parties.start("portal", "lea", "gateway")
    await parties.ask()

    async def spoken() -> dict[str, PartyState] | None:
        found = await known(parties)
        return found if found["portal"].last_at is not None else None

    found = await eventually(spoken, what="the portal's request in the journal")
    assert list(found) == list(PARTIES)
    assert all(one.certificates[0].status == "good" for one in found.values())
    assert (found["portal"].last_type, found["portal"].last_at) == ("RequestSubmitted", parties.clock.now())
    assert found["con"].last_at is None
    assert {right.type: right.recipients for right in found["registry"].rights} == {
        "RegistryAnswered": ["con", "lea", "portal"],
        "MessageRejected": ["con", "gateway", "lea", "portal"],
    }
    assert found["gateway"].ready is True
    assert [one.ready for one in found.values() if one.party != "gateway"] == [None] * 4


async def test_rest_and_page_answer_the_same(operator: Visitor) -> None:
    client = await operator.parties.http("gateway")
    rest = (await client.get("/parties", headers=operator.parties.admin())).json()
    page = words(await operator.get("/console/parties"))
    assert [one["party"] for one in rest] == list(PARTIES)
    for one in rest:
        assert labels.NAMES[one["party"]].en in page
        assert one["certificates"][0]["serial"][:13] in page
    assert page.count(" good ") == len(rest)


@pytest.mark.parametrize(
    ("ahead", "status", "word"),
    [(330, "good", "good"), (340, "near", "runs out soon"), (400, "expired", "out of date")],
)
async def test_a_certificate_that_runs_out_is_shown_before_it_does(
    operator: Visitor, ahead: int, status: str, word: str
) -> None:
    parties = operator.parties
    days = (await known(parties))["portal"].certificates[0].not_after - parties.clock.now()
    parties.clock.advance(days - timedelta(days=365) + timedelta(days=ahead))
    assert (await known(parties))["portal"].certificates[0].status == status
    assert word in words(await operator.get("/console/parties"))


async def test_a_gateway_that_cannot_work_says_why_on_its_page(operator: Visitor) -> None:
    service = operator.parties.services["gateway"]
    service.worries.append(lambda: "<b>the disk</b> is \u202efull")
    page = await operator.get("/console/parties")
    assert "&lt;b&gt;the disk&lt;/b&gt; is \\u202efull" in page.text


async def test_what_a_stranger_called_a_type_is_shown_and_is_no_markup(operator: Visitor) -> None:
    service = operator.parties.services["gateway"]
    row = {
        "number": 1000,
        "message_id": "a" * 36,
        "type": "<script>x</script>\u202e",
        "sender": "portal",
        "journalled_at": service.clock.now(),
        "verdict": "accepted",
        "body": b"",
        "signature": "",
        "hash": b"",
    }
    await service.database.transact(lambda conn: conn.execute(sa.insert(journal).values(**row)))
    page = await operator.get("/console/parties")
    assert "&lt;script&gt;x&lt;/script&gt;\\u202e" in page.text


async def test_a_party_is_suspended_and_resumed_on_the_page(operator: Visitor) -> None:
    form = {"form_token": await operator.form_token(), "reason": "<b>strange</b> \u202ehands"}
    sent = await operator.post("/console/parties/lea/suspension", form)
    assert (sent.status_code, sent.headers["location"]) == (303, "/console/parties")
    page = await operator.get("/console/parties")
    assert "by the token of gateway: &lt;b&gt;strange&lt;/b&gt; \\u202ehands" in page.text
    twice = await operator.post("/console/parties/lea/suspension", form)
    assert twice.status_code == 409
    assert "Lea is suspended already, by the token of gateway" in words(twice)
    assert "Nothing was done twice" in words(twice)
    resumed = await operator.post("/console/parties/lea/resumption", form)
    assert (resumed.status_code, resumed.headers["location"]) == (303, "/console/parties")
    assert "suspended" not in words(await operator.get("/console/parties"))


@pytest.mark.parametrize(
    ("party", "fields", "status"),
    [("lea", {}, 422), ("lea", {"reason": "x"}, 422), ("gateway", {"reason": "strange hands"}, 422)],
)
async def test_a_suspension_without_a_reason_or_of_the_gateway_is_refused(
    operator: Visitor, party: str, fields: dict[str, str], status: int
) -> None:
    form = {"form_token": await operator.form_token()} | fields
    assert (await operator.post(f"/console/parties/{party}/suspension", form)).status_code == status
    no_token = await operator.post(f"/console/parties/{party}/suspension", {"reason": "strange hands"})
    assert no_token.status_code == 403
    assert "suspended" not in words(await operator.get("/console/parties"))


async def test_who_may_not_suspend_is_shown_no_form_and_is_refused(stand_home: Path, tmp_path: Path) -> None:
    async with with_accounts(stand_home, tmp_path) as (visitor, accounts):
        assert "systems.write" not in accounts.permissions
        await visitor.post("/console/sign-in", {"name": "dana", "password": "a long enough one"})
        page = await visitor.get("/console/parties")
        assert page.status_code == 200
        assert "/suspension" not in page.text
        form = {"form_token": await visitor.form_token(), "reason": "strange hands"}
        refused = await visitor.post("/console/parties/lea/suspension", form)
        assert refused.status_code == 403
        assert "Your roles do not permit this: systems.write" in words(refused)


async def test_a_party_that_is_silent_for_long_was_heard_of_when_the_traffic_says(operator: Visitor) -> None:
    service = operator.parties.services["gateway"]
    long_ago = service.clock.now() - timedelta(days=3)
    count = {"recipient": "portal", "refused": 0, "retried": 0, "bytes": 1, "latency": "{}"}
    rows = [
        {"id": "a", "sender": "lea:mamlyut", "accepted": 1, "at": long_ago, "last_at": long_ago, **count},
        {"id": "b", "sender": "lea", "accepted": 1, "at": long_ago, "last_at": long_ago - timedelta(hours=1), **count},
        {"id": "c", "sender": "con", "accepted": 0, "at": long_ago, "last_at": long_ago, **count},
    ]
    await service.database.transact(lambda conn: conn.execute(sa.insert(traffic_hours), rows))
    found = await known(operator.parties)
    assert (found["lea"].last_at, found["lea"].last_type) == (long_ago, None)
    assert found["con"].last_at is None
    assert "3 d ago" in words(await operator.get("/console/parties"))
