"""A request signed with a time stamp of the stand's own authority, and the certificates asked of a desk's staff."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from aimaq.access.systems import keystore
from aimaq.eds.timestamp.client import TsaClient
from stand.people.person import people
from tests.eds.pki import BIN
from tests.parties import Parties
from tests.web.problems import problem
from tests.web.signing import Counter, codes


@pytest.mark.parametrize("how", [{}, {"revocation": "ocsp"}], ids=["list", "responder"])
async def test_a_request_may_come_with_a_time_stamp(parties: Parties, how: dict[str, Any]) -> None:
    counter = await Counter.open(parties, **how)
    person = next(people("stamped"))
    await counter.certify(person)
    trust = keystore.load_trust(parties.home)
    time_stamper = TsaClient(f"{counter.url}/nca/tsa", trust, counter.session, lambda size: b"\x17" * size)
    case_id, mine, document = await counter.filled(person)
    answer = await counter.signed(case_id, mine, await time_stamper.stamp(person.sign(document)))
    assert answer.status_code == 202, answer.text
    case_id, mine, document = await counter.filled(person)
    signed = await time_stamper.stamp(person.sign(document))
    assert person.certificate is not None
    parties.clock.advance(timedelta(minutes=1))
    await counter.withdraw(person.certificate.number)
    refused = await counter.signed(case_id, mine, signed)
    problem(refused, 422, "bad-signature", step="process-5", end="not-signed")
    assert codes(refused) == ["revoked-after-signing"]


async def test_where_a_role_is_asked_of_staff_their_certificate_has_to_say_it(parties: Parties) -> None:
    counter = await Counter.open(parties, "con", staff_roles="employee, ceo")
    someone, employee = islice(people("staff"), 2)
    employee.bin, employee.organisation = BIN, "Халыққа қызмет көрсету орталығы"
    for person in (someone, employee):
        await counter.certify(person)
        case_id, mine, document = await counter.filled(person)
        answer = await counter.signed(case_id, mine, person.sign(document))
        if person is employee:
            assert answer.status_code == 202, answer.text
        else:
            problem(answer, 422, "bad-signature")
            assert codes(answer) == ["wrong-role"]
