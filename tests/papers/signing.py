"""An official who signs papers, and citizens who fetch them, over HTTP."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx
from cryptography import x509

from tests.papers.witness import Authorities, revocation_lists
from tests.waiting import eventually
from tests.web.people import People, Resident


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def covered(sheet: dict[str, Any]) -> bytes:
    """What of a draft is to be signed, as any client finds it out."""
    pdf, (start, length, after, rest) = base64.b64decode(sheet["pdf"]), sheet["byte_range"]
    return pdf[start : start + length] + pdf[after : after + rest]


def signed(draft: dict[str, Any], signer: Resident) -> dict[str, Any]:
    """Both signatures over a draft, as the body of a request."""
    document, sheet = base64.b64decode(draft["document"]), draft["paper"]
    return {
        "cms": encoded(signer.signer.sign(document)),
        "pdf_cms": encoded(signer.signer.sign(covered(sheet))),
        "signed_at": sheet["signed_at"],
    }


async def prepared(people: People, case_id: str, decision: str = "granted", grounds: str = "") -> dict[str, str]:
    """The clerk takes a case up and prepares the answer; the clerk's headers."""
    his = await people.clerks("lea")
    assert (await people.lea.post(f"/cases/{case_id}/acceptance", headers=his)).status_code == 200
    answer = await people.lea.post(
        f"/cases/{case_id}/draft", json={"decision": decision, "grounds": grounds}, headers=his
    )
    assert answer.status_code == 200, answer.text
    return his


async def drafted(people: People, case_id: str, his: dict[str, str]) -> dict[str, Any]:
    """What is to be signed, as document and as paper."""
    answer = await people.lea.get(f"/cases/{case_id}/draft?paper=true", headers=his)
    assert answer.status_code == 200, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


async def decided(people: People, case_id: str, decision: str = "granted", grounds: str = "") -> None:
    """The clerk does all of it."""
    his = await prepared(people, case_id, decision, grounds)
    body = signed(await drafted(people, case_id, his), people.clerk)
    answer = await people.lea.post(f"/cases/{case_id}/result", json=body, headers=his)
    assert answer.status_code == 200, answer.text


async def fetched(client: httpx.AsyncClient, case_id: str, headers: dict[str, str]) -> bytes:
    """The paper, once it lies at a desk."""

    async def there() -> bytes | None:
        answer = await client.get(f"/cases/{case_id}/result.pdf", headers=headers)
        return answer.content if answer.status_code == 200 else None

    return await eventually(there, what="the paper")


async def authorities(people: People) -> Authorities:
    """Whom to trust, as anybody can ask the stand's registry."""
    registry = await people.parties.http("registry")
    certificates = x509.load_pem_x509_certificates((await registry.get("/nca/ca")).content)
    (root,) = (one for one in certificates if one.issuer == one.subject)
    (issuing,) = (one for one in certificates if one.issuer != one.subject)
    lists = [(await registry.get(f"/nca/{name}")).content for name in ("crl", "crl/root")]
    at = people.parties.clock.now() + timedelta(seconds=1)
    return Authorities(root, issuing, revocation_lists(lists), at)
