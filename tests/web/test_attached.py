"""Signatures in whatever form a person's program makes them: attached or detached, DER, PEM, PEM in base64."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from aimaq.eds.cms import reader
from aimaq.http.client import http_client
from stand.bundle.export import CaseFile
from stand.bundle.inspection import CHECKS, inspect
from stand.client.address import StandAddress
from stand.runtime.embedded import listening, listening_socket
from tests.parties import BASE
from tests.web.people import People, Resident
from tests.web.problems import problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORMS = ("der", "pem", "pem in base64")


def written(signature: bytes, form: str) -> str:
    """A signature as it is sent."""
    if form == "der":
        return base64.b64encode(signature).decode()
    pem = f"-----BEGIN CMS-----\n{base64.encodebytes(signature).decode()}-----END CMS-----\n"
    return pem if form == "pem" else base64.b64encode(pem.encode()).decode()


def signed(who: Resident, document: str, form: str = "der", *, attached: bool = True) -> dict[str, str]:
    """Somebody's signature over a document in base64, as the body of a request."""
    return {"cms": written(who.signer.sign(base64.b64decode(document), BASE, attached=attached), form)}


async def papers(people: People, at: str, case_id: str) -> dict[str, tuple[bytes, bytes]]:
    """The signed papers of a case that lie at a system: document and signature, by their kind."""
    answer = await getattr(people, at).get(f"/cases/{case_id}/papers", headers=people.admin)
    assert answer.status_code == 200, answer.text
    return {
        one["kind"]: (base64.b64decode(one["document"]), base64.b64decode(one["signature"])) for one in answer.json()
    }


async def exported(people: People, case_id: str) -> bytes:
    """The bundle of a case."""
    parties, urls = people.parties, {}
    for name in ("portal", "con", "lea", "gateway", "registry"):
        listener = parties.stack.enter_context(listening_socket("127.0.0.1", 0))
        await parties.stack.enter_async_context(listening(parties.apps[name], listener))
        urls[name] = f"http://127.0.0.1:{listener.getsockname()[1]}"
    tokens = {party: service.administration.token for party, service in parties.services.items()}
    async with http_client() as session:
        return await CaseFile(session, StandAddress("the test's", urls, tokens), case_id).collected()


async def test_a_case_signed_with_the_documents_inside_goes_its_way_and_its_bundle_holds(people: People) -> None:
    case_id, mine, document = await people.filled()
    body = signed(people.citizen, document)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=body, headers=mine)
    assert answer.status_code == 202, answer.text
    await people.parties.status("lea", case_id, "received")
    his = await people.clerks("lea")
    assert (await people.lea.post(f"/cases/{case_id}/acceptance", headers=his)).status_code == 200
    answer = await people.lea.post(f"/cases/{case_id}/draft", json={"decision": "granted"}, headers=his)
    assert answer.status_code == 200, answer.text
    answer = await people.lea.post(
        f"/cases/{case_id}/result", json=signed(people.clerk, answer.json()["document"], "pem"), headers=his
    )
    assert answer.status_code == 200, answer.text
    await people.parties.status("portal", case_id, "completed")
    for at in ("portal", "lea"):
        stored = await papers(people, at, case_id)
        assert stored["request"] == (base64.b64decode(document), base64.b64decode(body["cms"]))
        for paper, signature in stored.values():
            assert reader.document_in(signature) == paper
    await people.gateway.post("/journal/blocks", headers=people.admin)
    await people.parties.quiet()
    checks = inspect(await exported(people, case_id))
    assert [(check.name, check.faults) for check in checks] == [(name, []) for name in CHECKS]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("attached", [False, True], ids=["detached", "attached"])
async def test_every_form_is_taken_and_kept_as_der(people: People, form: str, attached: bool) -> None:
    case_id, mine, document = await people.filled()
    body = signed(people.citizen, document, form, attached=attached)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=body, headers=mine)
    assert answer.status_code == 202, answer.text
    paper, signature = (await papers(people, "portal", case_id))["request"]
    assert paper == base64.b64decode(document)
    assert reader.document_in(signature) == (paper if attached else None)


async def test_another_document_inside_ends_the_case_and_the_finding_says_so(people: People) -> None:
    case_id, mine, document = await people.filled()
    form = json.loads(base64.b64decode(document))
    other = base64.b64encode(json.dumps(form, ensure_ascii=False, indent=1).encode()).decode()
    body = signed(people.citizen, other)
    answer = await people.portal.post(f"/cases/{case_id}/signature", json=body, headers=mine)
    refusal = problem(answer, 422, "bad-signature", case_id=case_id, end="not-signed")
    (finding,) = refusal["findings"]
    assert finding["code"] == "other-content"
    assert len(set(finding["text"].values())) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        "-----BEGIN CMS-----",
        "-----BEGIN CMS-----\nMIIB\n-----END PKCS7-----",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN CMS-----\nқол\n-----END CMS-----",
        base64.b64encode(b"-----BEGIN CMS-----\n*\n-----END CMS-----").decode(),
    ],
)
async def test_pem_that_is_none_is_refused_and_ends_no_case(people: People, wrong: Any) -> None:
    case_id, mine, document = await people.filled()
    answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": wrong}, headers=mine)
    refusal = problem(answer, 422, "invalid-input", field="cms", rule="pem")
    assert "PEM" in refusal["detail"]
    answer = await people.portal.post(
        f"/cases/{case_id}/signature", json=signed(people.citizen, document), headers=mine
    )
    assert answer.status_code == 202, answer.text
