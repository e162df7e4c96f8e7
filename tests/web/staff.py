"""The staff of the body, each with a role, and what they do over HTTP; what registers hold; cases of other services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.waiting import eventually
from tests.web.people import People, Resident

ROLES = ("clerk", "head", "section-head", "executor", "guard")
"""What members of staff are; the guard is one of them and has no role."""

FORMS: dict[str, dict[str, str]] = {
    "archive-certificate-2012": {"certificate_kind": "Еңбек өтілі туралы", "about": "Зауытта жұмыс істегені туралы"},
    "oralman-status-2016": {"country": "Моңғолия", "address": "Абай көшесі, 12"},
    "job-seeker-registration-2018": {"address": "Абай көшесі, 12", "profession": "Дәнекерлеуші"},
    "employment-referral-2018": {"address": "Абай көшесі, 12", "profession": "Дәнекерлеуші"},
}
"""What forms must have, by regulation; the others must have an address."""

LAWFUL = {"originals_checked": True}
"""A package that is complete and in date."""


def form_of(regulation: str, of: Resident, **more: str) -> dict[str, str]:
    """The form of a regulation, filled in for somebody."""
    fields = FORMS.get(regulation, {"address": "Абай көшесі, 12"})
    return {"iin": of.iin, "name": of.name, **fields, **more}


@dataclass(frozen=True)
class Staff:
    """The members of the body's staff by role, beside the other people before the doors."""

    people: People
    registry: httpx.AsyncClient
    members: Mapping[str, Resident]

    @classmethod
    async def hired(cls, people: People, officials: list[Resident]) -> Staff:
        """Have the administrator register everybody at the body with their roles."""
        members = dict(zip(ROLES, officials, strict=True))
        for role, resident in members.items():
            new = resident.login | {"name": resident.name, "roles": [] if role == "guard" else [role]}
            answer = await people.lea.post("/users", json=new, headers=people.admin)
            assert answer.status_code == 201, answer.text
        return cls(people, await people.parties.http("registry"), members)

    async def signed_in(self, role: str) -> dict[str, str]:
        """The headers of a member of staff."""
        answer = await self.people.lea.post("/sessions", json=self.members[role].login)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def recorded(self, register: str, key: str, **record: Any) -> None:
        """Put a record into a state register."""
        answer = await self.registry.put(f"/registers/{register}/{key}", json=record, headers=self.people.admin)
        assert answer.status_code in (200, 201), answer.text

    async def living(self, resident: Resident) -> None:
        """Put a person into the register of persons."""
        surname, given_name, *_ = resident.name.split()
        await self.recorded("gbd_fl", resident.iin, iin=resident.iin, surname=surname, given=given_name)

    async def opens(self, role: str, regulation: str, *, of: Resident | None = None, **more: Any) -> httpx.Response:
        """A member of staff opens a case at the body for somebody, with the form, as far as they may."""
        login = self.members[role].login
        form = {} if of is None else {"form": form_of(regulation, of)}
        return await self.people.lea.post("/cases", json={"regulation": regulation, "login": login, **form, **more})

    async def begun(self, role: str, regulation: str, of: Resident, **more: Any) -> str:
        """The id of a case that a member of staff has opened at the body."""
        answer = await self.opens(role, regulation, of=of, **more)
        assert answer.status_code == 201, answer.text
        case_id: str = answer.json()["case_id"]
        return case_id

    async def does(self, role: str, case_id: str, noun: str, **inputs: Any) -> httpx.Response:
        """A member of staff does something with a case."""
        headers = await self.signed_in(role)
        body = inputs if inputs or noun == "delivery" else None
        return await self.people.lea.post(f"/cases/{case_id}/{noun}", json=body, headers=headers)

    async def did(self, case_id: str, *deeds: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> None:
        """Members of staff did these things with a case, one after another: role, noun, what they gave."""
        for role, noun, *inputs in deeds:
            answer = await self.does(role, case_id, noun, **(inputs[0] if inputs else {}))
            assert answer.status_code == 200, (role, noun, answer.text)

    async def signs(self, role: str, case_id: str) -> httpx.Response:
        """A member of staff reads what is due to be signed and signs it."""
        headers, member = await self.signed_in(role), self.members[role]
        draft = await self.people.lea.get(f"/cases/{case_id}/draft", headers=headers)
        assert draft.status_code == 200, draft.text
        signed = member.cms(draft.json()["document"])
        return await self.people.lea.post(f"/cases/{case_id}/result", json=signed, headers=headers)

    async def signed(self, role: str, case_id: str) -> dict[str, Any]:
        """The case once a member of staff has signed what is due in it."""
        answer = await self.signs(role, case_id)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def shown(self, case_id: str, at: str = "lea") -> dict[str, Any]:
        """A case as a desk shows it to the administrator."""
        client: httpx.AsyncClient = getattr(self.people, at)
        answer = await client.get(f"/cases/{case_id}", headers=self.people.admin)
        assert answer.status_code == 200, answer.text
        case: dict[str, Any] = answer.json()
        return case

    async def stands(self, case_id: str, place: str, at: str = "lea") -> dict[str, Any]:
        """A case once it has come to a place at a desk."""

        async def there() -> dict[str, Any] | None:
            client: httpx.AsyncClient = getattr(self.people, at)
            answer = await client.get(f"/cases/{case_id}", headers=self.people.admin)
            return answer.json() if answer.status_code == 200 and answer.json()["at"] == place else None

        return await eventually(there, what=f"{place} at {at}")

    async def cases(self, at: str) -> set[str]:
        """The ids of the cases that a desk, or the gateway, has."""
        client: httpx.AsyncClient = getattr(self.people, at)
        answer = await client.get("/cases?limit=500", headers=self.people.admin)
        assert answer.status_code == 200, answer.text
        cases = answer.json()["items"] if at == "gateway" else answer.json()
        return {case["case_id"] for case in cases}

    async def journalled(self, case_id: str, end: str) -> dict[str, Any]:
        """The gateway's trace of a case, once it tells of this end."""

        async def entered() -> dict[str, Any] | None:
            answer = await self.people.gateway.get(f"/cases/{case_id}/trace", headers=self.people.admin)
            return answer.json() if answer.status_code == 200 and answer.json()["end"] == end else None

        return await eventually(entered, what=f"end {end} in the journal")


@dataclass(frozen=True)
class Counter:
    """The service centre's counter, where the operator serves the citizen."""

    staff: Staff

    @property
    def people(self) -> People:
        """Those before the doors."""
        return self.staff.people

    async def opens(self, regulation: str, **more: Any) -> httpx.Response:
        """The operator opens a case for somebody who came."""
        new = {"regulation": regulation, "login": self.people.clerk.login, **more}
        return await self.people.con.post("/cases", json=new)

    async def filled(self, regulation: str, at: str, **more: Any) -> tuple[str, dict[str, str], str]:
        """A case with the citizen's form, when it has come to a place: its id, the operator's headers, the document."""
        answer = await self.opens(regulation, form=form_of(regulation, self.people.citizen), **more)
        assert answer.status_code == 201, answer.text
        opened = answer.json()
        await self.staff.stands(opened["case_id"], at, "con")
        return opened["case_id"], {"Authorization": f"Bearer {opened['token']}"}, opened["document"]

    async def sent(self, regulation: str, **more: Any) -> tuple[str, dict[str, str]]:
        """A case of 2016 that is signed and has come to the body, where its documents are to be checked."""
        await self.staff.living(self.people.citizen)
        case_id, his, document = await self.filled(regulation, "process-5/sign", **more)
        answer = await self.people.con.post(
            f"/cases/{case_id}/signature", json=self.people.clerk.cms(document), headers=his
        )
        assert answer.status_code == 202, answer.text
        await self.staff.stands(case_id, "condition-2/check-documents")
        return case_id, his
