"""The autopilot drops no case: whatever keeps it from signing a result, it tries again, and says that it has to."""

from __future__ import annotations

from typing import Any, cast

import pytest

from aimaq.language.errors import NotFound, OutOfOrder, Technical, Unavailable
from lea_svc.autopilot import signatory
from lea_svc.autopilot.signatory import Signatory
from tests.parties import Parties
from tests.waiting import eventually

FAULTS = [
    Unavailable(Technical("the database is out of reach")),
    OutOfOrder(Technical("not yet")),
    RuntimeError("out of ink"),
    ConnectionResetError("the line broke"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[type(fault).__name__ for fault in FAULTS])
async def test_a_result_that_could_not_be_signed_is_signed_later(
    files: Parties, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(signatory, "PAUSES", (0.02,))
    await files.start("lea")
    nothing = cast("Any", None)
    autopilot = Signatory("900101300017", "СЫНАҚОВ АВТОПИЛОТ", nothing)
    tried: list[str] = []

    async def sign(_: Signatory, *inputs: Any) -> None:
        tried.append(inputs[-1])
        if tried.count("first") <= 3 and inputs[-1] == "first":
            raise fault

    monkeypatch.setattr(Signatory, "_sign", sign)
    _ = files.sending(autopilot.run(files.services["lea"], nothing, nothing, lambda uow: None))
    autopilot.expect("first")
    await eventually(autopilot.worry)
    assert str(autopilot.worry()).startswith("the autopilot could not sign 1 results yet, and tries again: ")
    autopilot.expect("second")
    await eventually(lambda: tried.count("first") == 4 and "second" in tried)
    assert autopilot.worry() is None


async def test_a_case_that_is_not_there_any_more_is_not_waited_for(
    files: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.start("lea")
    nothing = cast("Any", None)
    autopilot = Signatory("900101300017", "СЫНАҚОВ АВТОПИЛОТ", nothing)
    tried: list[str] = []

    async def sign(_: Signatory, *inputs: Any) -> None:
        tried.append(inputs[-1])
        raise NotFound(Technical("there is no such case"))

    monkeypatch.setattr(Signatory, "_sign", sign)
    _ = files.sending(autopilot.run(files.services["lea"], nothing, nothing, lambda uow: None))
    autopilot.expect("first")
    await eventually(lambda: tried)
    assert autopilot.worry() is None
