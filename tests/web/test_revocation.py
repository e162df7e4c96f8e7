"""A certificate withdrawn in mid-flow: the very next check knows, whether by the list or by the responder."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from aimaq.access.signature_check import SignatureCheck
from aimaq.eds.revocation import ocsp_source
from aimaq.eds.verdict import Asked
from aimaq.http.client import http_client
from stand.people.person import people
from stand.runtime.embedded import embedded
from tests.parties import Parties
from tests.web.problems import problem
from tests.web.signing import Counter, codes

pytestmark = pytest.mark.slow

WAYS: dict[str, dict[str, Any]] = {
    "the list": {},
    "the responder": {"revocation": "ocsp"},
    "the responder, remembered": {"revocation": "ocsp", "ocsp_age": 600},
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_revocation_in_mid_flow_changes_the_outcome_of_the_very_next_check(parties: Parties, way: str) -> None:
    counter = await Counter.open(parties, **WAYS[way])
    person = next(people("mid-flow"))
    await counter.certify(person)
    first, mine, document = await counter.filled(person)
    assert (await counter.signed(first, mine, person.sign(document))).status_code == 202
    second, mine, document = await counter.filled(person)
    assert person.certificate is not None
    await counter.withdraw(person.certificate.number)
    ocsp_source.withdrawn()
    refused = await counter.signed(second, mine, person.sign(document))
    problem(refused, 422, "bad-signature", step="process-5", end="not-signed")
    assert codes(refused) == ["revoked"]


async def test_a_running_stand_tells_of_revocations_by_its_lists_of_changes(tmp_path: Path) -> None:
    async with embedded(tmp_path) as stand, http_client() as session:
        citizens = list(islice(people("changes"), 2))
        for person in citizens:
            await person.request_certificate(session, stand.urls["registry"], stand.tokens["registry"], "SIGN")
        service = stand.services["portal"]
        signature_check = SignatureCheck(service.settings, stand.clock, service.dependencies.trust)
        try:
            for person in citizens:
                assert (await signature_check.examine(b"x", person.sign(b"x"), Asked(iin=person.iin))).ok
            whole = await signature_check._listed().current()
            for person in citizens:
                assert person.certificate is not None
                body = {"serial": person.certificate.number, "reason": "keyCompromise"}
                headers = {"Authorization": f"Bearer {stand.tokens['registry']}"}
                url = f"{stand.urls['registry']}/nca/revocations"
                answer = await session.post(url, json=body, headers=headers)
                assert answer.status_code == 201, answer.text
                verdict = await signature_check.examine(b"x", person.sign(b"x"), Asked(iin=person.iin))
                assert verdict.codes == ("revoked",)
            complete = signature_check._listed()._complete
            assert complete is not None
            assert complete.number == whole.number, "the whole list was sent once"
        finally:
            await signature_check.close()


@pytest.mark.parametrize("how", [{}, {"revocation": "ocsp"}])
async def test_while_nobody_can_tell_no_case_is_decided(parties: Parties, how: dict[str, Any]) -> None:
    counter = await Counter.open(parties, **how, registry_url="http://127.0.0.1:9")
    person = next(people("nobody can tell"))
    await counter.certify(person)
    case_id, mine, document = await counter.filled(person)
    refusal = problem(await counter.signed(case_id, mine, person.sign(document)), 503, "unavailable", field="cms")
    assert [finding["code"] for finding in refusal["findings"]] == ["revocation-unknown"]
    other = await counter.signed(case_id, mine, person.sign(document + b" "))
    problem(other, 422, "bad-signature", end="not-signed")
    assert codes(other) == ["digest", "revocation-unknown"]
