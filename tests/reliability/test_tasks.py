"""A service in which something has ended that was not to end ends its process, with one line and an exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aimaq.language.errors import Stopped, Unavailable, Unconfigured
from aimaq.language.messages import StatusChanged
from aimaq.pipeline.background.tasks import Tasks
from aimaq.service import Service
from aimaq.settings import Settings
from stand.runtime import serve as serving
from tests.faults import outage
from tests.parties import Parties
from tests.pipeline.messages import deliveries
from tests.waiting import eventually


async def never() -> None:
    await asyncio.Event().wait()


async def fails() -> None:
    raise RuntimeError("out of paper")


async def ends() -> None:
    return None


@pytest.mark.parametrize(
    ("run", "why"),
    [(fails, "RuntimeError: out of paper"), (ends, "the press has ended"), ("cancelled", "CancelledError")],
)
async def test_the_first_task_that_ends_gives_the_reason(
    run: Callable[[], Coroutine[Any, Any, None]] | str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = Tasks("con")
    tasks.start("the lamp", never())
    if isinstance(run, str):
        task = asyncio.create_task(never())
        tasks.watch("the press", task)
        task.cancel()
    else:
        tasks.start("the press", run())
    assert why in await tasks.ended()
    assert tasks.reason is not None
    assert tasks.reason.startswith("the press has ended")
    assert [record.message for record in caplog.records if record.levelname == "CRITICAL"] == [f"con: {tasks.reason}"]
    await tasks.cancel()
    assert not len(tasks)


async def test_tasks_that_are_cancelled_together_have_not_ended() -> None:
    tasks = Tasks("con")
    tasks.start("the lamp", never())
    await tasks.cancel()
    assert tasks.reason is None


TASKS = ["the writer", "the purge", "the block closer"]


@pytest.mark.parametrize("name", TASKS)
async def test_whatever_ends_in_a_service_is_said_and_it_is_not_ready(files: Parties, name: str) -> None:
    await files.start("gateway")
    gateway = files.services["gateway"]
    for task, known in gateway.tasks._tasks.items():
        if known == name:
            task.cancel()
    reason = await gateway.tasks.ended()
    assert reason.startswith(f"{name} has ended")
    assert reason in await gateway.ailments()


async def test_a_service_with_a_task_that_ended_ends_its_process(
    files: Parties, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = files.assembled("con")

    def assembled(*_: object) -> tuple[Service, Any]:
        return service, files.apps["con"]

    monkeypatch.setattr(serving, "assemble", assembled)
    settings = Settings(party="con", home=tmp_path)
    running = files.sending(serving.serve(settings))
    await eventually(lambda: len(service.tasks) > 2, what="the service's tasks")
    files.lines["con"].mode = "broken"
    outsider = await files.outsider("gateway")
    sending = files.sending(
        outsider.hand_in(deliveries(outsider, [StatusChanged(status="received")], "con", outsider.ids())[0])
    )
    with pytest.raises(Stopped, match="the writer has ended: RuntimeError: a fault of the adapter") as caught:
        await running
    sending.cancel()
    assert caught.value.exit_code == 4
    assert "\n" not in caught.value.detail
    assert not len(service.tasks)
    files.services.clear()


async def test_the_end_of_the_http_server_ends_the_process(
    files: Parties, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = files.assembled("con")
    monkeypatch.setattr(serving, "assemble", lambda *_: (service, files.apps["con"]))
    running = files.sending(serving.serve(Settings(party="con", home=tmp_path)))
    (server,) = await eventually(lambda: _tasks_of(service, "the HTTP server"), what="the HTTP server")
    server.cancel()
    with pytest.raises(Stopped, match="the HTTP server has ended"):
        await running
    files.services.clear()


def _tasks_of(service: Service, name: str) -> list[asyncio.Task[Any]]:
    return [task for task, known in service.tasks._tasks.items() if known == name]


async def test_a_process_that_cannot_close_in_order_ends_all_the_same(
    files: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_GRACE", 0.05)
    service = files.assembled("con")
    closing = asyncio.Event()

    async def close() -> None:
        closing.set()
        await never()

    service.closers.append(close)
    service.tasks.start("the press", ends())
    await service.tasks.ended()
    await serving.closed(service)
    assert closing.is_set()
    files.services.clear()


@pytest.mark.parametrize(("error", "code"), [(Unavailable(), 3), (Unconfigured("no key"), 2), (Stopped("con: x"), 4)])
def test_each_kind_of_end_has_its_exit_code(error: Unavailable | Unconfigured | Stopped, code: int) -> None:
    assert error.exit_code == code


def _in_trouble(service: Service) -> bool:
    return service.writer.trouble is not None


async def test_what_a_database_does_ends_no_task(parties: Parties) -> None:
    await parties.start("portal", "con", "lea", "gateway", autopilot=True)
    for name in parties.services:
        async with outage(parties.services[name]):
            await eventually(partial(_in_trouble, parties.services[name]))
    assert [service.tasks.reason for service in parties.services.values()] == [None] * 4
    case_id = await parties.ask(stubborn=True)
    await parties.status("portal", case_id, "completed")
