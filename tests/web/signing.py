"""A desk and a certification authority, and people who get their certificates there over HTTP and sign requests."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from aimaq.http.client import http_client
from stand.people.person import Person
from stand.runtime.embedded import listening, listening_socket
from tests.outsider import REGULATION
from tests.parties import FORM, Parties


@dataclass
class Counter:
    """A desk that people sign at."""

    parties: Parties
    at: str
    url: str
    session: httpx.AsyncClient
    client: httpx.AsyncClient
    known: set[str] = field(default_factory=set)

    @classmethod
    async def open(cls, parties: Parties, at: str = "portal", **settings: Any) -> Self:
        """Bring up the registry and one desk with these settings."""
        await parties.start("registry")
        listener = parties.stack.enter_context(listening_socket("127.0.0.1", 0))
        await parties.stack.enter_async_context(listening(parties.apps["registry"], listener))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        await parties.start(at, **{"registry_url": url, **settings})
        session = await parties.stack.enter_async_context(http_client())
        return cls(parties, at, url, session, await parties.http(at))

    async def certify(self, person: Person, usage: str = "SIGN") -> None:
        """Have the authority issue a certificate on the person's key."""
        token = self.parties.services["registry"].administration.token
        await person.request_certificate(self.session, self.url, token, usage)

    async def withdraw(self, serial: str, reason: str = "keyCompromise") -> None:
        """Have the authority revoke a certificate."""
        body = {"serial": serial, "reason": reason}
        response = await self.session.post(
            f"{self.url}/nca/revocations", json=body, headers=self.parties.admin("registry")
        )
        assert response.status_code == 201, response.text

    async def filled(self, person: Person) -> tuple[str, dict[str, str], bytes]:
        """A case of this person with its form filled in: id, headers, the document to sign."""
        login = {"iin": person.iin, "password": person.password}
        if person.iin not in self.known:
            self.known.add(person.iin)
            new = login | {"name": person.name}
            answer = await self.client.post("/users", json=new, headers=self.parties.admin(self.at))
            assert answer.status_code == 201, answer.text
        form = {"iin": person.iin, "name": person.name, **FORM}
        new_case: dict[str, Any] = {"regulation": REGULATION, "login": login, "form": form}
        answer = await self.client.post("/cases", json=new_case)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        mine = {"Authorization": f"Bearer {body['token']}"}
        return body["case_id"], mine, base64.b64decode(body["document"])

    async def signed(self, case_id: str, mine: dict[str, str], signature: bytes) -> httpx.Response:
        """The desk's answer to a signature."""
        cms = base64.b64encode(signature).decode()
        return await self.client.post(f"/cases/{case_id}/signature", json={"cms": cms}, headers=mine)


def codes(answer: httpx.Response) -> list[str]:
    """The findings of a refusal, by their codes."""
    return [finding["code"] for finding in answer.json()["findings"]]
