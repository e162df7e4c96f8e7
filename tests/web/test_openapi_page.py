"""The page at `/docs` of each service: complete without a network, and bound to its own service by its policy."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from aimaq.language.messages import PARTIES
from tests.databases import files
from tests.parties import Parties

REFERS = re.compile(r"""(?:src|href|action|url)\s*[=:(]\s*["']?([^"'\s>)]+)""")
"""An address that a page loads something from, or leads to."""


@pytest.mark.slow
async def test_no_page_of_the_five_loads_anything_from_elsewhere(stand_home: Path, tmp_path: Path) -> None:
    async with Parties(stand_home, files(tmp_path)) as parties:
        await parties.start(*PARTIES)
        for party in PARTIES:
            client = await parties.http(party)
            paths = {getattr(route, "path", "") for route in parties.apps[party].routes}
            pages = [await client.get(path) for path in paths if "{" not in path]
            shown = [page for page in pages if page.headers.get("content-type", "").startswith("text/html")]
            own = [page for page in shown if not page.url.path.startswith("/console/")]
            assert [page.url.path for page in own] == ["/docs"], party
            assert (len(shown) > 1) == (party == "gateway")
            for page in shown:
                referred = REFERS.findall(page.text)
                assert len(referred) >= 4, page.text
                assert not [url for url in referred if "//" in url]
                for url in referred:
                    if not url.startswith(("data:", "#")):
                        asks_registry = url.startswith("/console/sign-in/certificate")  # it is not reached here
                        answers = (503,) if asks_registry else (200, 303)
                        assert (await client.get(urljoin(str(page.url), url))).status_code in answers, url


async def test_the_policy_of_the_page_lets_it_do_what_it_does_and_no_more(stand_home: Path, tmp_path: Path) -> None:
    async with Parties(stand_home, files(tmp_path)) as parties:
        await parties.start("gateway")
        client = await parties.http("gateway")
        page = await client.get("/docs")
        policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
        scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
        assert policy["script-src"] == f"'self' 'sha256-{hashes[0]}'"
        assert len(scripts) == 1
        assert {policy[one] for one in ("default-src", "base-uri", "form-action", "frame-ancestors")} == {"'none'"}
        assert policy["connect-src"] == "'self'"
        assert "//" not in page.headers["content-security-policy"]
        assert '"validatorUrl": null' in page.text, "else the page shows a badge that another host draws"
        for name, kind in (("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")):
            file = await client.get(f"/docs/{name}")
            assert file.headers["content-type"].split(";")[0] == kind
            assert file.headers["x-content-type-options"] == "nosniff"
            assert len(file.content) > 100_000
