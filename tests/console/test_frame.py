"""What every page of the console has: strict headers, a language, static files that a browser may keep."""

from __future__ import annotations

import re

import httpx
import pytest

from aimaq.language.errors import Unavailable
from aimaq.web import app as web
from gateway_svc.attention.attended import attend
from gateway_svc.cases.medians import Medians
from gateway_svc.cases.reader import CaseReader
from gateway_svc.console import assets, pages
from gateway_svc.console.console import Console
from gateway_svc.console.pages import PAGES
from gateway_svc.journal.block_closer import BlockCloser
from gateway_svc.journal.chain import Chain
from gateway_svc.parties.suspension import Suspensions
from tests.console.visitor import BROWSER, Visitor, words
from tests.faults import outage
from tests.parties import Parties

PATHS = (
    "/console/parties",
    "/console/sign-in",
    "/console/no-such-page",
    "/console/parties?q=%E2%80%AE",
    "/console/static/0/x?v=1",
)
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


@pytest.mark.parametrize("path", PATHS)
async def test_each_page_has_strict_headers_and_no_script_or_style_in_it(operator: Visitor, path: str) -> None:
    page = await operator.get(path)
    assert page.headers.get("content-type") == "text/html; charset=utf-8" or page.status_code == 303
    assert dict(one.split(" ", 1) for one in page.headers["content-security-policy"].split("; ")) == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script>", page.text)
    assert not re.search(r"(?:href|src|action)=\"(?!/console|#|data:)", page.text)


@pytest.mark.parametrize(("language", "word"), [("kk", "Тараптар"), ("ru", "Стороны"), ("en", "Parties")])
async def test_a_page_is_in_the_language_of_its_reader(gateway: Parties, language: str, word: str) -> None:
    visitor = await Visitor.at(gateway, f"{language}-KZ,{language};q=0.9,en;q=0.5")
    await visitor.sign_in()
    page = await visitor.get("/console/parties")
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text
    assert word in words(page)


async def test_the_language_that_one_chooses_stays_and_so_do_the_filters(operator: Visitor) -> None:
    page = await operator.get("/console/parties?status=near&q=x")
    links = re.findall(r'href="(/console/language/kk\?next=[^"]*)"', page.text)
    assert links == ["/console/language/kk?next=/console/parties%3Fstatus%3Dnear%26q%3Dx"]
    sent = await operator.get(links[0])
    assert (sent.status_code, sent.headers["location"]) == (303, "/console/parties?status=near&q=x")
    assert (await operator.get("/console/parties")).headers["content-language"] == "kk"


async def test_light_or_dark_is_what_one_chooses(operator: Visitor) -> None:
    assert "data-theme" not in (await operator.get("/console/parties")).text
    await operator.get("/console/theme/dark?next=/console/parties")
    assert '<html lang="en" data-theme="dark">' in (await operator.get("/console/parties")).text
    assert (await operator.get("/console/theme/pink")).status_code == 422


async def test_the_navigation_has_the_sections_that_one_may_see(operator: Visitor) -> None:
    page = await operator.get("/console/parties")
    assert '<a href="/console/parties" aria-current="page">Parties</a>' in page.text
    sections = re.findall(r'<a href="/console/(\w+)"', page.text[page.text.index("<nav") : page.text.index("</nav>")])
    assert sections == [
        one
        for one in ("traffic", "cases", "deadlines", "attention", "parties", "journal", "audit")
        if one in {module.__name__.rpartition(".")[2] for module in PAGES}
    ]
    assert (await operator.get("/console")).headers["location"] == f"/console/{sections[0]}"


async def test_a_page_that_is_not_there_says_so_in_words(operator: Visitor) -> None:
    page = await operator.get("/console/no-such-page")
    assert page.status_code == 404
    assert "Not found There is nothing of this name" in words(page)
    assert "urn:aimaq:problem:not-found" in words(page)


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        ("POST", "/console/sign-in", 300_000, 413),
        ("DELETE", "/console/parties", 0, 405),
        ("GET", "/console/a%00b", 0, 404),
        ("PUT", "/console/no-such-page", 0, 405),
    ],
)
async def test_what_never_reaches_a_page_is_told_on_one(
    operator: Visitor, method: str, path: str, size: int, status: int
) -> None:
    answer = await operator.client.request(method, path, content=b"x" * size)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"]
    assert '<nav class="nav"' in answer.text
    assert ("allow" in answer.headers) == (status == 405)
    client = await operator.parties.http("gateway")
    elsewhere = await client.request(method, path.replace("/console/", "/cases/"), content=b"x" * size)
    assert not elsewhere.headers.get("content-type", "").startswith("text/html")


async def test_text_that_turns_the_page_about_is_written_out(operator: Visitor) -> None:
    page = await operator.get("/console/%E2%80%AE%3Cb%3E%D8%9C")
    assert page.status_code == 404
    assert "\u202e" not in page.text
    assert "<b>\u061c" not in page.text


async def test_a_page_says_that_the_database_is_away(operator: Visitor) -> None:
    async with outage(operator.parties.services["gateway"]):
        page = await operator.get("/console/parties")
    assert page.status_code == 503
    assert "Temporarily unavailable" in words(page)
    assert page.headers["retry-after"] == "1"
    assert '<nav class="nav"' in page.text


@pytest.mark.parametrize("name", ["style.css", "icon.svg", "vendor/htmx-4.0.1.min.js", "vendor/hx-sse-4.0.1.min.js"])
async def test_a_static_file_may_be_kept_for_as_long_as_it_is_the_same(visitor: Visitor, name: str) -> None:
    where = assets.address(name)
    file = await visitor.get(where)
    assert file.status_code == 200
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["x-content-type-options"] == "nosniff"
    same = await visitor.get(where, **{"If-None-Match": file.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    other = await visitor.get(f"/console/static/000000000000/{name}")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["../session.py", "..%2Fsession.py", "%2Fetc%2Fpasswd", "vendor", "", "style.css/"])
async def test_nothing_but_a_static_file_is_sent_for_one(visitor: Visitor, name: str) -> None:
    assert (await visitor.get(f"/console/static/0/{name}")).status_code == 404


async def test_pages_are_no_part_of_the_document_for_machines(gateway: Parties) -> None:
    client = await gateway.http("gateway")
    assert not [path for path in (await client.get("/openapi.json")).json()["paths"] if path.startswith("/console")]


async def test_a_count_stands_beside_its_section_and_keeps_no_page_away(operator: Visitor) -> None:
    service = operator.parties.services["gateway"]
    closer = BlockCloser(service, Chain(service.party.signer, service.clock, service.settings))
    console = Console(service, closer, CaseReader(service, Medians()), Suspensions(service.clock), attend(service))
    app = web.application(service, *pages.routers(console))
    browser, cookies = httpx.ASGITransport(app=app), dict(operator.client.cookies)
    async with httpx.AsyncClient(
        transport=browser, base_url="http://gateway", cookies=cookies, headers=BROWSER
    ) as client:

        async def many() -> int:
            return 12_135

        async def away() -> int:
            raise Unavailable

        console.counts["parties"] = many
        assert "Parties , need attention: 12 135" in words(await client.get("/console/parties"))
        console.counts["parties"] = away
        page = await client.get("/console/parties")
        assert page.status_code == 200
        assert "need attention" not in words(page)
