"""A message that cannot be handled is laid aside whatever it holds, and the writer goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aimaq.language.messages import StatusChanged
from aimaq.pipeline import inbox, writer
from tests.faults import rows
from tests.parties import Parties
from tests.pipeline.messages import deliveries
from tests.waiting import eventually

NOTICE = StatusChanged(status="received")

HARD = {
    "a NUL in the signature": "a\0b",
    "half a character in the signature": "a\ud800b",
    "a signature beyond any": "x" * 300_000,
}


@pytest.mark.parametrize("what", HARD)
async def test_a_signature_that_no_database_takes_is_laid_aside(parties: Parties, what: str) -> None:
    await parties.start("con")
    gateway, case_id = await parties.outsider("gateway"), ""
    hard, sound = (deliveries(gateway, [NOTICE], "con", gateway.ids())[0] for _ in range(2))
    hard = replace(hard, signature=HARD[what])
    assert await gateway.hand_in(hard, sound) == [None, None]
    found = {row["digest"]: row for row in await rows(parties.services["con"], "inbox")}
    assert found[sound.digest]["state"] == "done"
    assert found[hard.digest]["state"] == "dead"
    assert found[hard.digest]["body"] == hard.data
    assert parties.services["con"].tasks.reason is None
    assert case_id == ""


async def test_a_message_of_which_nothing_can_be_kept_does_not_end_the_writer(
    parties: Parties, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")

    def no_row(*_: object, **__: object) -> None:
        raise ValueError("nothing of it")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "replace", no_row)
        hard = replace(deliveries(gateway, [NOTICE], "con", gateway.ids())[0], signature="a\0b")
        batches = parties.services["con"].writer._batch

        def refused(*inputs: Any, **named: Any) -> Any:
            batch = batches(*inputs, **named)
            if any(command.received is not None for command in inputs[1]):
                raise ValueError("it cannot be written")
            return batch

        patch.setattr(parties.services["con"].writer, "_batch", refused)
        assert await gateway.hand_in(hard) == [None]
    assert f"the message {hard.digest} is lost" in caplog.text
    case_id = gateway.ids()
    await gateway.hand_in(*deliveries(gateway, [NOTICE], "con", case_id))
    await parties.status("con", case_id, "received")


async def test_a_message_that_cannot_even_be_read_is_laid_aside(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parties.start("con")
    gateway = await parties.outsider("gateway")
    hard = deliveries(gateway, [NOTICE], "con", gateway.ids())[0]
    with monkeypatch.context() as patch:

        def unreadable(_: bytes) -> None:
            raise RecursionError("too deep")

        patch.setattr(inbox, "read", unreadable)
        assert await gateway.hand_in(hard) == [None]
    (row,) = await rows(parties.services["con"], "inbox")
    assert (row["state"], row["reason"]) == ("dead", "malformed-body: the message cannot be read: RecursionError")
    assert parties.services["con"].tasks.reason is None


async def test_a_message_that_the_bus_cannot_even_be_given_holds_up_no_other(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LINGER", 0.05)
    await parties.start("portal", mode="refuse")
    gateway = await parties.outsider("gateway")
    cases = [await parties.ask() for _ in range(3)]
    (first, *_) = await rows(parties.services["portal"], "outbox")
    line = parties.lines["portal"]
    send = line._bus.send

    async def choosy(outgoing_messages: Any) -> Any:
        if any(outgoing.message_id == first["message_id"] for outgoing in outgoing_messages):
            raise UnicodeEncodeError("ascii", "\ud800", 0, 1, "no such character")
        return await send(outgoing_messages)

    monkeypatch.setattr(line._bus, "send", choosy)
    line.mode = "work"
    await eventually(lambda: len({envelope.case_id for envelope in gateway.got}) == len(cases) - 1)
    assert parties.services["portal"].tasks.reason is None
    await eventually(lambda: "no such character" in str(parties.services["portal"].writer.relay.trouble))
