"""What waits for an operator at the five services, in one list and in groups, and what an operator does about it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as replace_

from aimaq import __version__
from aimaq.bus.control import Command, Done, Result, sealed
from aimaq.language.errors import Technical, Unavailable
from aimaq.language.messages import PARTIES, MessageRejected
from aimaq.settings import Settings
from tests.faults import bewitch, outage, rows
from tests.gateway.attention import Desktop, hurry, lay_aside, outcomes
from tests.parties import IIN, Parties
from tests.waiting import eventually


@pytest.fixture
async def desktop(parties: Parties) -> AsyncIterator[Desktop]:
    """The gateway and the service centre, which tells it quickly what waits there."""
    await parties.start("gateway", "con")
    hurry(*parties.services.values())
    yield await Desktop.of(parties)


def groups(found: dict[str, Any]) -> list[tuple[object, ...]]:
    names = ("party", "kind", "cause", "count", "cases")
    return [tuple(one[name] for name in names) for one in found["causes"]]


async def test_what_waits_elsewhere_is_listed_and_grouped_by_its_cause(parties: Parties, desktop: Desktop) -> None:
    out_of_paper = await lay_aside(parties, 3, "RuntimeError: printer {n} is out of paper")
    (away,) = await lay_aside(parties, 1, "unavailable: the registry is out of reach")
    (parked,) = await lay_aside(parties, 1, state="held")
    await desktop.shows(1, "held")
    found = await desktop.shows(4)
    assert found["counts"] == {"dead": 4, "held": 1, "retry": 0, "unsent": 0, "refused": 0, "rejected": 0}
    assert groups(found) == [
        ("con", "dead", "RuntimeError: printer # is out of paper", 3, 3),
        ("con", "dead", "unavailable: the registry is out of reach", 1, 1),
        ("con", "held", "an earlier message of its case has not come", 1, 1),
    ]
    assert found["causes"][1]["title"]["ru"] == "Временно недоступно"
    assert found["causes"][1]["slug"] == "unavailable"
    assert {one["message_id"] for one in found["messages"]} == {*out_of_paper, away, parked}
    assert {one["party"] for one in found["messages"]} == {"con"}
    con = next(one for one in found["parties"] if one["party"] == "con")
    assert (con["state"], con["ready"], con["counts"]["dead"]) == ("telling", True, 4)


async def test_a_list_is_narrowed_by_kind_party_cause_and_case(parties: Parties, desktop: Desktop) -> None:
    first, _ = await lay_aside(parties, 2)
    (parked,) = await lay_aside(parties, 1, state="held")
    (at_the_gateway,) = await lay_aside(parties, 1, "RuntimeError: no ink", at="gateway")
    await desktop.shows(1, "held")
    found = await desktop.shows(3)
    cause = next(one["cause_id"] for one in found["causes"] if "paper" in one["cause"])
    case_id = next(one["case_id"] for one in found["messages"] if one["message_id"] == first)

    async def ids(**parameters: str) -> set[str]:
        return {one["message_id"] for one in (await desktop.get(**parameters))["messages"]}

    assert await ids(kind="held") == {parked}
    assert await ids(party="gateway") == {at_the_gateway}
    assert len(await ids(cause=cause)) == 2
    assert await ids(case_id=case_id) == {first}
    assert await ids(party="lea") == set()


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "done"},
        {"party": "nobody"},
        {"cause": "x"},
        {"after": "%%%"},
        {"after": "MTIz"},
        {"after": "OTk5OTk5OTk5OTk5OTk5OTk5OX5h"},
        {"limit": "0"},
        {"case_id": "a\x00b"},
    ],
)
async def test_what_nothing_can_be_asked_by_is_refused(
    parties: Parties, desktop: Desktop, parameters: dict[str, str]
) -> None:
    answer = await desktop.ask("GET", "/attention", params=parameters)
    assert answer.status_code == 422, answer.text


async def test_more_than_a_service_tells_by_itself_is_listed_page_by_page(parties: Parties, desktop: Desktop) -> None:
    at_con = await lay_aside(parties, 170)
    at_gateway = await lay_aside(parties, 60, at="gateway")
    first = await desktop.shows(230)
    assert 0 < len(first["messages"]) <= 100
    listed = [one["message_id"] for one in await desktop.pages(limit=40)]
    assert sorted(listed) == sorted([*at_con, *at_gateway])


async def test_a_group_is_put_back_in_one_action_each_message_once(parties: Parties, desktop: Desktop) -> None:
    spell = bewitch(parties.services["con"], RuntimeError("none"))
    spell.lifted = True
    ids = await lay_aside(parties, 620)
    found = await desktop.shows(620)
    (cause,) = found["causes"]
    job = await desktop.act("requeue", causes=[{"party": "con", "kind": "dead", "cause": cause["cause_id"]}])
    assert (job["state"], job["total"], job["done"], job["failures"]) == ("done", 620, 620, {})
    assert job["outcomes"] == {"handled": 620}
    assert sorted(one["message_id"] for one in job["results"]) == sorted(ids)
    assert (await desktop.shows(0))["causes"] == []
    actions = await rows(parties.services["con"], "dead_letter_actions")
    assert len(actions) == 620
    assert {row["principal"] for row in actions} == {"the token of gateway"}


async def test_what_comes_back_is_counted_and_put_back_once_an_action(parties: Parties, desktop: Desktop) -> None:
    parties.services["con"].writer._settings = _once(parties)
    spell = bewitch(parties.services["con"], RuntimeError("out of paper"))
    (message_id,) = await lay_aside(parties, 1)
    (cause,) = (await desktop.shows(1))["causes"]
    group = {"party": "con", "kind": "dead", "cause": cause["cause_id"]}
    for times in (1, 2):
        job = await desktop.act("requeue", causes=[group])
        assert job["outcomes"] == {"dead": 1}
        assert job["results"][0]["detail"] == "RuntimeError: out of paper"

        async def counted(times: int = times) -> bool:
            (one,) = (await desktop.get())["messages"]
            return bool(one["times"] == times)

        await eventually(counted, what=f"put back {times} times")
    assert spell.strikes == 2
    spell.lifted = True
    job = await desktop.act("requeue", messages=[{"party": "con", "message_id": message_id, "times": 2}])
    assert job["outcomes"] == {"handled": 1}


async def test_of_two_operators_at_once_the_second_is_told_who_was_first(parties: Parties, desktop: Desktop) -> None:
    parties.services["con"].writer._settings = _once(parties)
    spell = bewitch(parties.services["con"], RuntimeError("out of paper"))
    ids = await lay_aside(parties, 5)
    await desktop.shows(5)
    wanted = [{"party": "con", "message_id": id_, "times": 0} for id_ in ids]
    jobs = await asyncio.gather(*(desktop.act("requeue", messages=wanted) for _ in range(2)))
    assert spell.strikes == 5
    assert sorted(outcomes(jobs[0]) + outcomes(jobs[1])) == ["already"] * 5 + ["dead"] * 5
    second = [one for job in jobs for one in job["results"] if one["outcome"] == "already"]
    assert {(one["by"], one["detail"]) for one in second} == {("the token of gateway", "requeue")}
    assert all(one["at"] is not None for one in second)


async def test_a_group_that_somebody_acts_on_is_nobody_elses(
    parties: Parties, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lay_aside(parties, 3)
    (cause,) = (await desktop.shows(3))["causes"]
    wanted = {"causes": [{"party": "con", "kind": "dead", "cause": cause["cause_id"]}]}
    begun = asyncio.Event()
    resume = parties.services["con"].writer.resume

    async def waits(*arguments: object, **more: object) -> object:
        await begun.wait()
        return await resume(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(parties.services["con"].writer, "resume", waits)
    first = await desktop.ask("POST", "/attention/actions/requeue", json=wanted)
    second = await desktop.ask("POST", "/attention/actions/requeue", json=wanted)
    assert (first.status_code, second.status_code) == (202, 409)
    assert second.json()["detail"].startswith("the token of gateway is acting on this group since ")
    assert second.json()["job"] == first.json()["job"]
    begun.set()
    assert (await desktop.over(first.headers["location"]))["outcomes"] == {"handled": 3}


async def test_a_dropped_message_is_read_as_it_came_with_who_dropped_it_and_why(
    parties: Parties, desktop: Desktop
) -> None:
    (message_id,) = await lay_aside(parties, 1)
    con = await parties.http("con")
    before = (await con.get(f"/dead/{message_id}", headers=parties.admin("con"))).json()
    await desktop.shows(1)
    picked = [{"party": "con", "message_id": message_id}]
    without = await desktop.ask("POST", "/attention/actions/drop", json={"messages": picked})
    assert (without.status_code, without.json()["field"]) == (422, "reason")
    job = await desktop.act("drop", messages=picked, reason="екінші рет келді")
    assert job["outcomes"] == {"dropped": 1}
    await desktop.shows(0)
    after = (await con.get(f"/dead/{message_id}", headers=parties.admin("con"))).json()
    assert (after["state"], after["dropped_by"], after["why"]) == (
        "dropped",
        "the token of gateway",
        "екінші рет келді",
    )
    assert base64.b64decode(after["body"]).startswith(b'{"message_id":')
    same = ("body", "signature", "digest", "reason", "attempts", "case_id", "sender", "type")
    assert [after[name] for name in same] == [before[name] for name in same]
    again = await desktop.act("requeue", messages=picked)
    assert outcomes(again) == ["already"]
    assert again["results"][0]["detail"] == "drop"


async def test_a_returned_message_tells_its_sender_why(parties: Parties) -> None:
    await parties.start("gateway", "lea", "portal")
    hurry(*parties.services.values())
    desktop = await Desktop.of(parties)
    spell = bewitch(parties.services["lea"], RuntimeError("out of paper"))
    parties.services["lea"].writer._settings = _once(parties, "lea")
    case_id = await parties.ask()
    found = await desktop.shows(1)
    (message,) = [one for one in found["messages"] if one["kind"] == "dead"]
    assert (message["party"], message["sender"], message["case_id"]) == ("lea", "portal", case_id)
    assert message["case"]["step"] is not None
    spell.lifted = True
    job = await desktop.act(
        "return", messages=[{"party": "lea", "message_id": message["message_id"]}], reason="қағаз жоқ"
    )
    assert job["outcomes"] == {"returned": 1}

    async def answered() -> dict[str, Any] | None:
        laid = await rows(parties.services["portal"], "inbox", state="dead")
        return laid[0] if laid else None

    row = await eventually(answered, what="the sender's rejection")
    assert row["type"] == MessageRejected.__name__
    assert row["reason"] == "rejected by lea: returned: қағаз жоқ"


async def test_a_service_that_is_gone_is_silent_and_nobody_waits_for_it(
    parties: Parties, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_svc.attention.reports.SILENT_AFTER", 0.5)
    await lay_aside(parties, 120)
    await desktop.shows(120)
    await parties.stop("con")

    async def silent() -> dict[str, Any] | None:
        found = await desktop.get()
        state = next(one for one in found["parties"] if one["party"] == "con")
        return found if state["state"] == "silent" else None

    found = await eventually(silent, what="the silence of con")
    assert found["counts"]["dead"] == 120, "what it told last is still shown"
    cause = found["causes"][0]["cause_id"]
    job = await desktop.act("requeue", causes=[{"party": "con", "kind": "dead", "cause": cause}])
    assert (job["state"], job["done"]) == ("failed", 0)
    assert job["failures"] == {"con": "con does not answer: try again when it is back"}
    page = await desktop.get(after=found["next"])
    assert page["incomplete"] == ["con"]


async def test_a_party_that_is_somebody_elses_system_tells_nothing_and_is_commanded_nothing(parties: Parties) -> None:
    await parties.start("gateway", outside="lea")
    desktop = await Desktop.of(parties)
    states = {one["party"]: one["state"] for one in (await desktop.get())["parties"]}
    assert states["lea"] == "outside"
    answer = await desktop.ask(
        "POST", "/attention/actions/requeue", json={"messages": [{"party": "lea", "message_id": "m"}]}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "party")


async def test_a_rejected_message_is_listed_found_by_what_its_sender_was_told_and_put_aside(parties: Parties) -> None:
    await parties.start("gateway")
    hurry(*parties.services.values())
    desktop = await Desktop.of(parties)
    portal = await parties.outsider("portal")
    wrong = portal.write(MessageRejected("m", "d", "invalid-input", "none"), "nobody")
    await portal.hand_in(wrong)
    found = await desktop.shows(1, "rejected")
    (message,) = found["messages"]
    assert (message["party"], message["kind"], message["sender"]) == ("gateway", "rejected", "portal")
    for name in (message["message_id"], wrong.message_id, wrong.digest):
        shown = await desktop.ask("GET", f"/messages/{name}")
        assert (shown.status_code, shown.content) == (200, wrong.data)
        assert shown.headers["message-id"] == message["message_id"]
    picked = [{"party": "gateway", "message_id": message["message_id"]}]
    job = await desktop.act("requeue", messages=picked)
    assert [(one["outcome"], one["detail"]) for one in job["results"]] == [("impossible", "rejected")]
    assert (await desktop.act("drop", messages=picked, reason="seen"))["outcomes"] == {"dropped": 1}
    await desktop.shows(0, "rejected")
    assert len(await rows(parties.services["gateway"], "journal", verdict="rejected")) == 1


async def test_rejected_messages_have_pages(parties: Parties) -> None:
    await parties.start("gateway")
    portal, desktop = await parties.outsider("portal"), await Desktop.of(parties)
    await portal.hand_in(*[portal.write(MessageRejected("m", "d", "x", "none"), "nobody") for _ in range(7)])
    found: list[str] = []
    while True:
        more = {"after": found[-1]} if found else {}
        page = (await desktop.ask("GET", "/rejected", params={"limit": 3} | more)).json()
        if not page:
            break
        found += [one["message_id"] for one in page]
    newest = (await desktop.ask("GET", "/rejected")).json()
    assert found == [one["message_id"] for one in newest]
    assert len(found) == 7
    assert (await desktop.ask("GET", "/rejected", params={"after": "none"})).status_code == 404


async def test_a_service_that_cannot_write_still_says_so(parties: Parties, desktop: Desktop) -> None:
    await lay_aside(parties, 2)
    await desktop.shows(2)
    con = parties.services["con"]
    database = con.database
    write = database.write

    async def read_only(*_: object, **__: object) -> None:
        raise Unavailable(Technical("attempt to write a readonly database"))

    database.write = read_only  # type: ignore[method-assign, assignment]
    database.check = read_only  # type: ignore[method-assign]

    async def answered() -> dict[str, Any] | None:
        found = await desktop.get()
        state = next(one for one in found["parties"] if one["party"] == "con")
        return state if not state["ready"] else None

    state = await eventually(answered, within=20, what="that con cannot write")
    assert (state["state"], state["reasons"]) == ("telling", ["attempt to write a readonly database"])
    cause = (await desktop.get())["causes"][0]["cause_id"]
    job = await desktop.act("requeue", causes=[{"party": "con", "kind": "dead", "cause": cause}])
    assert job["state"] == "failed"
    assert job["failures"] == {"con": "con: attempt to write a readonly database"}
    database.write = write  # type: ignore[method-assign]


async def test_every_party_tells_how_it_is_and_none_of_it_is_in_a_journal_or_an_inbox(parties: Parties) -> None:
    await parties.start(*PARTIES)
    hurry(*parties.services.values())
    desktop = await Desktop.of(parties)

    async def all_tell() -> bool:
        found = (await desktop.get())["parties"]
        return all(one["heard"] is not None and one["ready"] for one in found)

    await eventually(all_tell, what="every party tells")
    shown = (await desktop.ask("GET", "/parties")).json()
    assert [(one["version"], one["ready"]) for one in shown] == [(__version__, True)] * 5
    for service in parties.services.values():
        assert await rows(service, "inbox") == []
    assert await rows(parties.services["gateway"], "journal") == []


async def test_nothing_is_begun_for_nothing_and_no_action_is_known_that_was_not_begun(desktop: Desktop) -> None:
    nothing = await desktop.ask("POST", "/attention/actions/requeue", json={})
    assert (nothing.status_code, nothing.json()["field"]) == (422, "messages")
    gone = {"causes": [{"party": "con", "kind": "dead", "cause": "0" * 12}]}
    assert (await desktop.ask("POST", "/attention/actions/requeue", json=gone)).status_code == 404
    for method in ("GET", "DELETE"):
        assert (await desktop.ask(method, "/attention/actions/nothing")).status_code == 404
    job = await desktop.act("requeue", messages=[{"party": "con", "message_id": "\u202enothing<b>"}])
    assert [(one["outcome"], one["detail"]) for one in job["results"]] == [("impossible", "not-here")]


def _once(parties: Parties, name: str = "con") -> Settings:
    """The settings of a service with which a message is tried once."""
    return replace(parties.services[name].settings, retry_times=1)


async def test_a_command_that_comes_again_after_a_restart_is_answered_as_it_was_and_does_nothing(
    parties: Parties, desktop: Desktop
) -> None:
    parties.services["con"].writer._settings = _once(parties)
    spell = bewitch(parties.services["con"], RuntimeError("out of paper"))
    await lay_aside(parties, 4)
    ids = parties.services["gateway"].party.ids
    command = Command(
        command_id=ids(),
        party="con",
        at=parties.clock.now(),
        job=ids(),
        principal="dana",
        action="requeue",
        kind="dead",
        cause="RuntimeError: out of paper",
        limit=3,
    )
    first = await parties.services["con"].commands.execute(command)
    assert ([done.outcome for done in first.done], first.left, spell.strikes) == (["dead"] * 3, 1, 3)
    await parties.stop("con")
    await parties.start("con")
    again = await parties.services["con"].commands.execute(command)
    assert sorted(done.message_id for done in again.done) == sorted(done.message_id for done in first.done)
    assert (again.left, len(await rows(parties.services["con"], "dead_letter_actions"))) == (1, 3)
    last = await parties.services["con"].commands.execute(replace_(command, command_id=ids()))
    assert (len(last.done), last.left) == (1, 0), "the job goes on where it was"
    nothing = await parties.services["con"].commands.execute(replace_(command, command_id=ids()))
    assert (nothing.done, nothing.left) == ((), 0)


async def test_a_list_is_shown_without_its_cases_while_the_gateways_database_is_away(
    parties: Parties, desktop: Desktop
) -> None:
    await lay_aside(parties, 2)
    await desktop.shows(2)
    async with outage(parties.services["gateway"]):
        found = await desktop.get()
        assert (found["counts"]["dead"], len(found["messages"])) == (2, 2)
        assert [one["case"] for one in found["messages"]] == [None, None]


async def test_a_message_that_is_tried_again_can_be_handled_now_and_is_handled_once(
    parties: Parties, desktop: Desktop
) -> None:
    con = parties.services["con"]
    (message_id,) = await lay_aside(parties, 1)
    spell = bewitch(con, RuntimeError("out of paper"))
    job = await desktop.act("requeue", messages=[{"party": "con", "message_id": message_id}])
    assert job["outcomes"] == {"retry": 1}
    found = await desktop.shows(1, "retry")
    assert found["messages"][0]["due_at"] is not None
    dropped = await desktop.act("drop", messages=[{"party": "con", "message_id": message_id}], reason="no")
    assert [(one["outcome"], one["detail"]) for one in dropped["results"]] == [("impossible", "retry")]
    spell.lifted = True
    job = await desktop.act("requeue", messages=[{"party": "con", "message_id": message_id}])
    assert job["outcomes"] == {"handled": 1}
    parties.clock.advance(timedelta(days=1))
    await desktop.shows(0, "retry")
    assert await parties.waiting("con") == {}
    assert con.tasks.reason is None


async def test_nobody_answers_what_another_was_asked(parties: Parties, desktop: Desktop) -> None:
    await parties.start("portal")
    (message_id,) = await lay_aside(parties, 1)
    await desktop.shows(1)
    con, portal = parties.services["con"], parties.services["portal"]
    execute = con.commands.execute

    async def overtaken(command: Command) -> Result:
        done = (Done(message_id, "dropped"),)
        forged = Result(party="portal", command_id=command.command_id, at=parties.clock.now(), done=done)
        answer = sealed(forged, portal.party.ids(), "gateway", portal.party.signer)
        assert await portal.dependencies.bus.send_control([answer]) == [None]
        return await execute(command)

    con.commands.execute = overtaken  # type: ignore[method-assign]
    job = await desktop.act("requeue", messages=[{"party": "con", "message_id": message_id}])
    assert outcomes(job) == ["handled"]


async def test_a_number_of_a_person_in_a_reason_is_masked(parties: Parties, desktop: Desktop) -> None:
    await lay_aside(parties, 1, reason=f"KeyError: '{IIN}' of 019cacb3-f200-7051-b3f4-990101300000")
    reason = f"KeyError: '••••••••{IIN[-4:]}' of 019cacb3-f200-7051-b3f4-990101300000"
    found = await desktop.shows(1)
    assert found["messages"][0]["reason"] == reason
    con = await parties.http("con")
    (dead,) = (await con.get("/dead", headers=parties.admin("con"))).json()
    assert dead["reason"] == reason


async def test_many_who_read_at_once_keep_nobody_from_the_answers(parties: Parties, desktop: Desktop) -> None:
    await lay_aside(parties, 60)
    await desktop.shows(60)
    after = (await desktop.get(limit=10))["next"]
    for _ in range(4):
        after = (await desktop.get(limit=10, after=after))["next"]
    pages = await asyncio.gather(*(desktop.get(limit=5, after=after) for _ in range(80)))
    assert {(len(page["messages"]), *page["incomplete"]) for page in pages} == {(5,)}
