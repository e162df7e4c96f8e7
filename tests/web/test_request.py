"""A request at the doors: signing in, filling in, signing, waiting; and every refusal that the act prescribes."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest

from tests.outsider import REGULATION
from tests.parties import FORM
from tests.waiting import eventually
from tests.web.people import People
from tests.web.problems import problem
from tests.web.staff import LAWFUL, form_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def steps(trace: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What the trace tells of the steps done: ref, operation and outcome."""
    return [(s["ref"], s["operation"], s["outcome"]) for message in trace["messages"] for s in message["steps"]]


async def journalled(people: People, case_id: str, end: str) -> dict[str, Any]:
    """The gateway's trace of a case, once it tells of this end."""

    async def ended() -> dict[str, Any] | None:
        answer = await people.gateway.get(f"/cases/{case_id}/trace", headers=people.admin)
        return answer.json() if answer.status_code == 200 and answer.json()["end"] == end else None

    return await eventually(ended, what=f"end {end} in the journal")


def check_refused_identity(answer: httpx.Response) -> dict[str, Any]:
    refusal = problem(answer, 401, "not-authenticated", step="process-2", end="not-authorised")
    assert set(refusal["text"]) == {"kk", "ru", "en"}
    assert len(set(refusal["text"].values())) == 3
    return refusal


@pytest.mark.parametrize("wrong", [{"password": "wrong!"}, {"iin": "900101300017"}])
async def test_wrong_data_end_the_case_with_the_refusal_of_the_act(people: People, wrong: dict[str, str]) -> None:
    new = {"regulation": REGULATION, "login": people.citizen.login | wrong}
    refusal = check_refused_identity(await people.portal.post("/cases", json=new))
    assert "findings" not in refusal
    trace = await journalled(people, refusal["case_id"], "not-authorised")
    (message,) = trace["messages"]
    assert (message["type"], message["sender"], message["verdict"]) == ("CaseClosed", "portal", "accepted")
    assert steps(trace)[-3:] == [
        ("process-1", "authenticate", "ok"),
        ("condition-1", "check-identity", "wrong"),
        ("process-2", "refuse", "ok"),
    ]
    assert trace["status"] is None


@pytest.mark.parametrize("at", ["con", "lea"])
async def test_staff_with_wrong_data_are_refused_by_the_act_too(people: People, at: str) -> None:
    client: httpx.AsyncClient = getattr(people, at)
    new: dict[str, Any] = {"regulation": REGULATION, "login": people.clerk.login | {"password": "wrong!"}}
    if at == "lea":
        refusal = problem(await client.post("/cases", json=new), 422, "invalid-input", field="package")
        assert refusal["rule"].startswith("6(1)")
        for checked in (False, "yes", None):
            answer = await client.post("/cases", json=new | {"package": {"originals_checked": checked}})
            problem(answer, 422, "invalid-input", field="package.originals_checked")
        new["package"] = {"originals_checked": True}
    refusal = check_refused_identity(await client.post("/cases", json=new))
    await journalled(people, refusal["case_id"], "not-authorised")


async def test_a_signature_over_another_document_ends_the_case_with_the_refusal_of_the_act(people: People) -> None:
    case_id, mine, document = await people.filled()
    other = base64.b64encode(base64.b64decode(document) + b" ").decode()
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=people.citizen.cms(other), headers=mine)
    refusal = problem(answer, 422, "bad-signature", step="process-5", case_id=case_id, end="not-signed")
    assert set(refusal["text"]) == {"kk", "ru", "en"}
    assert refusal["findings"]
    trace = await journalled(people, case_id, "not-signed")
    assert steps(trace)[-2:] == [("condition-2", "check-certificate", "wrong"), ("process-5", "refuse", "ok")]
    again = await people.portal.post(f"/cases/{case_id}/signature", json=people.citizen.cms(document), headers=mine)
    problem(again, 409, "out-of-order")


async def test_anothers_signature_ends_the_case(people: People) -> None:
    case_id, mine, document = await people.filled()
    signed = people.neighbour.cms(document)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=signed, headers=mine)
    problem(answer, 422, "bad-signature", step="process-5", case_id=case_id)


async def test_a_step_out_of_order_names_the_step_that_is_due(people: People) -> None:
    case_id, mine = await people.opened()
    signed = people.citizen.cms(base64.b64encode(b"nothing").decode())
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=signed, headers=mine)
    refusal = problem(answer, 409, "out-of-order", step="process-3", paragraph="8(5)")
    assert "fill-form" in refusal["detail"]
    case_id, mine = await people.submitted()
    answer = await people.portal.put(f"/cases/{case_id}/form", json=people.form(), headers=mine)
    refusal = problem(answer, 409, "out-of-order", step="process-6")
    his = await people.clerks("lea")
    answer = await people.lea.post(f"/cases/{case_id}/draft", json={"decision": "granted"}, headers=his)
    refusal = problem(answer, 409, "out-of-order", step="process-6")
    assert "'accept'" in refusal["detail"]
    answer = await people.lea.post(f"/cases/{case_id}/result", json={"cms": "MAA="}, headers=his)
    problem(answer, 409, "out-of-order")
    answer = await people.lea.post(f"/cases/{case_id}/delivery", json={}, headers=his)
    problem(answer, 409, "out-of-order")
    shown = (await people.portal.get(f"/cases/{case_id}", headers=mine)).json()
    assert shown["end"] is None


