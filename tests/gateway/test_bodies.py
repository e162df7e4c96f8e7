"""An account that is bound to a body sees the cases of that body, and nothing else of the gateway's."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from aimaq.language.messages import PARTIES
from aimaq.web.callers import Administrator, callers
from gateway_svc.journal.bodies import regulations_of
from tests.gateway.watchers import Watchers
from tests.outsider import BODY, REGULATION
from tests.parties import Parties
from tests.web.problems import problem

OTHER = "lea:oral-employment"


async def test_a_body_sees_its_cases_and_no_other_bodys(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    watchers = Watchers(parties)
    assert REGULATION in regulations_of(parties.catalogue, BODY)
    own = await watchers.at("dana", "operator", body=BODY)
    assert [one["case_id"] for one in (await own.get("/cases")).json()["items"]] == [case_id]
    assert (await own.get(f"/cases/{case_id}")).status_code == 200
    trace = await own.get(f"/cases/{case_id}/trace")
    assert trace.status_code == 200
    message = trace.json()["messages"][0]["message_id"]
    assert (await own.get(f"/messages/{message}")).status_code == 200
    assert (await own.get(f"/journal/cases/{case_id}/statement")).status_code == 200
    act = (await watchers.acts(who="dana"))[0]
    assert act["body"] == BODY
    other = await watchers.at("aida", "operator", body=OTHER)
    for query in ("", f"?party={BODY}", f"?case_id={case_id}"):
        assert (await other.get(f"/cases{query}")).json()["items"] == []
    for path in (
        f"/cases/{case_id}",
        f"/cases/{case_id}/trace",
        f"/messages/{message}",
        f"/journal/cases/{case_id}/statement",
    ):
        problem(await other.get(path), 404, "not-found")
    problem(await own.get(f"/messages/{act['id']}"), 404, "not-found")  # an act is no body's


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_what_does_not_keep_to_a_body_is_closed_to_its_accounts(parties: Parties, role: str) -> None:
    await parties.start("gateway")
    client = await Watchers(parties).at("dana", role, body=BODY)
    opened, closed = set[str](), 0
    for route in parties.apps["gateway"].routes:
        if not isinstance(route, APIRoute):
            continue
        for caller in callers(route):
            if isinstance(caller, Administrator):
                if caller.bodies:
                    opened.add(route.path)
                    continue
                for method in route.methods or ():
                    closed += 1
                    path = re.sub(r"\{\w+(:path)?\}", "019cacb3-f200-7051-b3f4-43cca39f8a22", route.path)
                    answer = await client.request(method, path, headers={"Accept": "application/json"})
                    assert answer.status_code == 403, (method, path)
    assert closed > 10
    assert {"/cases/{case_id}/trace", "/messages/{message_id}", "/journal/cases/{case_id}/statement"} <= opened
