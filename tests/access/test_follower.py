"""Who follows the roster: comes back whatever the registry does, tells of it, and asks anew when it began anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.language.errors import Unavailable
from aimaq.access.systems.keystore import load_directory, load_signer, load_trust
from aimaq.access.systems import follower
from aimaq.access.systems.follower import Follower
from aimaq.access.systems.roster import Roster, System
from tests.parties import BASE
from tests.waiting import eventually


class Registry:
    """A registry that answers what a test has laid down, one after the other, and then holds the question."""

    def __init__(self, *answers: Roster | Exception) -> None:
        self.answers, self.asked = list(answers), list[int]()

    async def __call__(self, after: int, wait: float) -> Roster:
        self.asked.append(after)
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def following(home: Path, registry: Registry, keep: Callable[[], None] = lambda: None) -> AsyncIterator[Follower]:
    made = Follower(registry, load_directory(home), load_trust(home), keep)
    task = asyncio.create_task(made.run())
    try:
        await made.first()
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_goes_on_from_the_version_that_it_has(home: Path) -> None:
    registry = Registry(Roster(3, ()), Roster(5, ()), Roster(5, ()))
    async with following(home, registry) as made:
        await eventually(lambda: registry.asked == [0, 3, 5, 5], what="the questions")
        assert made.note() is None


async def test_after_a_failure_it_asks_for_everything(home: Path) -> None:
    registry = Registry(Roster(3, ()), Unavailable("it is gone"), RuntimeError("a fault"), Roster(4, ()))
    async with following(home, registry):
        await eventually(lambda: registry.asked == [0, 3, 0, 0, 4], what="the questions")


async def test_of_a_registry_that_began_anew_it_asks_for_everything(home: Path) -> None:
    registry = Registry(Roster(9, ()), Roster(2, ()), Roster(2, ()))
    async with following(home, registry):
        await eventually(lambda: registry.asked == [0, 9, 0, 2], what="the questions")


async def test_it_tells_how_old_what_it_knows_is(home: Path) -> None:
    async with following(home, Registry(Roster(3, ()), *[Unavailable("it is gone")] * 100)) as made:
        note = await eventually(made.note, what="the note")
        assert note.startswith("the systems' certificates are ")
        assert note.endswith(" s old: it is gone")
    async with following(home, Registry(*[Unavailable("it is gone")] * 100)) as made:
        assert made.note() == "the systems' certificates are those of the last run: it is gone"


async def test_a_disk_that_is_full_is_told_of_and_tried_again(home: Path) -> None:
    signer, kept = load_signer(home, "con"), list[bool]()
    pem = signer.certificate.public_bytes(Encoding.PEM).decode()
    changed = Roster(3, (System("con", "1", pem, "revoked", BASE),))

    def keep() -> None:
        kept.append(len(kept) > 0)
        if not kept[-1]:
            raise OSError(28, "No space left on device")

    registry = Registry(changed)
    async with following(home, registry, keep) as made:
        assert "cannot be kept for the next start" in (made.note() or "")
        assert "No space left" in (made.note() or "")
    registry = Registry(changed, Roster(3, ()), Roster(3, ()))
    kept.clear()
    async with following(home, registry, keep) as made:
        await eventually(lambda: registry.asked == [0, 3, 3, 3], what="the questions")
        assert (kept, made.note()) == ([False, True], None)


async def test_a_registry_that_does_not_answer_keeps_no_service_from_starting(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "FIRST", 0.01)
    async with following(home, Registry()) as made:
        assert made.note() == "the systems' certificates are those of the last run: the registry has not answered yet"
