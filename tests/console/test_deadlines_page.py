"""The page of the deadlines: who broke what, who is near, each with its reason; a picture that thousands fit in."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest

from aimaq.language.texts import LANGUAGES
from gateway_svc.cases.standing import Limits
from gateway_svc.cases.views import PerformerLoad, found_case
from gateway_svc.console.pages.deadlines.radar import LEFT, NOW, WIDTH, place, radar
from tests.console.visitor import Visitor, words
from tests.gateway.cases import BODY, made, put
from tests.parties import BASE

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


async def pressed(operator: Visitor, late: int = 2, near: int = 1) -> None:
    """Limits that have run out, and others that are about to."""
    gateway = operator.parties.services["gateway"]
    await put(gateway, [*made(gateway, late, BASE - late * SECOND), *made(gateway, near, BASE + 15 * MINUTE)])
    operator.parties.clock.advance(20 * MINUTE)


async def test_page_and_rest_list_the_same(operator: Visitor) -> None:
    await pressed(operator)
    client = await operator.parties.http("gateway", **operator.parties.admin())
    rest = (await client.get("/deadlines")).json()
    page = await operator.get("/console/deadlines")
    listed = re.findall(r'<td><a href="/console/cases/([0-9a-f-]{36})">', page.text)
    assert listed == [item["case"]["case_id"] for item in rest["items"]]
    shown = words(page)
    for item in rest["items"]:
        assert item["case"]["limit"]["summary"]["en"] in shown
        assert item["case"]["limit"]["explanation"]["en"] in shown
        assert item["forecast"]["summary"]["en"] in shown
    assert "2 broken" in shown
    assert "1 about to run out" in shown


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_readers_language(operator: Visitor, language: str) -> None:
    await pressed(operator)
    page = words(await operator.get("/console/deadlines", **{"Accept-Language": language}))
    assert {"kk": "кешігуде", "ru": "опаздывает на", "en": "late by"}[language] in page
    assert {"kk": "ЖАО қызметкері", "ru": "Работник МИО", "en": "The executive body's employee"}[language] in page


async def test_each_mark_of_the_picture_leads_to_its_case_and_says_what_it_is(operator: Visitor) -> None:
    await pressed(operator)
    page = (await operator.get("/console/deadlines")).text
    marks = re.findall(r'<a href="/console/cases/[0-9a-f-]{36}" aria-label="([^"]+)"><(path|circle)', page)
    assert len(marks) == 3
    assert all(label.startswith("8(9): ") for label, _ in marks)
    assert sorted(drawn for _, drawn in marks) == ["circle", "path", "path"]


async def test_the_list_is_narrowed_to_a_performer_and_a_state_by_links(operator: Visitor) -> None:
    await pressed(operator)
    page = await operator.get("/console/deadlines?state=near")
    assert "late by" not in words(page).partition("Broken first")[2]
    page = await operator.get(f"/console/deadlines?next_party={BODY}&next_unit=lea.employee")
    assert "Only: the executive body's employee" in words(page)
    assert (await operator.get("/console/deadlines?next_unit=lea.cat")).status_code == 422


async def test_where_no_limit_runs_the_page_says_when_one_would(operator: Visitor) -> None:
    page = words(await operator.get("/console/deadlines"))
    assert "No limit is running" in page
    assert "When a case comes to a step, its limit appears here." in page


async def test_five_thousand_limits_make_a_page_of_bounded_size_with_whole_numbers(operator: Visitor) -> None:
    await pressed(operator, 4000, 1000)
    page = await operator.get("/console/deadlines")
    assert "4 000 broken" in words(page)
    assert "at most" in words(page)
    assert len(page.content) < 150_000


async def test_late_limits_are_counted_beside_the_section(operator: Visitor) -> None:
    await pressed(operator)
    page = (await operator.get("/console/parties")).text
    assert re.search(r'href="/console/deadlines">Deadlines<span class="count">.*?2</span>', page)


def test_what_is_near_now_is_wide_and_everything_stays_in_the_picture() -> None:
    minutes = [-1e7, -480, -60, -5, -1, 0, 1, 5, 30, 480, 1e7]
    places = [place(one) for one in minutes]
    assert places == sorted(places)
    assert all(a < b for a, b in pairwise(places))
    assert place(0) == NOW
    assert LEFT <= places[0] < places[-1] <= WIDTH


async def test_marks_that_lie_together_are_one_with_their_number(operator: Visitor) -> None:
    gateway = operator.parties.services["gateway"]
    limits = Limits(gateway.catalogue)
    now = BASE + 20 * MINUTE
    cases = [found_case(case, limits, now) for case in made(gateway, 40)]
    picture = radar([PerformerLoad(BODY, "lea.employee", 40, 0, 0)], cases, now, 10)
    (row,) = picture.rows
    assert sum(mark.count for mark in row.marks) == 40
    assert len(row.marks) < 10
