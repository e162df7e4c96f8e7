"""What a record says of an entry: the step and its limit by the regulation, who asks and who answers, and how long."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aimaq.language.clock import StandClock
from aimaq.language.envelope import to_bytes
from aimaq.language.messages import StepRecord
from aimaq.regulation import Catalogue
from gateway_svc.feed.records import record_of
from gateway_svc.feed.views import Record, StepLimit
from tests.parties import BASE, IIN
from tests.pipeline.workbench import envelope_of

REGULATION, CHANNEL = "unemployed-certificate-2016", "con"
FLOW = Catalogue.bundled().flow(REGULATION, CHANNEL)
LIMITED = next(step for step in FLOW.steps.values() if step.limit is not None)


def step(ref: str, outcome: str = "ok") -> StepRecord:
    return StepRecord(ref, "operation", "unit", outcome, BASE, BASE)


def record(body: bytes | None = None, **changes: Any) -> Record:
    """The record of an entry of this regulation."""
    envelope = envelope_of("m", "c", regulation=REGULATION, channel=CHANNEL, steps=changes.pop("steps", ()))
    row = {
        "number": 7,
        "message_id": "m",
        "case_id": "c",
        "type": "StatusChanged",
        "sender": "con",
        "recipient": "lea:mamlyut-employment",
        "sequence": 1,
        "occurred_at": BASE,
        "journalled_at": BASE + timedelta(milliseconds=12),
        "verdict": "accepted",
        "reason": None,
        "publisher": "con",
        "body": body if body is not None else to_bytes(envelope),
        "attempts": 2,
    }
    return record_of(cast("Any", SimpleNamespace(**row | changes)), Catalogue.bundled(), StandClock(lambda: BASE))


def test_the_step_is_the_last_that_the_regulation_knows_with_its_limit() -> None:
    found = record(steps=(step("unheard-of"), step(LIMITED.ref), step(IIN)))
    assert LIMITED.limit is not None
    assert (found.step, found.paragraph) == (LIMITED.ref, LIMITED.paragraph)
    assert found.limit == StepLimit(LIMITED.limit.unit, LIMITED.limit.min, LIMITED.limit.max)
    assert (found.regulation, found.channel) == (REGULATION, CHANNEL)


def test_where_an_item_has_a_limit_for_each_result_it_is_that_of_the_result() -> None:
    flow = Catalogue.bundled().flow("semey-victims-2016", "provider")
    several = next(one for one in flow.steps.values() if one.limits)
    result, limit = next(iter((several.limits or {}).items()))
    of_act: dict[str, Any] = {"regulation": "semey-victims-2016", "channel": "provider"}
    for outcome, expected in ((result, StepLimit(limit.unit, limit.min, limit.max)), ("another", None)):
        body = to_bytes(envelope_of("m", "c", steps=(step(several.ref, outcome),), **of_act))
        assert record(body).limit == expected


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"regulation": 5}', b"[" * 100_000, b'{"regulation":"x"}'])
def test_a_body_that_cannot_be_read_is_no_fault(body: bytes) -> None:
    found = record(body, verdict="rejected", reason="malformed-body: not JSON: Айгүл")
    assert (found.step, found.regulation, found.succeeded, found.fault) == (None, None, False, "malformed-body")
    assert found.request_size == len(body)


def test_a_reason_that_is_no_word_and_colon_is_unknown() -> None:
    assert record(verdict="rejected", reason=f"{IIN} is Айгүл").fault == "unknown"
    assert record(verdict="rejected", reason=None).fault == "unknown"


def test_of_a_response_the_sender_is_the_service() -> None:
    answer = record(type="ResultIssued", sender="lea:mamlyut-employment", recipient="con")
    assert (answer.client, answer.service, answer.service_subsystem) == ("con", "lea", "mamlyut-employment")
    assert answer.request_at is answer.request_size is None
    assert answer.response_at == int((BASE + timedelta(milliseconds=12)).timestamp() * 1000)


def test_a_number_of_a_person_is_in_no_name() -> None:
    found = record(recipient=f"lea:{IIN}", sender=None, type=IIN)
    assert (found.recipient, found.service_subsystem) == ("lea:************", "************")
    assert (found.type, found.kind, found.sender, found.step) == (None, None, None, None)


def test_the_queue_time_is_null_where_it_cannot_be_known() -> None:
    assert record().queue_ms == 12.0
    assert record(occurred_at=BASE + timedelta(hours=1)).queue_ms is None
    assert record(sender="gateway").queue_ms is None
    assert record(occurred_at=None).queue_ms is None
    assert (record().attempts, record(attempts=None).attempts) == (3, None)
