"""Signing in to the console and out of it: who is let in, what a browser keeps, which forms are taken."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import Response

from aimaq.access.administration import Principal
from aimaq.access.permissions import ROLES
from aimaq.language.clock import StandClock
from aimaq.settings import Settings
from gateway_svc.console.route import local
from gateway_svc.console.session import COOKIE, Sessions
from tests.console.visitor import Visitor, words
from tests.databases import files
from tests.parties import Parties
from tests.serving import Reply, Request, serving

PAGE = "/console/parties?status=near&q=%D2%9A"


async def test_a_browser_without_a_session_signs_in_and_comes_to_where_it_was_going(visitor: Visitor) -> None:
    sent = await visitor.get(PAGE)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/console/sign-in?next=%2Fconsole%2Fparties%3Fstatus%3Dnear%26q%3D%25D2%259A"
    shown = await visitor.get(sent.headers["location"])
    assert shown.status_code == 200
    assert f'name="next" value="{PAGE.replace("&", "&amp;")}"' in shown.text
    entered = await visitor.sign_in(PAGE)
    assert (entered.status_code, entered.headers["location"]) == (303, PAGE)
    shown = await visitor.get(PAGE)  # which has no filters yet, and says so
    assert shown.status_code == 422
    assert "This address takes no parameters: leave status out" in words(shown)
    assert (await visitor.get(PAGE.partition("?")[0])).status_code == 200


async def test_a_part_of_a_page_has_the_browser_sign_in_at_the_page_it_is_of(visitor: Visitor) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://gateway/console/parties?status=near"}
    sent = await visitor.get("/console/parties", **headers)
    assert sent.status_code == 401
    assert sent.headers["hx-redirect"] == "/console/sign-in?next=%2Fconsole%2Fparties%3Fstatus%3Dnear"


async def test_a_client_that_asks_for_no_page_is_told_that_it_is_not_signed_in(visitor: Visitor) -> None:
    refused = await visitor.get("/console/parties", Accept="*/*")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "text/html; charset=utf-8"
    assert "Authorisation refused" in words(refused)


async def test_a_token_opens_pages_as_it_opens_what_is_not_a_page(visitor: Visitor) -> None:
    shown = await visitor.get("/console/parties", Authorization=f"Bearer {visitor.token}")
    assert shown.status_code == 200
    assert (await visitor.get("/console/parties", Authorization="Bearer of-nobody-at-all")).status_code == 403


async def test_no_script_and_no_other_site_has_the_cookie(visitor: Visitor) -> None:
    cookie = (await visitor.sign_in()).headers["set-cookie"]
    assert {"HttpOnly", "Path=/console", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert visitor.token not in cookie


async def test_what_came_by_https_is_sent_by_https_alone(stand_home: Path, tmp_path: Path) -> None:
    async with Parties(stand_home, files(tmp_path)) as parties:
        await parties.start("gateway", trusted_proxies="127.0.0.1")
        visitor = await Visitor.at(parties)
        visitor.client.headers["X-Forwarded-Proto"] = "https"
        assert "Secure" in (await visitor.sign_in()).headers["set-cookie"].split("; ")


@pytest.mark.parametrize("where", ["http://else.test/", "//else.test", "/cases", "/console/../x", "/console\\x", "x"])
async def test_nobody_is_sent_elsewhere_after_signing_in(visitor: Visitor, where: str) -> None:
    assert (await visitor.sign_in(where)).headers["location"] == "/console"
    assert local(where) == "/console"


@pytest.mark.parametrize("name", ["Referer", "HX-Current-URL"])
async def test_an_address_that_cannot_be_read_is_none(operator: Visitor, name: str) -> None:
    shown = await operator.get("/console/parties", **{"HX-Request": "true", name: "http://["})
    assert shown.status_code == 200
    stranger = await Visitor.at(operator.parties)
    sent = await stranger.get("/console/parties", **{"HX-Request": "true", name: "http://["})
    assert (sent.status_code, sent.headers["hx-redirect"]) == (401, "/console/sign-in?next=%2Fconsole")
    assert (await stranger.get("/console/sign-in?next=http://[")).status_code == 200
    assert (await stranger.get("/console/language/kk?next=//[")).headers["location"] == "/console"
    assert (await stranger.sign_in("http://[")).headers["location"] == "/console"


async def test_a_wrong_token_is_refused_and_so_is_one_who_tries_too_often(visitor: Visitor) -> None:
    for _ in range(20):
        refused = await visitor.post("/console/sign-in", {"token": "of-nobody-at-all"})
        assert refused.status_code == 401
        assert "does not open the gateway" in words(refused)
        assert COOKIE not in visitor.client.cookies
    late = await visitor.sign_in()
    assert late.status_code == 429
    assert "Too many failures" in words(late)


async def test_a_form_without_a_name_is_no_attempt(visitor: Visitor) -> None:
    for _ in range(25):
        assert (await visitor.post("/console/sign-in", {"name": "dana"})).status_code == 422
    assert (await visitor.sign_in()).status_code == 303


async def test_who_signs_out_is_out_with_every_copy_of_the_cookie(operator: Visitor) -> None:
    copy = operator.client.cookies[COOKIE]
    out = await operator.post("/console/sign-out", {"form_token": await operator.form_token()})
    assert (out.status_code, out.headers["location"]) == (303, "/console/sign-in")
    assert COOKIE not in operator.client.cookies
    operator.client.cookies.set(COOKIE, copy, path="/console")
    assert (await operator.get("/console/parties")).status_code == 303


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "1" * 100_000])
async def test_a_form_without_the_token_of_its_session_is_refused(operator: Visitor, token: str) -> None:
    refused = await operator.post("/console/sign-out", {"form_token": token})
    assert refused.status_code == 403
    assert "This page is stale" in words(refused)
    assert (await operator.get("/console/parties")).status_code == 200


async def test_the_form_of_another_session_is_refused(operator: Visitor) -> None:
    other = await Visitor.at(operator.parties)
    await other.sign_in()
    refused = await operator.post("/console/sign-out", {"form_token": await other.form_token()})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://else.test"},
        {"Origin": "http://["},
    ],
    ids=["another site", "a neighbour", "another origin", "no origin"],
)
async def test_a_form_that_another_site_sends_is_refused(operator: Visitor, headers: dict[str, str]) -> None:
    token = await operator.form_token()
    if "Origin" in headers:
        del operator.client.headers["Sec-Fetch-Site"]
    for path in ("/console/sign-in", "/console/sign-out"):
        refused = await operator.post(path, {"form_token": token, "token": operator.token}, **headers)
        assert refused.status_code == 403
        assert "from another site" in words(refused)


async def test_a_session_outlives_any_move_of_the_clock(operator: Visitor) -> None:
    operator.parties.clock.advance(timedelta(days=30))
    assert (await operator.get("/console/parties")).status_code == 200


@pytest.mark.parametrize("refresh", ["", "what-renews-it"])
async def test_a_session_is_over_in_real_time(gateway: Parties, refresh: str) -> None:
    service = gateway.services["gateway"]
    machine = [datetime(2026, 3, 2, 4, 0, tzinfo=UTC)]
    sessions = Sessions(service.settings, service.administration, StandClock(lambda: machine[0]))
    answer = Response()
    sessions.put(answer, sessions.open(Principal("dana", ROLES["viewer"]), refresh), secure=False)
    cookies = {COOKIE: answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]}
    machine[0] += timedelta(hours=8) - timedelta(seconds=1)
    assert (session := sessions.read(cookies)) is not None
    assert session.principal == Principal("dana", ROLES["viewer"])
    machine[0] += timedelta(seconds=1)
    assert sessions.read(cookies) is None


async def test_another_token_of_the_gateway_ends_the_sessions_of_the_one_before(operator: Visitor) -> None:
    service = operator.parties.services["gateway"]
    service.administration.token = "another-token-of-the-gateway"
    again = Sessions(service.settings, service.administration, service.clock)
    assert again.read(dict(operator.client.cookies)) is None


async def test_who_has_the_cookie_has_nothing_that_opens_a_rest_call(gateway: Parties) -> None:
    service = gateway.services["gateway"]
    sessions = Sessions(service.settings, service.administration, service.clock)
    session = sessions.open(Principal("dana", ROLES["operator"]), "what-renews-it")
    stored = Response()
    sessions.put(stored, session, secure=False)
    text = stored.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert sessions.read({COOKIE: text}) == session
    parts = [base64.urlsafe_b64decode(part + "==") for part in text.split(".")]
    assert not any(word in part for part in parts for word in (b"what-renews-it", b"dana"))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.b.c.d.e", "....", "\x00", "e30.e30.e30", "é" * 9000])
async def test_a_cookie_that_the_gateway_did_not_seal_is_none(gateway: Parties, text: str) -> None:
    service = gateway.services["gateway"]
    sessions = Sessions(service.settings, service.administration, service.clock)
    assert sessions.read({COOKIE: text}) is None


ANSWERS = {
    200: (503, "is out of reach"),
    401: (401, "The name or the password is wrong"),
    403: (403, "for the service of another party"),
    422: (401, "The name or the password is wrong"),
    429: (429, "try again in 17 s"),
    500: (503, "is out of reach"),
    201: (503, "cannot be read"),
}


@pytest.mark.parametrize("status", ANSWERS)
async def test_what_the_registry_says_of_an_account_is_told_on_the_page(
    stand_home: Path, tmp_path: Path, status: int
) -> None:
    async def answer(request: Request) -> Reply:
        assert b'"audience":"gateway"' in request.body
        return Reply(b"[]", status, {"Retry-After": "17"})

    async with serving(answer) as registry, Parties(stand_home, files(tmp_path)) as parties:
        await parties.start("gateway", stand_urls=f"registry={registry.url}")
        visitor = await Visitor.at(parties)
        refused = await visitor.post("/console/sign-in", {"name": "dana", "password": "wrong"})
    shown, what = ANSWERS[status]
    assert refused.status_code == shown
    assert what in words(refused)
    assert 'value="dana"' in refused.text
    assert 'value="wrong"' not in refused.text


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_the_page_is_there_when_the_registry_is_not(gateway: Parties, language: str) -> None:
    visitor = await Visitor.at(gateway, language)
    service: Settings = gateway.services["gateway"].settings
    assert service.url("registry").startswith("http://127.0.0.1")
    refused = await visitor.post("/console/sign-in", {"name": "dana", "password": "x"})
    assert refused.status_code == 503
    assert refused.headers["content-language"] == language
    assert {"kk": "Тіркелім жауап бермейді", "ru": "Регистр не отвечает", "en": "is out of reach"}[language] in words(
        refused
    )
    assert 'id="password"' in refused.text
