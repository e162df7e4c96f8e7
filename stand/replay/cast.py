"""Creates the accounts, certificates and sessions of a flow's people on one stand."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.x509.certificates import Person as Owner
from aimaq.eds.x509.certificates import read
from aimaq.language.errors import InvalidInput, Technical, Unavailable
from aimaq.regulation.model.vocabulary import ROLES
from stand.client.http import ServiceClient
from stand.flowfile import FlowFile, Record, Someone
from stand.people.person import Person, people
from stand.provision.key_kinds import Kind

BODY = "lea"
"""The system whose officials decide: their certificates are those of its organisation."""


@dataclass(slots=True)
class Actor:
    """One person of the flow. `signer` is whose key they sign with: their own, unless the flow says otherwise.

    `badge` is the person with the key and certificate for authentication, if that is what they sign in with.
    """

    name: str
    role: Someone
    person: Person
    signer: Person
    token: str = ""
    badge: Person | None = None

    @property
    def typed(self) -> str:
        """The password that the flow has them type when they open a case."""
        return self.person.password + {"right": "", "wrong": "?"}[self.role.password]


@dataclass(slots=True)
class Cast:
    """All people of one flow on one stand; `keys` is the kind that theirs are of."""

    session: httpx.AsyncClient
    urls: Mapping[str, str]
    tokens: Mapping[str, str]
    keys: Kind = Kind.CURVE
    actors: dict[str, Actor] = field(default_factory=dict)
    _organisation: Owner | None = field(default=None, init=False)
    """The body, once its name is known."""

    async def assemble(self, flow: FlowFile, seed: str) -> None:
        """Make the people, register those who are, give each who signs the certificate that the flow gives them.

        The same seed makes the same people. Unavailable if a service is out of reach or does not take them.
        """
        source = people(f"{seed}/{flow.name}", self.keys)
        for name, role in flow.people.items():
            person = next(source)
            stranger = next(source)
            if role.party == BODY:
                await self._employ(person, stranger)
            signer = stranger if role.certificate == "other-person" else person
            actor = Actor(name, role, person, signer)
            self.actors[name] = actor
            if role.party is None:
                continue
            self._service_client(role.party)
            if role.registered:
                await self._register(actor, role.party)
            await self._certify(actor)
        for record in flow.registers:
            await self._enter(record)

    async def sign_in(self, actor: Actor) -> str:
        """The token of a person's session, opened if there is none."""
        if not actor.token and actor.role.party:
            reply = await self._service_client(actor.role.party).call(
                "POST", "/sessions", await self.login(actor, actor.person.password)
            )
            if reply.refused:
                raise Unavailable(Technical(f"{actor.name} cannot sign in at {actor.role.party}: {reply.detail}"))
            actor.token = str(reply.body.get("token", ""))
        return actor.token

    async def login(self, actor: Actor, password: str) -> dict[str, str]:
        """How a person shows who they are: their IIN and this password, or a challenge signed if they do it so.

        Unavailable if the service gives no challenge.
        """
        if actor.badge is None:
            return {"iin": actor.person.iin, "password": password}
        reply = await self._service_client(str(actor.role.party)).call("POST", "/challenges")
        if reply.refused:
            raise Unavailable(Technical(f"{actor.role.party} gives {actor.name} no challenge: {reply.detail}"))
        challenge = str(reply.body.get("challenge", ""))
        cms = actor.badge.sign(challenge.encode())
        return {"challenge": challenge, "cms": base64.b64encode(cms).decode()}

    def sessions_over(self) -> None:
        """Forget every session, as after a move of the clock; the next deed opens a new one."""
        for actor in self.actors.values():
            actor.token = ""

    def _service_client(self, party: str) -> ServiceClient:
        if party not in self.urls:
            raise InvalidInput(Technical(f"the stand has no party {party!r}"))
        return ServiceClient(self.session, self.urls[party])

    async def _register(self, actor: Actor, party: str) -> None:
        person = actor.person
        body: dict[str, Any] = {"iin": person.iin, "name": person.name, "password": person.password}
        role = (actor.role.performer or "").partition(".")[2]
        if role in ROLES:
            body["roles"] = [role]
        reply = await self._service_client(party).call("POST", "/users", body, token=self.tokens[party])
        if reply.refused:
            raise Unavailable(Technical(f"{party} does not register {actor.name}: {reply.detail}"))

    async def _employ(self, *persons: Person) -> None:
        """Have people work for the organisation that the certificate of the body's system names."""
        if self._organisation is None:
            reply = await self._service_client("registry").call("GET", "/nca/systems")
            good = [one for one in reply.body.get("systems", []) if (one["party"], one["status"]) == (BODY, "good")]
            if not good:
                raise Unavailable(Technical(f"the registry knows no certificate of {BODY}: {reply.detail}"))
            loaded = x509.load_pem_x509_certificate(good[-1]["certificate"].encode())
            self._organisation = read(loaded.public_bytes(Encoding.DER)).person
        for person in persons:
            person.bin, person.organisation = self._organisation.bin, self._organisation.organisation

    async def _enter(self, record: Record) -> None:
        """Put a record into a state register, as the flow has it before it begins."""
        key, body = as_register(record, self.actors[record.of].person, self.actors.get(record.representative))
        registry = self._service_client("registry")
        reply = await registry.call("PUT", f"/registers/{record.register}/{key}", body, token=self.tokens["registry"])
        if reply.refused:
            raise Unavailable(Technical(f"the register {record.register} does not take a record: {reply.detail}"))

    async def _certify(self, actor: Actor) -> None:
        usage = "AUTH" if actor.role.certificate == "authentication" else "SIGN"
        await self._issue(actor.signer, usage, revoked=actor.role.certificate == "revoked")
        if actor.role.login != "password":
            actor.badge = replace(actor.person, certificate=None)
            await self._issue(actor.badge, "AUTH", revoked=actor.role.login == "revoked-certificate")

    async def _issue(self, holder: Person, usage: str, *, revoked: bool) -> None:
        registry = self._service_client("registry")
        certificate = await holder.request_certificate(self.session, registry.url, self.tokens["registry"], usage)
        if not revoked:
            return
        body = {"serial": certificate.number, "reason": "keyCompromise"}
        reply = await registry.call("POST", "/nca/revocations", body, token=self.tokens["registry"])
        if reply.refused:
            raise Unavailable(Technical(f"the registry does not revoke a certificate: {reply.detail}"))


def as_register(record: Record, person: Person, representative: Actor | None) -> tuple[str, dict[str, Any]]:
    """The key and the content of a record, as the register takes them."""
    if record.register == "gbd_fl":
        names = {"surname": person.surname, "given": person.given_name, "patronymic": person.patronymic}
        return person.iin, {"iin": person.iin, **names} | ({"status": record.status} if record.status else {})
    if record.register == "gbd_ul":
        return record.bin, {"bin": record.bin, "name": record.name or person.name, "head": person.iin}
    if record.register == "enis":
        empowered = representative.person if representative else person
        number = record.number or empowered.power
        return number, {
            "number": number,
            "principal": person.iin,
            "representative": empowered.iin,
            "notarised": record.notarised,
            "from": "2010-01-01",
            "until": "2199-12-31",
        }
    supplied = {name: value for name, value in (("status", record.status), ("oblast", record.oblast)) if value}
    return person.iin, {"iin": person.iin, **supplied}
