"""A certificate withdrawn in mid-flow: the very next check knows, whether by the list or by the responder."""

from __future__ import annotations

from typing import Any

import pytest

from aimaq.eds import answers
from stand.person import people
from tests.doors.problems import problem
from tests.doors.signing import Counter, codes
from tests.parties import Parties

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
    answers.withdrawn()
    refused = await counter.signed(second, mine, person.sign(document))
    problem(refused, 422, "bad-signature", step="process-5", end="not-signed")
    assert codes(refused) == ["revoked"]


@pytest.mark.parametrize("how", [{}, {"revocation": "ocsp"}])
async def test_while_nobody_can_tell_no_case_is_decided(parties: Parties, how: dict[str, Any]) -> None:
    counter = await Counter.open(parties, **how, registry_url="http://127.0.0.1:9")
    person = next(people("nobody can tell"))
    await counter.certify(person)
    case_id, mine, document = await counter.filled(person)
    told = problem(await counter.signed(case_id, mine, person.sign(document)), 503, "unavailable", field="cms")
    assert [finding["code"] for finding in told["findings"]] == ["revocation-unknown"]
    other = await counter.signed(case_id, mine, person.sign(document + b" "))
    problem(other, 422, "bad-signature", end="not-signed")
    assert codes(other) == ["digest", "revocation-unknown"]
