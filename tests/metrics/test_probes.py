"""What cannot be read now is shown as it was last known, and asked for once at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import pytest

from aimaq.language.errors import Technical, Unavailable
from aimaq.pipeline.telemetry.families import AGE, CURRENT, WAITING, Measure
from aimaq.web.metrics import probes as module
from aimaq.web.metrics.probes import Probes
from tests.waiting import eventually


class Source:
    """A probe that a test has come out as it likes."""

    def __init__(self) -> None:
        self.asked = 0
        self.value: float | None = 1.0
        self.error: Exception | None = None
        self.go = asyncio.Event()
        self.go.set()

    async def read(self) -> Iterable[Measure] | None:
        self.asked += 1
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return None if self.value is None else [Measure(WAITING, self.value, ("dead",))]


def shown(probes: Probes) -> dict[str, float]:
    """The values that are shown, by family; the age of the probe left out."""
    return {measure.family.name: measure.value for measure in probes.measures() if measure.family is not AGE}


def fresh(value: float) -> dict[str, float]:
    return {CURRENT.name: 1.0, WAITING.name: value}


def stale(value: float) -> dict[str, float]:
    return {CURRENT.name: 0.0, WAITING.name: value}


async def test_a_probe_is_taken_anew_each_time() -> None:
    source = Source()
    probes = Probes({"waiting": source.read})
    assert shown(probes) == {CURRENT.name: 0.0}, "nothing is known yet"
    await probes.take()
    assert shown(probes) == fresh(1.0)
    source.value = 2.0
    await probes.take()
    assert shown(probes) == fresh(2.0)


@pytest.mark.parametrize("wrong", [Unavailable(Technical("the database is out of reach")), None, ValueError("a bug")])
async def test_what_cannot_be_read_is_shown_as_it_was(
    wrong: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source()
    probes = Probes({"waiting": source.read})
    await probes.take()
    source.error, source.value = wrong, None
    await probes.take()
    assert shown(probes) == stale(1.0)
    assert not probes.is_current("waiting")
    assert bool([one for one in caplog.records if one.levelno >= logging.ERROR]) is isinstance(wrong, ValueError)
    source.error, source.value = None, 3.0
    await probes.take()
    assert shown(probes) == fresh(3.0)


async def test_what_hangs_is_asked_once_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    slow, quick = Source(), Source()
    probes = Probes({"slow": slow.read, "quick": quick.read})
    await probes.take()
    slow.go.clear()
    for _ in range(3):
        await probes.take()
    assert (slow.asked, quick.asked) == (2, 4)
    assert not probes.is_current("slow")
    assert probes.is_current("quick")
    slow.value = 7.0
    slow.go.set()
    await eventually(lambda: probes.is_current("slow"), what="the answer that came late counts")
    await probes.close()


async def test_whoever_closes_waits_for_nothing_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    source = Source()
    source.go.clear()
    probes = Probes({"waiting": source.read})
    await probes.take()
    await probes.close()
    assert shown(probes) == {CURRENT.name: 0.0}