async def test_the_form_may_be_filled_in_again_until_it_is_signed(people: People) -> None:
    case_id, mine, first = await people.filled()
    form = people.form(purpose="Жұмыс берушіге")
    answer = await people.portal.put(f"/cases/{case_id}/form", json=form, headers=mine)
    second = answer.json()["document"]
    assert first != second
    assert json.loads(base64.b64decode(second))["form"]["purpose"] == "Жұмыс берушіге"
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=people.citizen.cms(second), headers=mine)
    assert answer.status_code == 202
    trace = await eventually(lambda: known(people, case_id))
    assert [step for step in steps(trace) if step[1] == "fill-form"] == [("process-3", "fill-form", "ok")]


async def test_a_form_may_come_along_with_the_opening(people: People) -> None:
    new = {"regulation": REGULATION, "login": people.citizen.login, "form": people.form()}
    opened = (await people.portal.post("/cases", json=new)).json()
    assert opened["at"] == "process-4/sign"
    document = json.loads(base64.b64decode(opened["document"]))
    assert (document["case_id"], document["form"]) == (opened["case_id"], FORM)
    mine = {"Authorization": f"Bearer {opened['token']}", "Prefer": "wait=0"}
    signed = people.citizen.cms(opened["document"])
    answer = await people.portal.post(f"/cases/{opened['case_id']}/signature", json=signed, headers=mine)
    assert answer.status_code == 202


@pytest.mark.parametrize(("changes", "field"), [({"iin": "1"}, "iin"), ({"purpose": ""}, "form.purpose")])
async def test_a_mistake_in_a_form_that_comes_along_opens_no_case(
    people: People, changes: dict[str, str], field: str
) -> None:
    new = {"regulation": REGULATION, "login": people.neighbour.login}
    form = people.form(iin=people.neighbour.iin) | changes
    problem(await people.portal.post("/cases", json=new | {"form": form}), 422, "invalid-input", field=field)
    token = (await people.portal.post("/sessions", json=people.neighbour.login)).json()["token"]
    assert (await people.portal.get("/cases", headers={"Authorization": f"Bearer {token}"})).json() == []


async def test_wrong_data_are_refused_whatever_the_form_says(people: People) -> None:
    new = {"regulation": REGULATION, "login": people.citizen.login | {"password": "wrong!"}, "form": people.form()}
    refusal = check_refused_identity(await people.portal.post("/cases", json=new))
    await journalled(people, refusal["case_id"], "not-authorised")


async def known(people: People, case_id: str) -> dict[str, Any] | None:
    answer = await people.gateway.get(f"/cases/{case_id}/trace", headers=people.admin)
    return answer.json() if answer.status_code == 200 else None


async def test_whoever_waits_is_answered_when_the_result_is_there(people: People) -> None:
    case_id, mine = await people.submitted()
    waiting = asyncio.create_task(
        people.portal.get(f"/cases/{case_id}", headers=mine | {"Prefer": "respond-async, wait=30"}, timeout=40)
    )
    await eventually(lambda: people.parties.services["portal"].writer.notifier)
    await people.decided(case_id)
    answer = await asyncio.wait_for(waiting, 20)
    shown = answer.json()
    assert (shown["status"], shown["end"]) == ("completed", "issued")
    assert shown["status_text"] == {"kk": "Орындалды", "ru": "Исполнено", "en": "Completed"}
    assert answer.headers["preference-applied"] == "wait=30"
    assert shown["result"]["decision"] == "granted"
    document = json.loads(base64.b64decode(shown["result"]["document"]))
    assert (document["case_id"], document["number"], document["iin"]) == (case_id, shown["number"], people.citizen.iin)
    body = (await people.portal.get(f"/cases/{case_id}/history", headers=mine)).json()
    assert [entry["status"] for entry in body] == ["received", "in_progress", "completed"]
    assert all(entry["message_id"] for entry in body)


async def test_whoever_waits_no_longer_is_answered_as_the_case_stands(people: People) -> None:
    case_id, mine = await people.submitted()
    for prefer in ("wait=1", "wait=0", "wait=soon", "return=minimal"):
        async with asyncio.timeout(10):
            answer = await people.portal.get(f"/cases/{case_id}", headers=mine | {"Prefer": prefer})
        assert (answer.json()["status"], answer.json()["result"]) == ("received", None)
        assert ("preference-applied" in answer.headers) is (prefer in ("wait=1", "wait=0"))
    assert len(people.parties.services["portal"].writer.notifier) == 0


