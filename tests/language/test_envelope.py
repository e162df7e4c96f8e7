"""An envelope is its bytes: what is read back is what was written, and nothing else can be read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.language.clock import StandClock
from aimaq.language.envelope import Envelope, digest, encode, party_of, read, to_bytes
from aimaq.language.errors import AimaqError, InvalidInput, MalformedBody, UnknownType
from aimaq.language.ids import Ids
from aimaq.language.messages import PARTIES, TYPES, Body, StatusChanged, dotted
from tests.outsider import REGULATION
from tests.parties import BASE
from tests.pipeline.messages import BODIES, SUBMITTED, step

IDS = Ids(StandClock(lambda: BASE), Random(1).randbytes)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(timezone(timedelta(hours=5))))  # noqa: DTZ001


def envelope(body: Body, **changes: Any) -> Envelope:
    name = type(body).__name__
    lawful = Envelope(
        message_id=IDS(),
        type=name,
        kind=TYPES[name].kind,
        sender="portal",
        recipient="lea:mamlyut-employment",
        case_id=IDS(),
        caused_by=None,
        sequence=1,
        regulation=REGULATION,
        channel="portal",
        occurred_at=BASE,
        steps=(step("process-4", "sign", "portal.citizen"),),
        body=encode(body),
    )
    return msgspec.structs.replace(lawful, **changes)


def json_of(**changes: Any) -> bytes:
    plain = json.loads(to_bytes(envelope(SUBMITTED))) | changes
    return json.dumps({name: value for name, value in plain.items() if value is not ...}).encode()


@given(BODIES, st.integers(1, 10**6), MOMENTS, st.booleans())
def test_what_was_sealed_is_what_is_read(body: Body, sequence: int, at: datetime, answer: bool) -> None:
    written = envelope(body, sequence=sequence, occurred_at=at, caused_by=IDS() if answer else None)
    data = to_bytes(written)
    found = read(data)
    assert found == written
    assert found.content() == body
    assert to_bytes(found) == data


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with pytest.raises((MalformedBody, InvalidInput)):
        read(data)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message_id": "1"}, "message_id"),
        ({"message_id": "018F0000-0000-7000-8000-000000000000"}, "message_id"),
        ({"case_id": "00000000-0000-4000-8000-000000000000"}, "case_id"),
        ({"sequence": 0}, "sequence"),
        ({"sequence": "1"}, "sequence"),
        ({"occurred_at": "2026-03-02T04:00:00"}, "occurred_at"),
        ({"sender": "Portal"}, "sender"),
        ({"recipient": "lea:"}, "recipient"),
        ({"kind": "ORDER"}, "kind"),
        ({"type": ""}, "type"),
        ({"steps": None}, "steps"),
        ({"steps": [{"ref": "process-1"}]}, "steps[0]"),
        ({"caused_by": 7}, "caused_by"),
    ],
)
def test_a_field_of_another_shape_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(json_of(**changes))
    assert caught.value.field is not None
    assert caught.value.field.startswith(field.partition("[")[0])


@pytest.mark.parametrize(
    ("changes", "named"), [({"channel": ...}, "channel"), ({"priority": 1}, "priority"), ({"body": ...}, "body")]
)
def test_a_missing_or_unknown_field_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        read(json_of(**changes))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "done"}, "body.status"),
        ({"status": 5}, "body.status"),
        ({"status": "received", "number": None}, "body.number"),
        ({"status": "received", "number": "x" * 5000}, "body.number"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_a_body_of_another_shape_names_its_field(body: Any, field: str) -> None:
    data = json_of(type="StatusChanged", body=body)
    with pytest.raises(InvalidInput) as caught:
        read(data).content()
    assert caught.value.field == field


CONTROL = ("\0", "\x1b", "\x7f", "\x85", "\x9f")
FORM = {"iin": "1", "name": "a", "document": "", "signature": ""}


@pytest.mark.parametrize("character", CONTROL)
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize(
    ("type_", "body", "field"),
    [
        ("CaseClosed", {"end": "a?"}, "body.end"),
        ("CaseClosed", {"end": "a", "detail": "a?"}, "body.detail"),
        ("RequestSubmitted", FORM | {"form": {"address": "?"}}, "body.form[...]"),
        ("RequestSubmitted", FORM | {"form": {"?": "a"}}, "body.form"),
        ("RegistryAsked", {"questions": {"gbd_fl": {"iin": "?"}}}, "body.questions[...][...]"),
        ("RegistryAnswered", {"answers": {"?": {"found": False}}}, "body.answers"),
    ],
)
def test_a_control_character_is_refused_wherever_it_is(
    character: str, escaped: bool, type_: str, body: dict[str, Any], field: str
) -> None:
    written = json.loads(json_of(type=type_, body=body).replace(b"?", json.dumps(character)[1:-1].encode()))
    with pytest.raises(InvalidInput, match="control character") as caught:
        read(json.dumps(written, ensure_ascii=escaped).encode()).content()
    assert caught.value.field == field


@pytest.mark.parametrize("field", ["type", "regulation", "channel"])
def test_a_control_character_in_the_envelope_is_refused(field: str) -> None:
    for character in (*CONTROL, "\n"):
        with pytest.raises(InvalidInput) as caught:
            read(json_of(**{field: f"a{character}"}))
        assert caught.value.field == field
    with pytest.raises(InvalidInput, match="control character"):
        read(json_of(steps=[json.loads(json_of())["steps"][0] | {"unit": "a\x9b"}]))


def test_line_ends_are_for_texts_of_several_lines() -> None:
    read(json_of(type="CaseClosed", body={"end": "a", "ground": '«бір»\n\tекі "үш"'})).content()
    with pytest.raises(InvalidInput) as caught:
        read(json_of(type="CaseClosed", body={"end": "a\n"})).content()
    assert caught.value.field == "body.end"


def test_a_body_that_says_too_little_or_too_much_is_refused() -> None:
    for body, named in (({}, "status"), ({"status": "received", "colour": "red"}, "colour")):
        with pytest.raises(InvalidInput, match=named):
            read(json_of(type="StatusChanged", body=body)).content()


def test_a_type_that_nobody_speaks_is_unknown() -> None:
    found = read(json_of(type="RequestWithdrawn"))
    with pytest.raises(UnknownType, match="RequestWithdrawn"):
        found.content()


@pytest.mark.parametrize("data", [b"", b"{", b"[]]", b"\xff\xfe", b'{"a":1} {"a":1}', b"<xml/>"])
def test_what_is_not_json_is_malformed(data: bytes) -> None:
    with pytest.raises(AimaqError) as caught:
        read(data)
    assert caught.value.slug in ("malformed-body", "invalid-input")


def test_bytes_have_one_digest_and_a_recipient_one_party() -> None:
    data = to_bytes(envelope(StatusChanged(status="received")))
    assert digest(data) == digest(bytes(data))
    assert digest(data) != digest(data + b" ")
    assert [party_of(name) for name in ("lea", "lea:mamlyut-employment", "gateway")] == ["lea", "lea", "gateway"]


def test_every_type_has_one_spelling_and_lawful_routes() -> None:
    for name, kind in TYPES.items():
        assert kind.body.__name__ == name
        assert kind.routing_key == dotted(name)
        assert kind.routing_key.replace(".", "") == name.lower()
        for sender, recipient in kind.routes:
            assert sender != recipient
            assert {sender, recipient} <= set(PARTIES)
