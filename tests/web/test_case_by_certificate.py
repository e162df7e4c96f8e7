"""A case that is opened with a certificate: where the act knows of it, and what becomes of it if something is wrong."""

from __future__ import annotations

from itertools import islice
from typing import Any

import httpx
import pytest

from stand.people.person import people
from tests.parties import FORM, Parties
from tests.web.hall import GOOD_FOR, Hall, signed
from tests.web.problems import problem
from tests.web.signing import codes

CERTIFICATE, ARCHIVE, LATER = "unemployed-certificate-2012", "archive-certificate-2012", "oralman-status-2016"


@pytest.fixture
async def hall(parties: Parties) -> Hall:
    return await Hall.open(parties, "con")


async def opened(hall: Hall, login: dict[str, str], regulation: str = CERTIFICATE, **more: Any) -> httpx.Response:
    return await hall.client.post("/cases", json={"regulation": regulation, "login": login, **more})


@pytest.mark.parametrize("regulation", [CERTIFICATE, ARCHIVE])
async def test_an_operator_opens_a_case_with_either(hall: Hall, regulation: str) -> None:
    operator = await hall.hired(next(people("operator")))
    by_certificate = await opened(hall, signed(operator, await hall.challenge()), regulation)
    by_password = await opened(hall, {"iin": operator.iin, "password": operator.password}, regulation)
    assert by_certificate.status_code == by_password.status_code == 201, by_certificate.text
    assert by_certificate.json()["at"] == by_password.json()["at"] == "process-3/fill-form"


async def test_the_case_goes_on_with_the_session_that_comes_of_it(hall: Hall) -> None:
    operator = await hall.hired(next(people("goes on")))
    answer = await opened(hall, signed(operator, await hall.challenge()))
    mine = {"Authorization": f"Bearer {answer.json()['token']}"}
    form = {"iin": operator.iin, "name": operator.name, **FORM}
    filled = await hall.client.put(f"/cases/{answer.json()['case_id']}/form", json=form, headers=mine)
    assert filled.status_code == 200, filled.text
    assert filled.json()["document"]


async def test_where_the_act_knows_passwords_alone_a_certificate_opens_no_case(hall: Hall) -> None:
    operator = await hall.hired(next(people("passwords")))
    login = signed(operator, await hall.challenge())
    problem(await opened(hall, login, LATER), 422, "invalid-input", field="login", rule="password")
    assert (await hall.client.get("/cases", headers=hall.parties.admin())).json() == []
    assert (await hall.signs_in(login)).status_code == 201, "the challenge was not used up"


async def test_a_bad_certificate_ends_the_case_as_a_wrong_password_does(hall: Hall) -> None:
    operator = await hall.hired(next(people("bad")))
    assert operator.certificate is not None
    await hall.withdraw(operator.certificate.number)
    refused = await opened(hall, signed(operator, await hall.challenge()))
    by_password = await opened(hall, {"iin": operator.iin, "password": "wrong!"})
    refusal = problem(refused, 401, "not-authenticated", step="process-2", paragraph="7(3)", end="not-authorised")
    assert codes(refused) == ["revoked"]
    assert refusal["text"] == by_password.json()["text"]
    shown = await hall.client.get(f"/cases/{refusal['case_id']}", headers=hall.parties.admin())
    assert (shown.json()["end"], shown.json()["ground"]) == ("not-authorised", "identity")


async def test_whoever_is_not_registered_is_refused_in_the_same_way(hall: Hall) -> None:
    stranger = next(people("unknown"))
    await hall.certify(stranger, "AUTH")
    refusal = problem(await opened(hall, signed(stranger, await hall.challenge())), 401, "not-authenticated")
    assert (refusal["step"], refusal["end"]) == ("process-2", "not-authorised")
    assert refusal["detail"] == "The owner of this certificate is not registered here"


async def test_a_challenge_opens_one_case_and_one_that_is_not_good_opens_none(hall: Hall) -> None:
    operator = await hall.hired(next(people("one")))
    login = signed(operator, await hall.challenge())
    assert (await opened(hall, login)).status_code == 201
    late = signed(operator, await hall.challenge())
    hall.parties.clock.advance(GOOD_FOR)
    for again, rule in ((login, "in time"), (late, "in time"), (login | {"challenge": "x"}, "given out here")):
        problem(await opened(hall, again), 401, "not-authenticated", field="login.challenge", rule=rule)
    twice = signed(operator, await hall.challenge())
    assert (await hall.signs_in(twice)).status_code == 201
    problem(await opened(hall, twice), 401, "not-authenticated", field="login.challenge", rule="used once")
    assert len((await hall.client.get("/cases", headers=hall.parties.admin())).json()) == 1


async def test_a_form_that_is_wrong_uses_no_challenge_up(hall: Hall) -> None:
    operator = await hall.hired(next(people("form")))
    login = signed(operator, await hall.challenge())
    problem(await opened(hall, login, form={"iin": "1"}), 422, "invalid-input", field="iin")
    assert (await opened(hall, login)).status_code == 201


async def test_a_certificate_that_names_nobody_opens_nothing(hall: Hall) -> None:
    operator, other = [await hall.hired(person) for person in islice(people("nobody"), 2)]
    login = signed(operator, await hall.challenge())
    other_over = signed(other, login["challenge"], b"something else")
    refused = await opened(hall, other_over)
    problem(refused, 401, "not-authenticated", end="not-authorised")
    assert codes(refused) == ["digest"]
    empty = await opened(hall, login | {"cms": "MAA="})
    problem(empty, 422, "invalid-input", field="login.cms", rule="CMS")
    assert "case_id" not in empty.json()
