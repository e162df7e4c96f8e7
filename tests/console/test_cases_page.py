"""The page of the cases: what `GET /cases` answers with the same filters, for people; a form that is all address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aimaq.language.texts import LANGUAGES
from tests.console.visitor import Visitor, words
from tests.faults import outage
from tests.gateway.cases import BODY, ended, made, put
from tests.parties import BASE

MINUTE = timedelta(minutes=1)


def links(text: str) -> list[str]:
    """The ids of the cases that a page leads to, in their order."""
    return re.findall(r'<td><a href="/console/cases/([0-9a-f-]{36})">', text)


async def filled(operator: Visitor, count: int = 3) -> list[str]:
    """The ids of cases at the gateway, two of which are late; the last one has ended."""
    gateway = operator.parties.services["gateway"]
    cases = [*made(gateway, count, name="Айгүл Ахметова"), *made(gateway, 1, BASE, **ended(BASE))]
    await put(gateway, cases)
    operator.parties.clock.advance(13 * MINUTE)
    return [case.case_id for case in cases]


@pytest.mark.parametrize("query", ["", "?late=true&order=due", "?status=completed", "?q=019cacb3-&order=newest"])
async def test_page_and_rest_find_the_same_in_the_same_order(operator: Visitor, query: str) -> None:
    await filled(operator)
    client = await operator.parties.http("gateway", **operator.parties.admin())
    rest = (await client.get(f"/cases{query or '?order=due'}")).json()
    page = await operator.get(f"/console/cases{query}")
    assert page.status_code == 200
    assert links(page.text) == [case["case_id"] for case in rest["items"]]
    assert f"{len(rest['items'])} / {rest['count']}" in words(page)


async def test_a_case_shows_whose_turn_it_is_and_how_late_and_nobodys_name(operator: Visitor) -> None:
    await filled(operator)
    page = words(await operator.get("/console/cases?late=true"))
    assert "The executive body's employee" in page
    assert BODY in page
    assert "late by 3 min" in page
    assert "due: Mon, 2 Mar, 09:10" in page
    assert "А•••••• А•••" in page
    assert "Ахметова" not in page
    assert re.search(r"••••••••\d{4}", page)
    assert not re.search(r"\d{12}", page)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_readers_language(operator: Visitor, language: str) -> None:
    await filled(operator)
    page = words(await operator.get("/console/cases", **{"Accept-Language": language}))
    assert {"kk": "3 минутқа кешігуде", "ru": "опаздывает на 3 мин", "en": "late by 3 min"}[language] in page
    assert {"kk": "Аяқталған", "ru": "Завершено", "en": "Ended"}[language].lower() in page.lower()


async def test_pages_are_gone_through_by_links_and_each_case_is_on_one(operator: Visitor) -> None:
    ids = await filled(operator, 7)
    path, found = "/console/cases?limit=3", list[str]()
    while path:
        page = await operator.get(path)
        found += links(page.text)
        way = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = way[1].replace("&amp;", "&") if way else ""
    assert sorted(found) == sorted(ids)
    assert len(found) == len(set(found))


async def test_ready_filters_have_their_counts_and_the_one_that_is_shown_is_marked(operator: Visitor) -> None:
    await filled(operator)
    page = await operator.get("/console/cases?late=true")
    assert re.findall(r'class="tag" href="([^"]+)"[^>]*>([^<]+) <b>(\d+)</b>', page.text) == [
        ("/console/cases?open=true", "Under way", "3"),
        ("/console/cases?late=true", "Late", "3"),
        ("/console/cases?near=true", "Near", "0"),
        ("/console/cases?since=2026-03-02", "Opened today", "4"),
    ]
    assert 'href="/console/cases?late=true" aria-current="true"' in page.text
    assert '<input type="checkbox" name="late" value="true" checked>' in page.text


async def test_a_filter_that_cannot_be_meant_is_named_and_the_form_is_kept(operator: Visitor) -> None:
    page = await operator.get("/console/cases?since=2026-02-30&q=Абай", **{"Accept-Language": "ru"})
    assert page.status_code == 422
    assert "должен быть день" in words(page)
    assert "query.since: day or instant" in words(page)
    assert 'value="Абай"' in page.text
    odd = await operator.get("/console/cases?late=perhaps")
    assert odd.status_code == 422


async def test_nothing_found_says_so_and_what_to_do(operator: Visitor) -> None:
    page = words(await operator.get("/console/cases?q=nothing"))
    assert "No case fits this query. Take one filter off." in page


async def test_hostile_text_is_shown_and_obeyed_by_nobody(operator: Visitor) -> None:
    gateway = operator.parties.services["gateway"]
    (case,) = made(gateway, 1, number="<script>1</script>\u202e", regulation="<b>law</b>", name="<i>\u200e x")
    await put(gateway, [replace(case, channel="<u>c</u>")])
    page = await operator.get("/console/cases?q=%3Cimg+src%3Dx%3E")
    assert page.status_code == 200
    assert "<img" not in page.text
    page = await operator.get("/console/cases")
    for markup in ("<script>1", "<b>law", "<i>", "<u>c", "\u202e"):
        assert markup not in page.text, markup
    assert "&lt;script&gt;1&lt;/script&gt;\\u202e" in page.text


async def test_five_thousand_cases_make_a_page_of_bounded_size(operator: Visitor) -> None:
    gateway = operator.parties.services["gateway"]
    await put(gateway, made(gateway, 5000))
    page = await operator.get("/console/cases")
    assert len(links(page.text)) == 50
    assert "50 / 5 000" in words(page)
    assert len(page.content) < 150_000


async def test_a_database_that_is_gone_is_a_page_that_says_what_to_do(operator: Visitor) -> None:
    async with outage(operator.parties.services["gateway"]):
        for path in ("/console/cases", "/console/deadlines"):
            page = await operator.get(path)
            assert page.status_code == 503
            assert "Nothing is lost" in words(page)


async def test_nobody_who_is_not_signed_in_sees_a_case(visitor: Visitor) -> None:
    for path in ("/console/cases", "/console/deadlines"):
        page = await visitor.get(path)
        assert page.status_code == 303
        assert page.headers["location"].startswith("/console/sign-in")
