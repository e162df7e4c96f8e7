"""A desk where people sign in with certificates, and how they do."""

from __future__ import annotations

import base64
from datetime import timedelta

import httpx

from stand.people.person import Person
from tests.web.signing import Counter

GOOD_FOR = timedelta(minutes=2)
"""How long a challenge is good."""


class Hall(Counter):
    """A staffed desk where people sign in with certificates."""

    async def hired(self, person: Person) -> Person:
        """The person registered here, with an authentication certificate."""
        new = {"iin": person.iin, "password": person.password, "name": person.name}
        answer = await self.client.post("/users", json=new, headers=self.parties.admin())
        assert answer.status_code == 201, answer.text
        await self.certify(person, "AUTH")
        return person

    async def challenge(self) -> str:
        """A new challenge of this desk."""
        answer = await self.client.post("/challenges")
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert body["until"] == (self.parties.clock.now() + GOOD_FOR).isoformat()
        text: str = body["challenge"]
        return text

    async def signs_in(self, login: dict[str, str]) -> httpx.Response:
        """The answer to a sign-in."""
        return await self.client.post("/sessions", json=login)


def signed(person: Person, challenge: str, over: bytes | None = None) -> dict[str, str]:
    """How a person signs in with a certificate; `over` is what they sign, if it is not the challenge."""
    signature = person.sign(challenge.encode("ascii") if over is None else over)
    return {"challenge": challenge, "cms": base64.b64encode(signature).decode()}