async def test_a_refusal_needs_its_grounds_and_reaches_the_citizen_signed(people: People) -> None:
    case_id, mine = await people.submitted()
    his = await people.clerks("lea")
    assert (await people.lea.post(f"/cases/{case_id}/acceptance", headers=his)).status_code == 200
    for grounds in ("", "  "):
        draft = {"decision": "denied", "grounds": grounds}
        answer = await people.lea.post(f"/cases/{case_id}/draft", json=draft, headers=his)
        problem(answer, 422, "invalid-input", field="grounds", rule="reasoned refusal")
    draft = {"decision": "denied", "grounds": "Жұмыссыз ретінде тіркелмеген"}
    prepared = (await people.lea.post(f"/cases/{case_id}/draft", json=draft, headers=his)).json()
    by_another, by_him = people.neighbour.cms(prepared["document"]), people.clerk.cms(prepared["document"])
    answer = await people.lea.post(f"/cases/{case_id}/result", json=by_another, headers=his)
    problem(answer, 422, "bad-signature", field="cms")
    answer = await people.lea.post(f"/cases/{case_id}/result", json=by_him, headers=his)
    assert answer.status_code == 200
    await people.parties.status("portal", case_id, "refused")
    shown = (await people.portal.get(f"/cases/{case_id}", headers=mine)).json()
    assert (shown["end"], shown["result"]["kind"]) == ("refused", "refusal")
    assert json.loads(base64.b64decode(shown["result"]["document"]))["grounds"] == draft["grounds"]


async def test_a_service_centre_hands_over_what_the_body_has_decided(people: People) -> None:
    case_id, _ = await people.opened("con")
    his = await people.clerks("con")
    answer = await people.con.put(f"/cases/{case_id}/form", json=people.form(), headers=his)
    signed = people.clerk.cms(answer.json()["document"])
    assert (await people.con.post(f"/cases/{case_id}/signature", json=signed, headers=his)).status_code == 202
    await people.parties.status("lea", case_id, "received")
    early = await people.con.post(f"/cases/{case_id}/delivery", json={"how": "in-person"}, headers=his)
    problem(early, 409, "out-of-order")
    await people.decided(case_id)
    await people.parties.status("con", case_id, "completed")
    odd = await people.con.post(f"/cases/{case_id}/delivery", json={"how": "by-pigeon"}, headers=his)
    problem(odd, 422, "invalid-input", field="how", rule="literal_error")
    done = await people.con.post(f"/cases/{case_id}/delivery", json={"how": "in-person"}, headers=his)
    assert done.json()["end"] == "issued"
    again = await people.con.post(f"/cases/{case_id}/delivery", json={"how": "in-person"}, headers=his)
    problem(again, 409, "out-of-order")
    trace = await journalled(people, case_id, "issued")
    assert "ResultDelivered" in {message["type"] for message in trace["messages"]}
    listed = (await people.con.get("/cases?status=completed&limit=500", headers=his)).json()
    assert case_id in {case["case_id"] for case in listed}


async def test_the_journal_shows_a_message_as_it_came(people: People) -> None:
    case_id, _ = await people.submitted()
    (first,) = [m for m in (await people.trace(case_id))["messages"] if m["sender"] == "portal"]
    answer = await people.gateway.get(f"/messages/{first['message_id']}", headers=people.admin)
    assert json.loads(answer.content)["message_id"] == first["message_id"]
    verifier = people.parties.services["gateway"].party.verifier
    at = people.parties.clock.now()
    assert verifier.verify(answer.content, answer.headers["signature-jws"], at) == "portal"


async def test_the_findings_on_a_signature_are_told_by_code_and_in_three_languages(people: People) -> None:
    case_id, mine, document = await people.filled()
    other = people.neighbour.cms(base64.b64encode(base64.b64decode(document) + b" ").decode())
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=other, headers=mine)
    refusal = problem(answer, 422, "bad-signature")
    assert [finding["code"] for finding in refusal["findings"]] == ["digest", "other-iin"]
    for finding in refusal["findings"]:
        assert set(finding["text"]) == {"kk", "ru", "en"}
        assert finding["detail"]


REPRESENTED = "unemployed-certificate-2016"
FRIEND = {
    "representative_iin": "100140000003",
    "representative_name": "Сейітов Ерлан",
    "power_of_attorney": "2026/17-A",
}


async def test_a_representative_does_not_ask_through_the_portal(people: People) -> None:
    form = form_of(REPRESENTED, people.citizen, purpose="Банкке", **FRIEND)
    new = {"regulation": REPRESENTED, "login": people.citizen.login, "form": form}
    refusal = problem(
        await people.portal.post("/cases", json=new),
        422,
        "invalid-input",
        field="form.representative_iin",
        rule="channels con, provider",
    )
    assert "portal" in refusal["detail"]
    new |= {"login": people.clerk.login, "package": LAWFUL}
    answer = await people.con.post("/cases", json=new)
    assert answer.status_code == 201, answer.text
