"""Messages made to kill whoever reads them: what a party's system could send if somebody had broken into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aimaq.bus.rabbit.frames import short
from tests.outsider import Outsider, SignedMessage
from tests.pipeline.messages import SUBMITTED

Poison = Callable[[Outsider], SignedMessage]


def signed(outsider: Outsider, **changes: Any) -> SignedMessage:
    """A lawful message with other values in its envelope, signed as it then is."""
    return outsider.stamp(json.dumps(json.loads(outsider.write(SUBMITTED).data) | changes).encode())


def with_body(outsider: Outsider, **changes: Any) -> SignedMessage:
    """A lawful message with other values in its body."""
    body = json.loads(outsider.write(SUBMITTED).data)["body"] | changes
    return signed(outsider, body=body)


def with_step(outsider: Outsider, **changes: Any) -> SignedMessage:
    """A lawful message with a step whose fields are other ones."""
    lawful = {"ref": "process-6", "operation": "send", "unit": "portal", "outcome": "ok"}
    times = {"started_at": "2026-03-02T04:00:00Z", "ended_at": "2026-03-02T04:00:00Z"}
    return signed(outsider, steps=[lawful | times | changes])


def marked(outsider: Outsider, signature: str) -> SignedMessage:
    """A lawful message with these characters for its signature."""
    return replace(outsider.write(SUBMITTED), signature=signature)


SIGNATURES: dict[str, Poison] = {
    "a NUL in the signature": lambda portal: marked(portal, "a\0b"),
    "a NUL in a signature with dots": lambda portal: marked(portal, "a..\0"),
    "half a letter for a signature": lambda portal: marked(portal, "\ud800..a"),
    "another alphabet in the signature": lambda portal: marked(portal, "қол..таңба"),
    "a signature without end": lambda portal: marked(portal, "a..b" * 10_000),
    "a delivery number beyond its column": lambda portal: replace(marked(portal, "a..b"), number=2**31),
    "a delivery number below zero": lambda portal: replace(marked(portal, "a..b"), number=-1),
}

ENVELOPES: dict[str, Poison] = {
    "a line's end behind the case": lambda portal: signed(portal, case_id=portal.ids() + "\n"),
    "a line's end behind the id": lambda portal: signed(portal, message_id=portal.ids() + "\n"),
    "a line's end behind the recipient": lambda portal: signed(portal, recipient="lea:mamlyut-employment\n"),
    "a line's end in the regulation": lambda portal: signed(portal, regulation="a\nb"),
    "an escape in the channel": lambda portal: signed(portal, channel="\x1b[31m"),
    "an endless regulation": lambda portal: signed(portal, regulation="a" * 201),
    "a number beyond its column": lambda portal: signed(portal, sequence=2**31),
    "a time before the first day": lambda portal: signed(portal, occurred_at="0001-01-01T00:00:00+14:00"),
    "a time after the last day": lambda portal: signed(portal, occurred_at="9999-12-31T23:59:59-14:00"),
    "a step with a NUL in it": lambda portal: with_step(portal, outcome="ok\0"),
    "a step before the first day": lambda portal: with_step(portal, started_at="0001-01-01T00:00:00+14:00"),
    "a step without a zone": lambda portal: with_step(portal, ended_at="2026-03-02T04:00:00"),
    "steps without end": lambda portal: signed(portal, steps=[json.loads(with_step(portal).data)["steps"][0]] * 300),
}

BODIES: dict[str, Poison] = {
    "a NUL in a name": lambda portal: with_body(portal, name="Айгүл\0"),
    "a NUL in the form": lambda portal: with_body(portal, form={"address": "\0"}),
    "a NUL in a field's name": lambda portal: with_body(portal, form={"\0": "a"}),
    "a form of other things than text": lambda portal: with_body(portal, form={"address": {"a": [1]}}),
    "a form without end": lambda portal: with_body(portal, form={str(n): "a" for n in range(1000)}),
    "a field without end": lambda portal: with_body(portal, form={"address": "a" * 5000}),
    "an escape in a name": lambda portal: with_body(portal, name="\x9b31m"),
}


def nested(depth: int) -> bytes:
    """A table of AMQP with one field, which is a table with one field, and so on."""
    table = bytes(4)
    for _ in range(depth):
        field = short("a") + b"F" + table
        table = len(field).to_bytes(4, "big") + field
    return table
