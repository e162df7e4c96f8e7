"""A browser as the tests of the console have one: it asks for pages, keeps cookies and sends forms."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import httpx

from tests.parties import Parties

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Visitor:
    """Somebody with a browser at the console of a stand."""

    parties: Parties
    client: httpx.AsyncClient

    @classmethod
    async def at(cls, parties: Parties, language: str = "en") -> Visitor:
        """A visitor who reads this language."""
        return cls(parties, await parties.http("gateway", **BROWSER, **{"Accept-Language": language}))

    @property
    def token(self) -> str:
        """The gateway's own token."""
        return self.parties.services["gateway"].administration.token

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """A page, wherever it leads not followed."""
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as it is."""
        return await self.client.post(path, data=fields, headers=headers)

    async def sign_in(self, where: str = "/console") -> httpx.Response:
        """Sign in by the gateway's token."""
        return await self.post("/console/sign-in", {"token": self.token, "next": where})

    async def form_token(self) -> str:
        """The token in the forms of a page."""
        page = await self.get("/console/parties")
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
        assert found is not None, page.text
        return found[1]


def words(page: httpx.Response) -> str:
    """What a reader sees of a page: its text without tags."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text)))
