"""Tickets of the electronic queue: a step is recorded only for whoever took one, and only a commit uses one up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.faults import commit_refused
from tests.waiting import eventually
from tests.web.people import People
from tests.web.problems import problem
from tests.web.staff import LAWFUL, Staff, form_of
from tests.web.test_counter import FAULTY, SEMEY, steps

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def taken(people: People) -> str:
    """A ticket."""
    ticket: str = (await people.con.post("/tickets")).json()["ticket"]
    return ticket


async def opens(people: People, **more: Any) -> Any:
    new = {"regulation": SEMEY, "login": people.clerk.login, "package": LAWFUL, **more}
    return await people.con.post("/cases", json=new)


async def test_nobody_took_a_ticket_who_has_none(people: People, staff: Staff) -> None:
    answer = await opens(people, package=FAULTY, form=form_of(SEMEY, people.citizen))
    trace = await staff.journalled(answer.json()["case_id"], "not-accepted")
    assert steps(trace) == [("item-1", "check-package", "incomplete")]


async def test_who_took_one_did_so_when_they_took_it(people: People, staff: Staff) -> None:
    answer = await opens(people, package=FAULTY, ticket=await taken(people))
    trace = await staff.journalled(answer.json()["case_id"], "not-accepted")
    assert steps(trace) == [("item-1", "take-ticket", "ok"), ("item-1", "check-package", "incomplete")]


async def test_a_ticket_is_good_once(people: People) -> None:
    ticket = await taken(people)
    assert (await opens(people, ticket=ticket)).status_code == 201
    problem(await opens(people, ticket=ticket), 422, "invalid-input", field="ticket", rule="unused ticket")


async def test_a_change_that_is_not_committed_uses_no_ticket_up(people: People) -> None:
    ticket = await taken(people)
    commit_refused(people.parties.services["con"])
    problem(await opens(people, ticket=ticket), 503, "unavailable")

    async def answered() -> Any:
        answer = await opens(people, ticket=ticket)
        return answer if answer.status_code != 503 else None

    again = await eventually(answered, what="an answer of the service centre")
    assert again.status_code == 201, again.text
    problem(await opens(people, ticket=ticket), 422, "invalid-input", field="ticket", rule="unused ticket")


async def test_of_two_who_use_a_ticket_at_once_one_has_it(people: People) -> None:
    for _ in range(3):
        ticket = await taken(people)
        answers = await asyncio.gather(*(opens(people, ticket=ticket) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
