"""Who follows the roster: comes back whatever the registry does, tells of it, and asks anew when it began anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems import follower
from aimaq.access.systems.follower import Follower, Keep
from aimaq.access.systems.keystore import load_directory, load_signer, load_trust
from aimaq.access.systems.roster import Roster, System
from aimaq.access.systems.roster_signature import SignedRoster
from aimaq.language.clock import StandClock
from aimaq.language.errors import Technical, Unavailable
from aimaq.language.ids import Ids
from aimaq.language.signing.jws import Directory
from stand.provision import keys
from tests.access.conftest import signed
from tests.parties import BASE
from tests.waiting import eventually


class Registry:
    """A registry that answers what a test has laid down, one after the other, and then holds the question.

    It signs what it says, with what it was asked; what is signed already it sends as it is.
    """

    def __init__(self, *answers: Roster | SignedRoster | Exception) -> None:
        self.answers, self.asked, self.home = list(answers), list[int](), Path()

    async def __call__(self, after: int, wait: float, nonce: str) -> SignedRoster:
        self.asked.append(after)
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, SignedRoster):
            return answer
        after = after if answer.version >= after else 0
        return signed(self.home, msgspec.structs.replace(answer, after=after, nonce=nonce))


@asynccontextmanager
async def following(
    home: Path, registry: Registry, keep: Keep = lambda _: None, newest: int = 0, directory: Directory | None = None
) -> AsyncIterator[Follower]:
    registry.home = home
    draw = partial(Ids(StandClock(lambda: BASE)).token, 16)
    made = Follower(registry, directory or load_directory(home), load_trust(home), keep, draw, newest)
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
    registry = Registry(Roster(3, ()), Unavailable(Technical("it is gone")), RuntimeError("a fault"), Roster(4, ()))
    async with following(home, registry):
        await eventually(lambda: registry.asked == [0, 3, 0, 0, 4], what="the questions")


async def test_of_a_registry_that_began_anew_it_asks_for_everything(home: Path) -> None:
    registry = Registry(Roster(9, ()), Roster(2, ()), Roster(2, ()))
    async with following(home, registry):
        await eventually(lambda: registry.asked == [0, 9, 0, 2], what="the questions")


async def test_it_tells_how_old_what_it_knows_is(home: Path) -> None:
    async with following(home, Registry(Roster(3, ()), *[Unavailable(Technical("it is gone"))] * 100)) as made:
        note = await eventually(made.note, what="the note")
        assert note.startswith("the systems' certificates are ")
        assert note.endswith(" s old: it is gone")
    async with following(home, Registry(*[Unavailable(Technical("it is gone"))] * 100)) as made:
        assert made.note() == "the systems' certificates are those of the last run: it is gone"


async def test_a_disk_that_is_full_is_told_of_and_tried_again(home: Path) -> None:
    signer, attempts = load_signer(home, "con"), list[bool]()
    pem = signer.certificate.public_bytes(Encoding.PEM).decode()
    changed = Roster(3, (System("con", "1", pem, "revoked", BASE),))

    def keep(answers: Sequence[SignedRoster]) -> None:
        assert [json.loads(one.roster)["version"] for one in answers] == [3]
        attempts.append(len(attempts) > 0)
        if not attempts[-1]:
            raise OSError(28, "No space left on device")

    registry = Registry(changed)
    async with following(home, registry, keep) as made:
        assert "cannot be kept for the next start" in (made.note() or "")
        assert "No space left" in (made.note() or "")
    registry = Registry(changed, Roster(3, ()), Roster(3, ()))
    attempts.clear()
    async with following(home, registry, keep) as made:
        await eventually(lambda: registry.asked == [0, 3, 3, 3], what="the questions")
        assert (attempts, made.note()) == ([False, True], None)


async def test_a_registry_that_does_not_answer_keeps_no_service_from_starting(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "FIRST", 0.01)
    async with following(home, Registry()) as made:
        assert made.note() == "the systems' certificates are those of the last run: the registry has not answered yet"


def _revoked(home: Path, version: int, status: str = "revoked") -> Roster:
    """The roster by which the con's certificate is withdrawn."""
    pem = load_signer(home, "con").certificate.public_bytes(Encoding.PEM).decode()
    return msgspec.convert(
        {"version": version, "systems": [{"party": "con", "serial": "1", "certificate": pem, "status": status}]}, Roster
    )


FORGED = ["unsigned", "another authority's", "by a system", "changed", "an answer of before", "after another version"]


@pytest.mark.parametrize("how", FORGED)
async def test_what_the_authority_did_not_sign_for_this_question_is_not_taken(
    home: Path, tmp_path: Path, how: str
) -> None:
    other = tmp_path / "another stand"
    keys.provision(other, StandClock(lambda: BASE), authority_keys="p-256")
    roster = _revoked(home, 9)
    by_system = load_signer(home, "registry").sign(msgspec.json.encode(roster))
    honest = signed(home, roster)
    forged = {
        "unsigned": SignedRoster(honest.roster, ""),
        "another authority's": signed(other, roster),
        "by a system": SignedRoster(honest.roster, by_system),
        "changed": SignedRoster(honest.roster.replace('"version":9', '"version":8'), honest.signature),
        "an answer of before": signed(home, msgspec.structs.replace(roster, nonce="0" * 32)),
        "after another version": signed(home, msgspec.structs.replace(roster, after=4)),
    }[how]
    registry, directory, stored = Registry(forged, Roster(3, ())), load_directory(home), list[int]()
    async with following(home, registry, lambda answers: stored.append(len(answers)), directory=directory) as made:
        assert "roster" in (made.note() or "")
        await eventually(lambda: registry.asked == [0, 0, 3], what="the questions")
        assert made.note() is None
    assert [one.withdrawal for one in directory.identities()] == [None] * 5
    assert stored == [1]


async def test_a_registry_that_went_back_does_not_bring_back_what_was_revoked(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = load_directory(home)
    registry = Registry(_revoked(home, 9), _revoked(home, 2, "good"), Roster(2, ()))
    async with following(home, registry, directory=directory):
        await eventually(lambda: registry.asked == [0, 9, 0, 2], what="the questions")
    assert "went back from version 9 to 2: what was revoked stays so" in caplog.text
    (con,) = (one for one in directory.identities() if one.party == "con")
    assert con.withdrawal is not None
    caplog.clear()
    async with following(home, Registry(Roster(3, ())), newest=4):
        assert "went back from version 4 to 3" in caplog.text


async def test_after_many_changes_everything_is_asked_for_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "MOST", 2)
    stored = list[int]()
    registry = Registry(*(_revoked(home, version) for version in range(1, 6)))
    async with following(home, registry, lambda answers: stored.append(len(answers))):
        await eventually(lambda: registry.asked == [0, 1, 2, 0, 4, 5], what="the questions")
    assert stored == [1, 2, 3, 1, 2]
