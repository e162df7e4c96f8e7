"""The deadlines at the gateway: what is broken and near, by performer, with reason and forecast."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from aimaq.bus import OutgoingMessage
from aimaq.casework.case import Case
from aimaq.language.messages import PARTIES
from aimaq.pipeline.outbox import row_of
from aimaq.regulation import workflow
from aimaq.regulation.deadlines import Deadlines
from gateway_svc.cases.forecast import forecast
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.standing import Limits
from gateway_svc.models import tables
from tests.gateway.cases import BODY, PLACE, every, made, page, put
from tests.parties import BASE, Parties
from tests.waiting import eventually
from tests.web.problems import problem

MINUTE = timedelta(minutes=1)


async def test_a_limit_that_breaks_is_listed_with_step_paragraph_lateness_and_reason(parties: Parties) -> None:
    await parties.start(*PARTIES)
    case_id = await parties.ask()

    async def stands() -> bool:
        items = (await page(parties, case_id=case_id))["items"]
        return bool(items) and items[0]["at"] == PLACE

    await eventually(stands, what="the case at its place")
    parties.clock.advance(13 * MINUTE)
    found = await page(parties, "/deadlines")
    assert (found["late"], found["near"], found["running"]) == (1, 0, 0)
    assert found["performers"] == [{"party": BODY, "unit": "lea.employee", "late": 1, "near": 0, "running": 0}]
    (item,) = found["items"]
    case = item["case"]
    assert (case["case_id"], case["step"]["ref"], case["step"]["paragraph"]) == (case_id, "process-6", "8(9)")
    assert case["limit"]["state"] == "late"
    assert case["limit"]["summary"] == {
        "kk": "3 минутқа кешігуде",
        "ru": "опаздывает на 3 мин",
        "en": "late by 3 min",
    }
    assert case["limit"]["row"] == 5
    assert case["limit"]["explanation"]["en"] == "due 2026-03-02 09:10: 10 minutes from 2026-03-02 09:00"
    assert item["forecast"]["summary"]["en"] == "the whole has no term"


async def test_a_limit_in_working_days_is_told_in_working_time(parties: Parties) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    await put(gateway, long_cases(parties, 1))
    parties.clock.advance(timedelta(days=8, hours=5, minutes=20))
    (item,) = (await page(parties, "/deadlines"))["items"]
    assert item["case"]["limit"]["summary"]["en"] == "late by 4 h 20 min"
    assert item["case"]["limit"]["limit"]["unit"] == "working-day"


def long_cases(parties: Parties, count: int) -> list[Any]:
    """Cases that stand at a step with a limit of five working days."""
    law = parties.catalogue.regulation("child-allowance-2016")
    deadlines = Limits(parties.catalogue).of(law.id, "provider")
    place = next(at for at, (step, _) in deadlines.flow.places.items() if step.limit and step.limit.max == 5)
    standing = deadlines.begun(place, BASE)
    cases = made(parties.services["gateway"], count, at=place, channel="provider", regulation=law.id)
    return [replace(case, standing=standing) for case in cases]


async def test_the_forecast_takes_off_what_the_link_waits_and_the_median_of_the_parts_that_remain(
    parties: Parties,
) -> None:
    await parties.start(*PARTIES, autopilot=True)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    await parties.quiet()
    gateway = parties.services["gateway"]
    await put(gateway, made(gateway, 1, parties.clock.now()))
    (item,) = (await page(parties, "/deadlines"))["items"]
    expected = item["forecast"]
    assert (expected["of"], expected["in_time"], expected["steps"]) == ("step", True, 2)
    assert expected["median"] is not None
    assert expected["waiting"] == 0
    assert expected["summary"]["kk"] == "үлгереді"
    assert "the median of the parts left (2)" in expected["basis"]["en"]


async def test_what_was_seen_of_the_steps_is_learnt_again_at_the_start(parties: Parties) -> None:
    await parties.start(*PARTIES, autopilot=True)
    await parties.status("portal", await parties.ask(), "completed")
    await parties.quiet()
    await parties.stop("gateway")
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    await put(gateway, made(gateway, 1, parties.clock.now()))
    (item,) = (await page(parties, "/deadlines"))["items"]
    assert item["forecast"]["median"] is not None


@pytest.mark.parametrize(("minutes", "in_time", "summary"), [(2, True, "in time"), (11, False, "will break")])
async def test_a_link_that_waits_longer_than_is_left_breaks_the_limit(
    parties: Parties, minutes: int, in_time: bool, summary: str
) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    await put(gateway, made(gateway, 1))
    unsent = OutgoingMessage(gateway.party.ids(), "request.submitted", "lea", b"{}", "", 1)
    await gateway.database.transact(
        lambda conn: conn.execute(
            sa.insert(tables.outbox).values(row_of(unsent, BASE - minutes * MINUTE, with_bytes=True))
        )
    )
    (item,) = (await page(parties, "/deadlines"))["items"]
    expected = item["forecast"]
    assert (expected["in_time"], expected["summary"]["en"], expected["waiting"]) == (in_time, summary, minutes * 60)
    assert expected["basis"]["en"] == f"2026-03-02 09:10 − the link's wait of {minutes} min"


async def test_once_a_step_is_late_the_term_of_the_service_is_forecast(parties: Parties) -> None:
    law = parties.catalogue.regulation("unemployed-registration-2016")
    deadlines = Deadlines(law, law.flow("provider"))
    place = workflow.begin(deadlines.flow)
    for due, summary in (
        (BASE + 5 * MINUTE, "the term is broken too"),
        (BASE + 60 * MINUTE, "the term of the service"),
    ):
        standing = replace(deadlines.begun(place, BASE - 60 * MINUTE), term_due_at=due)
        case = Case("id", law.id, "provider", BASE, BASE, at=place, standing=standing)
        expected = forecast(case, standing, deadlines, Medians(), {}, BASE + 10 * MINUTE)
        assert expected is not None
        assert expected.of == "term"
        assert expected.summary["en"].startswith(summary)


@pytest.mark.parametrize(("state", "kinds"), [("late", 2), ("near", 1), ("pressing", 3), ("all", 4)])
async def test_the_deadlines_are_asked_for_by_state_and_performer(parties: Parties, state: str, kinds: int) -> None:
    await parties.start("gateway")
    gateway = parties.services["gateway"]
    cases = [*made(gateway, 2), *made(gateway, 1, BASE + 15 * MINUTE), *long_cases(parties, 1)]
    await put(gateway, cases)
    parties.clock.advance(20 * MINUTE)
    found = await page(parties, "/deadlines", state=state, limit=1)
    assert (found["count"], found["late"], found["near"], found["running"]) == (kinds, 2, 1, 1)
    assert len(await every(parties, "/deadlines", state=state, limit=2)) == kinds
    mine = await page(parties, "/deadlines", state=state, next_unit="lea.employee", next_party=BODY)
    assert {item["case"]["next_party"] for item in mine["items"]} <= {BODY}


@pytest.mark.parametrize(
    ("words", "field", "rule"),
    [
        ({"state": "soon"}, "query.state", "literal_error"),
        ({"next_party": "x" * 300}, "query.next_party", "string_too_long"),
        ({"next_unit": "lea.cat"}, "query.next_unit", "known value"),
        ({"party": BODY}, "query.party", "unknown"),
        ({"cursor": "!"}, "query.cursor", "cursor of this query"),
        ({"limit": "501"}, "query.limit", "less_than_equal"),
    ],
)
async def test_what_cannot_be_meant_is_refused(parties: Parties, words: dict[str, str], field: str, rule: str) -> None:
    await parties.start("gateway")
    client = await parties.http("gateway", **parties.admin())
    problem(await client.get("/deadlines", params=words), 422, "invalid-input", field=field, rule=rule)
