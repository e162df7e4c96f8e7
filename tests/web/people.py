"""The people who come to the doors: a citizen, an operator, an official, and what each can ask for over HTTP."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import httpx
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import Role
from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids
from aimaq.language.iin import synthetic_bin
from registry_svc.nca.authority import Authority
from registry_svc.nca.owner import ORGANISATION, Owner
from stand.people.person import people
from stand.runtime.embedded import listening, listening_socket
from tests.outsider import REGULATION
from tests.parties import BASE, FORM, Parties

SERVICES = ("portal", "con", "lea", "gateway")


@dataclass(frozen=True)
class Resident:
    """Somebody with an IIN, a name, a password and a key for signing."""

    iin: str
    name: str
    password: str = field(repr=False)
    signer: DocumentSigner = field(repr=False)

    @property
    def login(self) -> dict[str, str]:
        """How they sign in."""
        return {"iin": self.iin, "password": self.password}

    def cms(self, document: str) -> dict[str, str]:
        """Their signature over a document in base64, as the body of a request."""
        return {"cms": base64.b64encode(self.signer.sign(base64.b64decode(document), BASE)).decode()}


BIN = synthetic_bin(Random("lea"))
"""The organisation of the body, as its system's certificate names it."""


def residents(home: Path, count: int, skip: int = 0, employed: int = 0) -> list[Resident]:
    """So many people, past the first `skip` of all there are, certified by the authority of a stand's home.

    The last `employed` of them have certificates of the body's staff.
    """
    clock = StandClock(lambda: BASE)
    authority = Authority.load(home / "nca", clock, Ids(clock))
    found: list[Resident] = []
    for person in islice(people("doors"), skip, skip + count):
        names = {"surname": person.surname, "given_name": person.given_name, "patronymic": person.patronymic}
        works = len(found) >= count - employed
        owner = Owner.person(
            **names, iin=person.iin, bin=BIN if works else None, organisation=ORGANISATION if works else ""
        )
        role = Role.EMPLOYEE if works else Role.INDIVIDUAL
        issued = authority.issue(person.key.public_key(), owner, role=role, usage="SIGN")
        signer = DocumentSigner(person.key, read(issued.public_bytes(Encoding.DER)))
        found.append(Resident(person.iin, person.name, person.password, signer))
    return found


@dataclass(frozen=True)
class People:
    """Those before the doors. `portal`, `con`, `lea` and `gateway` are clients that say who they are in no way."""

    parties: Parties
    citizen: Resident
    neighbour: Resident
    clerk: Resident
    portal: httpx.AsyncClient
    con: httpx.AsyncClient
    lea: httpx.AsyncClient
    gateway: httpx.AsyncClient
    admin: dict[str, str]

    @classmethod
    async def gather(cls, parties: Parties, residents: list[Resident]) -> People:
        """Bring all services up, with the registry's authority listening, and register everybody where they belong."""
        await parties.start("registry")
        listener = parties.stack.enter_context(listening_socket("127.0.0.1", 0))
        await parties.stack.enter_async_context(listening(parties.apps["registry"], listener))
        await parties.start(*SERVICES, registry_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        clients = {name: await parties.http(name) for name in SERVICES}
        citizen, neighbour, clerk = residents
        those = cls(parties, citizen, neighbour, clerk, **clients, admin=parties.admin())
        for name, resident in (("portal", citizen), ("portal", neighbour), ("con", clerk), ("lea", clerk)):
            new = resident.login | {"name": resident.name}
            answer = await clients[name].post("/users", json=new, headers=those.admin)
            assert answer.status_code == 201, answer.text
        return those

    async def opened(self, at: str = "portal") -> tuple[str, dict[str, str]]:
        """A case opened at a desk: its id, and the headers of whoever opened it."""
        who = self.citizen if at == "portal" else self.clerk
        client: httpx.AsyncClient = getattr(self, at)
        answer = await client.post("/cases", json={"regulation": REGULATION, "login": who.login})
        assert answer.status_code == 201, answer.text
        return answer.json()["case_id"], {"Authorization": f"Bearer {answer.json()['token']}"}

    async def filled(self) -> tuple[str, dict[str, str], str]:
        """A case at the portal with its form filled in: id, headers, the document to sign."""
        case_id, mine = await self.opened()
        answer = await self.portal.put(f"/cases/{case_id}/form", json=self.form(), headers=mine)
        assert answer.status_code == 200, answer.text
        return case_id, mine, answer.json()["document"]

    async def submitted(self) -> tuple[str, dict[str, str]]:
        """A case at the portal that is signed and on its way."""
        case_id, mine, document = await self.filled()
        answer = await self.portal.post(f"/cases/{case_id}/signature", json=self.citizen.cms(document), headers=mine)
        assert answer.status_code == 202, answer.text
        await self.parties.status("lea", case_id, "received")
        return case_id, mine

    def form(self, **changes: Any) -> dict[str, Any]:
        """The citizen's form, or one that differs from it."""
        return {"iin": self.citizen.iin, "name": self.citizen.name, **FORM, **changes}

    async def clerks(self, at: str) -> dict[str, str]:
        """The headers of the clerk, signed in at a staffed desk."""
        return await self.signed_in(at)

    async def signed_in(self, at: str) -> dict[str, str]:
        """The headers of whoever comes to this door: the citizen at the portal, the clerk elsewhere."""
        client: httpx.AsyncClient = getattr(self, at)
        who = self.citizen if at == "portal" else self.clerk
        answer = await client.post("/sessions", json=who.login)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def decided(self, case_id: str, decision: str = "granted", grounds: str = "") -> None:
        """What the official does: takes the case up, prepares the answer, signs it."""
        his = await self.clerks("lea")
        assert (await self.lea.post(f"/cases/{case_id}/acceptance", headers=his)).status_code == 200
        draft = {"decision": decision, "grounds": grounds}
        answer = await self.lea.post(f"/cases/{case_id}/draft", json=draft, headers=his)
        assert answer.status_code == 200, answer.text
        signed = self.clerk.cms(answer.json()["document"])
        answer = await self.lea.post(f"/cases/{case_id}/result", json=signed, headers=his)
        assert answer.status_code == 200, answer.text

    async def trace(self, case_id: str) -> dict[str, Any]:
        """What the gateway's journal tells of a case."""
        answer = await self.gateway.get(f"/cases/{case_id}/trace", headers=self.admin)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body
