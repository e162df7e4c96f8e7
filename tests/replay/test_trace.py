"""The trace of a case as it comes from a gateway, whatever it answers."""

from __future__ import annotations

from typing import Any

import pytest

from aimaq.http.client import http_client
from aimaq.language.errors import NotFound, Unavailable
from conformance.trace import Trace, matches
from stand.client.trace import fetch_trace
from tests.serving import Reply, Request, serving


async def fetched(body: object, status: int = 200) -> Trace:
    """The trace that is made of this answer of a gateway."""

    async def answer(request: Request) -> Reply:
        return Reply.of_json(body, status)

    async with serving({"/cases/c1/trace": answer}) as server, http_client() as session:
        return await fetch_trace(session, {"gateway": server.url}, "c1", showing=())


async def test_a_message_that_the_gateway_could_not_read_is_in_the_trace() -> None:
    unreadable: dict[str, Any] = {
        "message_id": "m1",
        "type": None,
        "sender": None,
        "recipient": None,
        "sequence": None,
        "occurred_at": None,
        "journalled_at": "2026-03-18T05:00:00Z",
        "verdict": "rejected",
        "reason": "malformed-body",
        "steps": [],
    }
    trace = await fetched({"case_id": "c1", "regulation": "r", "channel": "portal", "messages": [unreadable]})
    assert not trace.messages[0].accepted
    assert trace.messages[0].occurred_at == trace.messages[0].journalled_at
    assert trace.records == []


@pytest.mark.parametrize(("body", "status"), [([], 200), ({"case_id": 3}, 200), ({}, 500), ({}, 403)])
async def test_an_answer_that_is_no_trace_cannot_be_told_of(body: object, status: int) -> None:
    with pytest.raises(Unavailable):
        await fetched(body, status)


async def test_a_case_that_the_gateway_does_not_know_is_not_found() -> None:
    with pytest.raises(NotFound):
        await fetched({}, 404)


def test_final_is_either_of_the_last_two_statuses() -> None:
    assert [s for s in ("received", "in_progress", "completed", "refused", None) if matches(s, "final")] == [
        "completed",
        "refused",
    ]
    assert matches("received", None)
    assert not matches("received", "in_progress")
