"""Who did what at the gateway: each act and each try is an entry of the chained journal, and is in no case's way."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from aimaq.access.permissions import ROLES
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.messages import PARTIES
from aimaq.web.callers import Administrator, callers
from gateway_svc.journal.block_closer import BlockCloser
from gateway_svc.journal.trail import recorder
from gateway_svc.journal.trail.action import VERDICT, read_action
from gateway_svc.journal.trail.recorder import MOST, OTHERS
from tests.faults import outage, rows
from tests.gateway.attention import lay_aside
from tests.gateway.watchers import Watchers
from tests.outsider import REGULATION
from tests.parties import BASE, IIN, Parties
from tests.waiting import eventually
from tests.web.problems import problem

NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"
REASON = "The applicant asks by telephone"


@pytest.fixture
async def watchers(parties: Parties) -> Watchers:
    await parties.start("gateway")
    return Watchers(parties)


async def completed(parties: Parties) -> str:
    """A case that came to its end, on a stand of all five."""
    await parties.start(*PARTIES, autopilot=True)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    await parties.quiet()
    return case_id


async def test_an_act_is_an_entry_of_the_journal_with_all_that_is_known_of_it(watchers: Watchers) -> None:
    dana = await watchers.at("dana", "operator")
    assert (await dana.post("/journal/blocks")).status_code == 201
    (act,) = await watchers.acts(who="dana")
    assert act == {
        "number": act["number"],
        "id": act["id"],
        "at": BASE.isoformat().replace("+00:00", "Z"),
        "principal": "dana",
        "roles": ["operator"],
        "party": "",
        "body": "",
        "address": "127.0.0.1",
        "action": "journal.write",
        "call": "POST /journal/blocks",
        "object": "",
        "case_id": None,
        "reason": "",
        "outcome": "done",
        "status": 201,
        "times": 1,
        "until": None,
    }
    (row,) = await rows(watchers.parties.services["gateway"], "journal", number=act["number"])
    assert (row["verdict"], row["type"], row["case_id"], row["sender"]) == (VERDICT, "OperatorAction", None, None)
    service = watchers.parties.services["gateway"]
    assert service.party.verifier.verify(row["body"], row["signature"], BASE) == "gateway"
    assert read_action(row["body"]) is not None
    assert read_action(row["body"].replace(b"dana", b"dina").replace(b'"times":1', b'"times": 1')) is None
    report = (await dana.get("/journal/check")).json()
    assert (report["ok"], report["entries"]) == (True, act["number"])


async def test_every_endpoint_that_changes_something_leaves_an_entry(watchers: Watchers) -> None:
    service, client = watchers.parties.services["gateway"], await watchers.at("aida", "administrator")
    acting = [
        (method, route)
        for route in watchers.parties.apps["gateway"].routes
        if isinstance(route, APIRoute) and any(isinstance(one, Administrator) for one in callers(route))
        for method in sorted(route.methods or ())
        if method != "GET" and route.include_in_schema
    ]
    assert len(acting) > 4
    for method, route in acting:
        path = re.sub(r"\{\w+(:path)?\}", NO_CASE, route.path)
        await client.request(method, path)
    known = {f"{method} {route.path_format}" for method, route in acting}
    await eventually(lambda: entered(service, known))


async def entered(service: Any, calls: set[str]) -> bool:
    found = [json.loads(row["body"]) for row in await rows(service, "journal", verdict=VERDICT)]
    return calls <= {one["call"] for one in found}


async def test_no_message_is_read_unrecorded_and_no_reader_waits_for_another(parties: Parties) -> None:
    case_id = await completed(parties)
    watchers = Watchers(parties)
    dana = await watchers.at("dana", "operator")
    trace = (await dana.get(f"/cases/{case_id}/trace")).json()
    ids = [message["message_id"] for message in trace["messages"]]
    answers = await asyncio.gather(*(dana.get(f"/messages/{message_id}") for message_id in ids))
    assert all(answer.status_code == 200 for answer in answers)
    acts = await watchers.acts(who="dana", what="messages.read")
    assert {act["object"] for act in acts} == set(ids)
    assert len({act["number"] for act in acts}) == len(ids)
    async with outage(parties.services["gateway"]):
        for _ in range(2):  # the first finds out, the next is told at once
            answer = await dana.get(f"/messages/{ids[0]}")
            problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"]
    assert len(await eventually(lambda: watchers.acts(who="dana", what="messages.read"))) == len(ids)


async def test_an_act_that_cannot_be_entered_is_not_done(watchers: Watchers) -> None:
    service, dana = watchers.parties.services["gateway"], await watchers.at("dana", "operator")
    async with outage(service):
        await eventually(lambda: answers_503(dana))
        before = watchers.parties.clock.now()
        answer = await dana.post("/clock", json={"by": "1h"})
        problem(answer, 503, "unavailable")
        assert watchers.parties.clock.now() - before < timedelta(minutes=1)


async def test_an_act_that_was_done_before_it_was_known_that_nothing_can_be_entered_is_entered_later(
    watchers: Watchers,
) -> None:
    service, dana = watchers.parties.services["gateway"], await watchers.at("dana", "operator", exp=2**31)
    before = watchers.parties.clock.now()
    async with outage(service):
        problem(await dana.post("/clock", json={"by": "1h"}), 503, "unavailable")
    assert watchers.parties.clock.now() - before > timedelta(minutes=59)
    (act,) = await eventually(lambda: some(watchers, 1, what="clock.write"))
    assert (act["outcome"], act["call"]) == ("done", "POST /clock")


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/return")])
async def test_why_a_dead_letter_of_the_gateway_is_given_up_is_in_its_entry(
    watchers: Watchers, method: str, path: str
) -> None:
    dana = await watchers.at("dana", "operator")
    (message_id,) = await lay_aside(watchers.parties, 1, at="gateway")
    answer = await dana.request(method, f"/dead/{message_id}{path}", params={"reason": "its case is over"})
    (act,) = await eventually(lambda: some(watchers, 1, who="dana"))
    assert (answer.is_success, act["outcome"] == "done") in {(True, True), (False, False)}
    assert (act["object"], act["reason"]) == (message_id, "its case is over")


async def test_an_act_that_broke_is_entered_as_failed(watchers: Watchers, monkeypatch: pytest.MonkeyPatch) -> None:
    dana = await watchers.at("dana", "operator")

    async def broken(_: BlockCloser) -> int:
        raise RuntimeError("out of paper")

    monkeypatch.setattr(BlockCloser, "close", broken)
    problem(await dana.post("/journal/blocks"), 500, "internal")
    (act,) = await eventually(lambda: some(watchers, 1, what="journal.write"))
    assert (act["outcome"], act["status"]) == ("failed", 500)


async def answers_503(client: httpx.AsyncClient) -> bool:
    return (await client.post("/journal/blocks")).status_code == 503


async def test_a_clock_that_moves_leaves_the_time_at_which_it_was_moved(watchers: Watchers) -> None:
    dana = await watchers.at("dana", "operator", exp=2**31)
    for _ in range(2):
        assert (await dana.post("/clock", json={"by": "3d"})).status_code == 200
    assert (await dana.get("/journal/check")).json()["ok"]
    found = await rows(watchers.parties.services["gateway"], "actions", principal="dana")
    began = sorted(row["at"] for row in found)
    assert [at - BASE for at in began] == [timedelta(0), timedelta(days=3)]


async def test_a_try_that_is_refused_is_entered_and_its_repetitions_are_counted(watchers: Watchers) -> None:
    vera = await watchers.at("vera", "viewer")
    for path in (f"/messages/{NO_CASE}", f"/messages/{NO_CASE}?x=1", "/audit"):
        problem(await vera.get(path), 403, "not-allowed")
    first = await eventually(lambda: some(watchers, 2, who="vera", outcome="refused"))
    assert {(act["action"], act["status"]) for act in first} == {("messages.read", 403), ("audit.read", 403)}
    for _ in range(300):
        await vera.get("/audit")
    assert sum(act["times"] for act in await watchers.acts(who="vera", what="audit.read")) == 1
    watchers.parties.services["gateway"].leave()  # what was counted is entered when the service is about to stop
    later = await eventually(lambda: counted(watchers))
    assert later["times"] == 300
    assert later["until"] is not None


async def some(watchers: Watchers, least: int, **query: str) -> list[dict[str, Any]] | None:
    found = await watchers.acts(**query)
    return found if len(found) >= least else None


async def counted(watchers: Watchers) -> dict[str, Any] | None:
    found = await watchers.acts(who="vera", what="audit.read")
    return next((act for act in found if act["times"] > 1), None)


async def test_nobody_fills_the_disk_by_trying(watchers: Watchers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MOST", 3)
    for name in "abcdefgh":
        client = await watchers.at(name * 3, "viewer")
        for _ in range(5):
            await client.get("/audit")
    watchers.parties.services["gateway"].leave()

    async def all_entered() -> list[dict[str, Any]] | None:
        found = await watchers.acts(outcome="refused")
        return found if sum(act["times"] for act in found) == 40 else None

    found = await eventually(all_entered)
    assert {(act["principal"], act["address"]) for act in found if act["action"] == OTHERS} == {(OTHERS, "")}
    assert len({act["principal"] for act in found if act["action"] != OTHERS}) == 3
    assert MOST > 100


async def test_acts_are_found_by_who_what_when_and_on_what_page_by_page(watchers: Watchers) -> None:
    dana, aida = await watchers.at("dana", "operator"), await watchers.at("aida", "administrator")
    for client in (dana, aida, dana, aida, dana):
        assert (await client.post("/journal/blocks")).status_code == 201
    assert (await aida.post(f"/cases/{NO_CASE}/reveal", json={"reason": REASON})).status_code == 404
    await eventually(lambda: some(watchers, 1, case_id=NO_CASE))
    everything = await watchers.acts()
    assert [act["number"] for act in everything] == sorted((act["number"] for act in everything), reverse=True)
    assert len(await watchers.acts(who="dana")) == 3
    assert len(await watchers.acts(what="journal.write", who="aida")) == 2
    assert len(await watchers.acts(object=NO_CASE, outcome="failed")) == 1
    assert await watchers.acts(since=(BASE + timedelta(seconds=1)).isoformat()) == []
    assert len(await watchers.acts(since=BASE.isoformat(), until=(BASE + timedelta(seconds=1)).isoformat())) == 6
    assert await watchers.acts(until=BASE.isoformat()) == []
    auditor = await watchers.at("auditor", "auditor")
    found, before = list[dict[str, Any]](), "4611686018427387904"
    while before:
        page = (await auditor.get("/audit", params={"limit": "2", "before": before})).json()
        found += page["items"]
        before = str(page["next"] or "")
    assert found == everything


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("before=0", "before"),
        ("before=-1", "before"),
        ("before=9" + "9" * 40, "before"),
        ("before=x'--", "before"),
        ("limit=501", "limit"),
        ("since=2026-03-02T09:00:00", "since"),
        ("until=yesterday", "until"),
        ("outcome=maybe", "outcome"),
        ("who=%00", "who"),
        ("since=0001-01-01T00:00:00%2B14:00", "since"),
        ("until=9999-12-31T23:59:59-14:00", "until"),
        ("what=" + "x" * 129, "what"),
        ("principal=dana", "principal"),
    ],
)
async def test_odd_filters_are_refused_by_name(watchers: Watchers, query: str, field: str) -> None:
    auditor = await watchers.at("auditor", "auditor")
    problem(await auditor.get(f"/audit?{query}"), 422, "invalid-input", field=f"query.{field}")


async def test_what_people_write_stays_text(watchers: Watchers) -> None:
    name = "<b>\u202edana\u0007" + "x" * 400
    hostile = await watchers.at(name, "administrator")
    reason = "<script>alert(1)</script> \u202eесеп"
    assert (await hostile.post(f"/cases/{NO_CASE}/reveal", json={"reason": reason})).status_code == 404
    (act,) = await eventually(lambda: some(watchers, 1, case_id=NO_CASE))
    assert act["reason"] == reason
    assert "\u0007" not in act["principal"]
    assert (await watchers.acts(who="dana' or 1=1 --")) == []


@pytest.mark.parametrize("reason", ["", "too short", "x" * 501, "a bell \u0007 in it", None, 7])
async def test_nothing_is_revealed_without_a_reason(watchers: Watchers, reason: Any) -> None:
    aida = await watchers.at("aida", "administrator")
    answer = await aida.post(f"/cases/{NO_CASE}/reveal", json={"reason": reason})
    problem(answer, 422, "invalid-input", field="reason")


async def test_whose_a_case_is_is_told_to_whom_it_may_be_and_the_journal_has_why(parties: Parties) -> None:
    case_id = await completed(parties)
    watchers = Watchers(parties)
    for role in ROLES:
        client = await watchers.at("one", role)
        answer = await client.post(f"/cases/{case_id}/reveal", json={"reason": REASON})
        if "personal.reveal" not in ROLES[role]:
            problem(answer, 403, "not-allowed", rule="personal.reveal")
            continue
        assert answer.status_code == 200
        assert answer.json()["case_id"] == case_id
        assert re.fullmatch("[0-9]{12}", answer.json()["iin"])
        assert answer.json()["name"]
        act = (await watchers.acts(case_id=case_id, outcome="done"))[0]
        assert (act["action"], act["reason"], act["roles"]) == ("personal.reveal", REASON, [role])
    async with outage(parties.services["gateway"]):
        auditor = await watchers.at("aida", "administrator")
        answer = await auditor.post(f"/cases/{case_id}/reveal", json={"reason": REASON})
        problem(answer, 503, "unavailable")
        assert "iin" not in answer.json()


async def test_whose_a_case_is_that_has_no_request_is_what_registers_were_told(watchers: Watchers) -> None:
    service = watchers.parties.services["gateway"]
    case_id = service.party.ids()

    def identified(uow: UnitOfWork) -> None:
        uow.open_case(case_id, REGULATION, "provider").iin = IIN

    await service.writer.run(identified, case_id)
    auditor = await watchers.at("aida", "auditor")
    answer = await auditor.post(f"/cases/{case_id}/reveal", json={"reason": REASON})
    assert (answer.status_code, answer.json()["iin"], answer.json()["name"]) == (200, IIN, "")


async def test_no_case_statement_or_list_of_messages_has_an_act_in_it(parties: Parties) -> None:
    case_id = await completed(parties)
    watchers = Watchers(parties)
    aida = await watchers.at("aida", "administrator")
    before = (await aida.get(f"/cases/{case_id}/trace")).json()
    assert (await aida.post(f"/cases/{case_id}/reveal", json={"reason": REASON})).status_code == 200
    assert (await aida.get(f"/cases/{case_id}/trace")).json() == before
    statement = json.loads((await aida.get(f"/journal/cases/{case_id}/statement")).json()["statement"])
    assert len(statement["entries"]) == len(before["messages"])
    assert (await aida.get("/rejected")).json() == []
    (act,) = await watchers.acts(case_id=case_id)
    proof = (await aida.get(f"/journal/proof/{act['id']}")).json()
    assert proof["number"] == act["number"]


async def test_what_somebody_did_is_read_by_whom_the_trail_is_open_to(watchers: Watchers) -> None:
    dana, aida = await watchers.at("dana", "operator"), await watchers.at("aida", "auditor")
    assert (await dana.post("/journal/blocks")).status_code == 201
    (act,) = await watchers.acts(who="dana")
    problem(await dana.get(f"/messages/{act['id']}"), 403, "not-allowed", rule="audit.read")
    answer = await aida.get(f"/messages/{act['id']}")
    assert answer.json()["principal"] == "dana"
    assert answer.headers["signature-jws"]


async def test_the_gateways_own_token_is_named_as_such(watchers: Watchers) -> None:
    own = await watchers.parties.http("gateway", **watchers.parties.admin("gateway"))
    assert (await own.post("/journal/blocks")).status_code == 201
    (act,) = await watchers.acts(what="journal.write")
    assert (act["principal"], act["roles"]) == ("the token of gateway", [])
