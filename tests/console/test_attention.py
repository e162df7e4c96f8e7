"""The page of what waits for an operator: what it shows, and what its forms do, without any script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from aimaq.language.texts import LANGUAGES
from tests.console.visitor import Visitor, words
from tests.databases import draw, files
from tests.faults import rows
from tests.gateway.attention import Desktop, hurry, lay_aside
from tests.parties import Parties
from tests.waiting import eventually

PATH = "/console/attention"


@pytest.fixture
async def both(stand_home: Path, tmp_path: Path) -> AsyncIterator[Parties]:
    """A gateway and a service centre, which tells it quickly what waits there."""
    if not (blank := stand_home / "blank").exists():
        draw(blank)
    async with Parties(stand_home, files(tmp_path, blank)) as made:
        await made.start("gateway", "con")
        hurry(*made.services.values())
        yield made


@pytest.fixture
async def operator(both: Parties) -> Visitor:
    """Somebody who is signed in by the gateway's token."""
    visitor = await Visitor.at(both)
    await visitor.sign_in()
    return visitor


async def shows(operator: Visitor, count: int) -> None:
    await (await Desktop.of(operator.parties)).shows(count)


def group(page: httpx.Response) -> str:
    """The address of the first group on the page."""
    found = re.search(r'href="(/console/attention\?[^"]*cause=[0-9a-f]{12}[^"]*)"', page.text)
    assert found is not None, page.text
    return found[1].replace("&amp;", "&")


async def act(operator: Visitor, action: str, **fields: object) -> httpx.Response:
    """Send a form of the page, and come to the page with what came of it, once it is over."""
    fields |= {"form_token": await operator.form_token()}
    answer = await operator.client.post(f"{PATH}/{action}", data=fields)
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]

    async def over() -> httpx.Response | None:
        page = await operator.get(where)
        return page if "You may close the page" not in page.text else None

    return await eventually(over, within=30, what="the end of the action")


async def test_nothing_waits(operator: Visitor) -> None:
    page = await operator.get(PATH)
    assert page.status_code == 200
    assert "Nothing needs attention. All is in time." in words(page)


async def test_a_group_opens_and_its_chosen_messages_are_put_back(operator: Visitor) -> None:
    ids = await lay_aside(operator.parties, 3, "unavailable: the registry is out of reach")
    await shows(operator, 3)
    page = await operator.get(PATH)
    text = words(page)
    assert "Temporarily unavailable" in text
    assert "unavailable: the registry is out of reach" in text
    assert "Put back all 3" in text
    assert 'name="message"' not in page.text
    opened = await operator.get(group(page))
    assert opened.text.count('type="checkbox"') == 3
    assert "Put back the chosen" in words(opened)
    done = await act(operator, "requeue", message=[f"con~{id_}~0" for id_ in ids[:2]], next=group(page))
    assert "Put back: 2 of 2" in words(done)
    assert "handled: 2" in words(done)
    await shows(operator, 1)


async def test_a_whole_group_is_dropped_with_a_reason_and_not_without(operator: Visitor) -> None:
    await lay_aside(operator.parties, 60)
    await shows(operator, 60)
    page = await operator.get(group(await operator.get(PATH)))
    (name,) = set(re.findall(r'name="group" value="(con~dead~[0-9a-f]{12})"', page.text))
    fields = {"form_token": await operator.form_token(), "group": name, "reason": " "}
    refused = await operator.client.post(f"{PATH}/drop", data=fields)
    assert refused.status_code == 422
    assert "rite why the messages are returned or dropped" in words(refused)
    done = await act(operator, "drop", group=name, reason="<b>\u202eкерек емес")
    assert "Dropped: 60 of 60" in words(done)
    assert "&lt;b&gt;\\u202eкерек емес" in done.text
    assert len(await rows(operator.parties.services["con"], "dropped")) == 60


