"""The stand of `aimaq demo --console`: the account that it prints opens its console, and there is traffic on it."""

from __future__ import annotations

import asyncio
import base64
import re

import httpx
import pytest

from aimaq.http.client import http_client
from aimaq.language.messages import FINAL
from aimaq.regulation import Catalogue
from stand.commands.tester.demo import ACCOUNT, open_console
from stand.commands.tester.playing import chosen
from stand.people.person import people
from stand.replay.traffic import keep_busy
from tests.console.live import FLOWS, Live
from tests.console.visitor import BROWSER, words
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


def browser(live: Live) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=live.url, headers=BROWSER | {"Accept-Language": "en"}, follow_redirects=True)


async def test_the_account_that_is_printed_opens_the_console(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    await open_console(live.address, stays=True)
    line = capsys.readouterr().out
    found = re.search(r"console: (\S+)    account (\w+), password (\w+)", line)
    assert found is not None, line
    assert (found[1], found[2]) == (f"{live.url}/console", ACCOUNT)
    async with browser(live) as client:
        fields = {"name": found[2], "password": found[3], "next": "/console/parties"}
        page = await client.post("/console/sign-in", data=fields)
        assert page.url.path == "/console/parties"
        assert f" {ACCOUNT} " in words(page)
    async with browser(live) as client:
        wrong = await client.post("/console/sign-in", data=fields | {"password": "another one"})
        assert wrong.status_code == 401


async def test_the_owner_of_an_account_comes_in_with_a_certificate(live: Live) -> None:
    person = next(people("an operator of the console"))
    async with http_client() as session:
        await person.request_certificate(
            session, live.address.urls["registry"], live.address.tokens["registry"], "AUTH"
        )
        account = {"roles": ["viewer"], "password": "a long enough one", "iin": person.iin}
        made = await session.put(
            f"{live.address.urls['registry']}/administrators/marat",
            json=account,
            headers={"Authorization": f"Bearer {live.address.tokens['registry']}"},
        )
        assert made.status_code == 200, made.text
    async with browser(live) as client:
        page = await client.get("/console/sign-in/certificate?next=/console/parties")
        found = re.search(r"<textarea[^>]*>(aimaq-sign-in:registry:[0-9a-f:]+)</textarea>", page.text)
        assert found is not None, page.text
        cms = base64.b64encode(person.sign(found[1].encode())).decode()
        fields = {"challenge": found[1], "cms": cms, "next": "/console/parties"}
        shown = await client.post("/console/sign-in/certificate", data=fields)
        assert shown.url.path == "/console/parties"
        assert " marat " in words(shown)
    async with browser(live) as client:
        again = await client.post("/console/sign-in/certificate", data=fields)
        assert again.status_code == 401
        assert "This challenge was used already" in words(again)


async def test_traffic_goes_on_and_some_of_it_stays_under_way(live: Live) -> None:
    catalogue = Catalogue.bundled()
    flows = chosen(FLOWS, everything=False, catalogue=catalogue)
    headers = {"Authorization": f"Bearer {live.token}"}
    async with httpx.AsyncClient(base_url=live.url, headers=headers) as client:

        async def under_way() -> set[str]:
            listed = (await client.get("/cases", params={"limit": 200})).json()["items"]
            return {one["case_id"] for one in listed if one["status"] not in FINAL}

        before = await under_way()

        async def more() -> bool:
            return len(await under_way() - before) >= 2

        busy = asyncio.create_task(keep_busy(flows, live.address, catalogue, pace=0.01))
        try:
            await eventually(more, within=60, every=0.2, what="cases that somebody has left")
        finally:
            busy.cancel()
            await asyncio.gather(busy, return_exceptions=True)
        assert len(await under_way()) > len(before)
