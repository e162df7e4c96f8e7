"""The bounds of what a message may say, and whom the bus has to vouch for: read and judged, with no service running."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aimaq.access.systems import keystore
from aimaq.bus import IncomingMessage, MemoryBroker
from aimaq.language.bounds import flaw, plain
from aimaq.language.clock import StandClock
from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError, InvalidInput, MalformedBody, UnknownSender
from aimaq.language.messages import RegistryAsked, RequestSubmitted
from aimaq.language.signing.jws import Directory
from aimaq.pipeline.inbox import open_message
from tests.outsider import Outsider
from tests.parties import BASE
from tests.pipeline.messages import SUBMITTED


@pytest.fixture
def portal(stand_home: Path) -> Outsider:
    """Somebody else's system in the portal's place, on a bus that nobody listens to."""
    signer = keystore.load_signer(stand_home, "portal")
    return Outsider("portal", MemoryBroker(), signer, StandClock(lambda: BASE))


@pytest.mark.parametrize(("publisher", "error"), [(None, UnknownSender), ("lea", UnknownSender), ("portal", None)])
def test_a_bus_that_vouches_for_nobody_is_not_believed(
    portal: Outsider, stand_home: Path, publisher: str | None, error: type[AimaqError] | None
) -> None:
    message, known = portal.write(SUBMITTED), Directory(pair[1:] for pair in keystore.trusted(stand_home))
    received = open_message(IncomingMessage(message.data, message.signature, 0, publisher), "gateway", known, BASE)
    assert (type(received.error) if received.error else None) is error
    assert received.trusted is (error is None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (RegistryAsked(questions={"gbd_fl": {"iin": "a\0"}}), "body.questions"),
        (RegistryAsked(questions={"gbd_fl": {f"n{n}": "a" for n in range(100)}}), "body.questions"),
        (RequestSubmitted(iin="1", name="a", form={}, document=b"", signature=bytes(2**22 + 1)), "body.signature"),
    ],
)
def test_every_body_has_its_bounds(portal: Outsider, body: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(portal.write(body, "registry").data).content()
    assert (caught.value.field or "").startswith(field)


def _deep() -> Any:
    deep: Any = "a"
    for _ in range(40):
        deep = [deep]
    return deep


RECORDS: tuple[dict[str, Any], ...] = (
    {"a": "\0"},
    {"a\0": 1},
    {"a": {"b\0": 1}},
    {"a": _deep()},
    {"a": list(range(100_000))},
    {"a": 10**400},
    {"a": "x" * 5000},
)


@pytest.mark.parametrize("number", range(len(RECORDS)))
def test_a_record_has_its_bounds(number: int) -> None:
    answer = {"found": True, "record": RECORDS[number]}
    rest: dict[str, Any] = {"caused_by": None, "sequence": 1, "regulation": "a", "channel": "b", "steps": []}
    id_ = "019cacb3-f200-72a4-b777-6ddd64133b9e"
    envelope = rest | {
        "message_id": id_,
        "case_id": id_,
        "type": "RegistryAnswered",
        "kind": "RESPONSE",
        "sender": "registry",
        "recipient": "portal",
        "occurred_at": "2026-03-02T04:00:00Z",
        "body": {"answers": {"gbd_fl": answer}},
    }
    with pytest.raises((InvalidInput, MalformedBody)):
        read(json.dumps(envelope).encode()).content()


def test_what_is_lawful_has_no_flaw() -> None:
    assert flaw({"address": {"kato": "590000000", "text": "Мамлют\nАбай көшесі, 1"}, "n": [1, 2.5, None, True]}) is None


@pytest.mark.parametrize(("text", "line"), [("a\0b\x1b[31m\n", "a\ufffdb\ufffd[31m\ufffd"), ("x" * 2000, "x" * 1000)])
def test_a_reason_is_one_line_without_control_characters(text: str, line: str) -> None:
    assert plain(text) == line
    assert InvalidInput(MalformedBody().texts, field=text).reason.isprintable()
