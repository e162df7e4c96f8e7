"""The page of the audit: who did what, filtered by the address, page by page, and harmless whatever was written."""

from __future__ import annotations

import re

import pytest

from aimaq.access.permissions import PERMISSIONS
from aimaq.access.trail import SIGN_IN, SIGN_OUT
from gateway_svc.console.pages import audit
from gateway_svc.journal.trail.words import ACTIONS
from tests.console.visitor import Visitor, words
from tests.gateway.watchers import Watchers
from tests.waiting import eventually
from tests.web.test_languages import in_all_three

NO_CASE = "019cacb3-f200-7051-b3f4-43cca39f8a22"


async def watchers(operator: Visitor) -> Watchers:
    return Watchers(operator.parties)


async def shows(operator: Visitor, text: str, path: str = "/console/audit") -> str | None:
    page = await operator.get(path)
    assert page.status_code == 200, page.text
    return page.text if text in words(page) else None


def test_every_permission_has_its_words() -> None:
    assert PERMISSIONS | {SIGN_IN, SIGN_OUT} <= set(ACTIONS)
    for text in ACTIONS.values():
        in_all_three(text.as_dict())


async def test_a_sign_in_is_the_first_line_and_a_sign_out_the_last(operator: Visitor) -> None:
    assert await eventually(lambda: shows(operator, "the gateway's token 127.0.0.1 sign in POST /console/sign-in"))
    await operator.post("/console/sign-out", {"form_token": await operator.form_token()})
    await operator.sign_in()
    text = await eventually(lambda: shows(operator, "sign out POST /console/sign-out"))
    assert text.index("POST /console/sign-out") < text.index("POST /console/sign-in")


async def test_filters_stand_in_the_address_and_in_the_form(operator: Visitor) -> None:
    dana = await (await watchers(operator)).at("dana", "operator")
    vera = await (await watchers(operator)).at("vera", "viewer")
    assert (await dana.post("/journal/blocks")).status_code == 201
    assert (await vera.post("/journal/blocks")).status_code == 403
    assert await eventually(lambda: shows(operator, "vera", "/console/audit?outcome=refused"))
    page = await operator.get("/console/audit?who=dana&what=journal.write&since=2026-03-02&until=2026-03-02")
    assert "dana" in words(page)
    assert "vera" not in words(page)
    assert 'name="who" value="dana"' in page.text
    assert '<option value="journal.write" selected>' in page.text
    assert 'name="since" value="2026-03-02"' in page.text
    empty = await operator.get("/console/audit?who=dana&since=2026-03-03")
    assert "No entry fits this query" in words(empty)
    blank = await operator.get("/console/audit?who=&what=&outcome=&object=&since=&until=")
    assert "dana" in words(blank)
    ages = ("since=0001-01-01", "until=9999-12-31")
    for odd in ("since=yesterday", "outcome=maybe", "before=0", "who=%00", "nobody=1", *ages):
        assert (await operator.get(f"/console/audit?{odd}")).status_code == 422


async def test_pages_lead_on_to_the_end_and_back_to_the_first(
    operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SIZE", 2)
    dana = await (await watchers(operator)).at("dana", "operator")
    for _ in range(5):
        await dana.post("/journal/blocks")
    entries, path, page = list[str](), "/console/audit?who=dana", None
    while path:
        page = await operator.get(path)
        entries += re.findall(r'href="/console/journal\?entry=([^"]*)"', page.text)
        on = re.search(r'href="(/console/audit\?[^"]*before=\d+)" rel="next"', page.text)
        path = on[1].replace("&amp;", "&") if on else ""
        assert not path or "who=dana" in path
    assert len(entries) == len(set(entries)) == 5
    assert page is not None
    assert 'href="/console/audit?who=dana">Back to the first' in page.text


async def test_hostile_text_is_shown_as_text(operator: Visitor) -> None:
    eve = await (await watchers(operator)).at("<img src=x>\u202eeve", "administrator")
    reason = {"reason": "</td><script>alert(1)</script>\u202eесеп"}
    assert (await eve.post(f"/cases/{NO_CASE}/reveal", json=reason)).status_code == 404
    where = f"/console/audit?case_id={NO_CASE}"
    text = await eventually(lambda: shows(operator, "POST /cases/{case_id}/reveal", where))
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "\u202e" not in text
    assert "\\u202e" in text


async def test_whoever_may_not_read_the_audit_is_told_so_and_does_not_see_the_section(operator: Visitor) -> None:
    client = await (await watchers(operator)).at("vera", "viewer")
    page = await client.get("/console/audit", headers={"Accept": "text/html"})
    assert page.status_code == 403
    assert "our roles do not permit this: audit.read" in words(page)
