"""The cast of a flow: its people made flesh, with accounts, certificates and sessions on one stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from aimaq.errors import InvalidInput, Unavailable
from stand.door import Door
from stand.flowfile import FlowFile, Someone
from stand.person import Person, people


@dataclass(slots=True)
class Actor:
    """One person of the flow. `signer` is whose key they sign with: their own, unless the flow says otherwise."""

    name: str
    role: Someone
    person: Person
    signer: Person
    token: str = ""


@dataclass(slots=True)
class Cast:
    """All people of one flow on one stand."""

    session: aiohttp.ClientSession
    urls: Mapping[str, str]
    admin_token: str
    actors: dict[str, Actor] = field(default_factory=dict)

    async def assemble(self, flow: FlowFile, seed: str) -> None:
        """Make the people, register those who are, give each who signs the certificate that the flow gives them.

        The same seed makes the same people. Unavailable if a service is out of reach or does not take them.
        """
        source = people(f"{seed}/{flow.name}")
        for name, role in flow.people.items():
            person = next(source)
            stranger = next(source)
            signer = stranger if role.certificate == "other-person" else person
            actor = Actor(name, role, person, signer)
            self.actors[name] = actor
            if role.party is None:
                continue
            self._door(role.party)
            if role.registered:
                await self._register(actor, role.party)
            await self._certify(actor)

    async def sign_in(self, actor: Actor) -> str:
        """The token of a person's session, opened if there is none."""
        if not actor.token and actor.role.party:
            login = {"iin": actor.person.iin, "password": actor.person.password}
            reply = await self._door(actor.role.party).call("POST", "/sessions", login)
            if reply.refused:
                raise Unavailable(f"{actor.name} cannot sign in at {actor.role.party}: {reply.detail}")
            actor.token = str(reply.body.get("token", ""))
        return actor.token

    def sessions_over(self) -> None:
        """Forget every session, as after a move of the clock; the next deed opens a new one."""
        for actor in self.actors.values():
            actor.token = ""

    def _door(self, party: str) -> Door:
        if party not in self.urls:
            raise InvalidInput(f"the stand has no party {party!r}")
        return Door(self.session, self.urls[party])

    async def _register(self, actor: Actor, party: str) -> None:
        person = actor.person
        body = {"iin": person.iin, "name": person.name, "password": person.password}
        reply = await self._door(party).call("POST", "/users", body, token=self.admin_token)
        if reply.refused:
            raise Unavailable(f"{party} does not register {actor.name}: {reply.detail}")

    async def _certify(self, actor: Actor) -> None:
        usage = "AUTH" if actor.role.certificate == "authentication" else "SIGN"
        registry = self._door("registry")
        certificate = await actor.signer.request_certificate(self.session, registry.url, self.admin_token, usage)
        if actor.role.certificate == "revoked":
            body = {"serial": certificate.number, "reason": "keyCompromise"}
            reply = await registry.call("POST", "/nca/revocations", body, token=self.admin_token)
            if reply.refused:
                raise Unavailable(f"the registry does not revoke a certificate: {reply.detail}")