async def test_pages_of_a_group_go_on(operator: Visitor) -> None:
    await lay_aside(operator.parties, 120)
    await shows(operator, 120)
    found: set[str] = set()
    address = group(await operator.get(PATH))
    while address:
        page = await operator.get(address)
        found |= set(re.findall(r'value="con~([0-9a-f-]{36})~0"', page.text))
        more = re.search(r'href="([^"]*after=[^"]*)" rel="next"', page.text)
        address = more[1].replace("&amp;", "&") if more else ""
    assert len(found) == 120


async def test_the_second_of_two_operators_reads_who_was_first(operator: Visitor) -> None:
    (message_id,) = await lay_aside(operator.parties, 1)
    await shows(operator, 1)
    await act(operator, "requeue", message=[f"con~{message_id}~0"])
    second = await act(operator, "requeue", message=[f"con~{message_id}~0"])
    assert re.search(r"the token of gateway put this message back at \d\d:\d\d:\d\d", words(second))


async def test_a_silent_party_and_one_that_cannot_work_are_told_above_all(
    operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    con = operator.parties.services["con"]
    con.worries.clear()

    async def ailments() -> list[str]:
        return ["the database is <read-only>"]

    monkeypatch.setattr(con.reporter, "condition", replace(con.reporter.condition, ailments=ailments))

    async def unwell() -> bool:
        return "Service centre cannot do its work" in words(await operator.get(PATH))

    await eventually(unwell, within=20, what="that con is unwell")
    assert "the database is &lt;read-only&gt;" in (await operator.get(PATH)).text
    monkeypatch.setattr("gateway_svc.attention.reports.SILENT_AFTER", 0.3)
    await operator.parties.stop("con")

    async def silent() -> bool:
        return "Service centre has told nothing for" in words(await operator.get(PATH))

    await eventually(silent, within=20, what="the silence of con")
    assert "Portal has told nothing since the gateway started" in words(await operator.get(PATH))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_language_has_all_of_the_page(both: Parties, language: str) -> None:
    visitor = await Visitor.at(both, language)
    await visitor.sign_in()
    await lay_aside(both, 2)
    await lay_aside(both, 1, state="held")
    await shows(visitor, 2)
    opened = await visitor.get(group(await visitor.get(PATH)))
    assert opened.status_code == 200
    assert f'<html lang="{language}"' in opened.text


@pytest.mark.parametrize(
    "fields",
    [
        {"message": ["nobody~x~0"]},
        {"message": ["con~~0"]},
        {"message": ["con~x"]},
        {"group": "con~dead"},
        {"group": "con~done~0"},
        {"group": "con~dead~000000000000"},
        {},
        {"message": ["con~x~0"] * 501},
        {"message": ["con~" + "x" * 500 + "~0"]},
    ],
)
async def test_what_no_form_of_the_page_sends_is_refused(operator: Visitor, fields: dict[str, object]) -> None:
    fields = fields | {"form_token": await operator.form_token()}
    answer = await operator.client.post(f"{PATH}/requeue", data=fields)
    assert answer.status_code in (404, 422), answer.text


async def test_a_form_without_its_token_does_nothing(operator: Visitor) -> None:
    (message_id,) = await lay_aside(operator.parties, 1)
    await shows(operator, 1)
    answer = await operator.client.post(f"{PATH}/requeue", data={"message": f"con~{message_id}~0"})
    assert answer.status_code == 403
    assert await rows(operator.parties.services["con"], "dead_letter_actions") == []


async def test_a_form_leads_back_to_the_page_alone(operator: Visitor) -> None:
    (message_id,) = await lay_aside(operator.parties, 1)
    fields = {"message": f"con~{message_id}~0", "next": "https://elsewhere.example/x", "form_token": ""}
    fields["form_token"] = await operator.form_token()
    answer = await operator.client.post(f"{PATH}/requeue", data=fields)
    assert re.fullmatch(r"/console/attention\?job=[0-9a-f-]{36}", answer.headers["location"])
