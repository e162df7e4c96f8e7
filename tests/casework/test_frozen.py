"""A case cannot be changed outside its unit of work, and what a unit of work did not change is not written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from aimaq.casework.case import Case, CaseDraft, RegisterAnswer, ShownStatus
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.errors import NotFound
from aimaq.language.texts import Texts
from aimaq.web import views
from tests.faults import rows
from tests.parties import BASE, Parties

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH)\b")
"""How a statement begins that writes; the writer also sees now and then whether it could, and changes nothing."""


@contextmanager
def written() -> Iterator[list[str]]:
    """The statements that write to a table of cases, whichever service's."""
    found: list[str] = []

    def record(conn: object, cursor: object, statement: str, *others: object) -> None:
        if WRITES.match(statement) and "cases" in statement:
            found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", record)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", record)


async def settled(parties: Parties) -> str:
    """A case that came to its end, with its answers and statuses; nothing is under way any more."""
    await parties.start("portal", "con", "lea", "gateway", autopilot=True)
    case_id = await parties.ask()
    await parties.status("portal", case_id, "completed")
    await parties.quiet()
    return case_id


KEY = object()
CHANGES: dict[str, tuple[Any, ...]] = {
    "clear": (),
    "pop": (KEY, None),
    "popitem": (),
    "setdefault": ("attack", 1),
    "update": ({"attack": 1},),
    "__setitem__": ("attack", 1),
    "__delitem__": (KEY,),
    "__ior__": ({"attack": 1},),
}
"""The ways to change a mapping, each with what it is given; `KEY` is a key that is there."""


def attack(value: Any) -> Iterator[str]:
    """Changes whatever can be changed in a value and in what it contains; yields how."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            try:
                setattr(value, name, getattr(value, name))
                yield f"{type(value).__name__}.{name}"
            except AttributeError:
                yield from attack(getattr(value, name))
    elif isinstance(value, dict):
        before, key = dict(value), next(iter(value), "attack")
        for name, arguments in CHANGES.items():
            with suppress(TypeError):
                getattr(value, name)(*(key if one is KEY else one for one in arguments))
            if value != before:
                yield f"{type(value).__name__}.{name}"
                return
        for inner in value.values():
            yield from attack(inner)
    elif isinstance(value, list | set):
        yield f"{type(value).__name__} {value}"
    elif isinstance(value, tuple):
        for inner in value:
            yield from attack(inner)


async def test_a_case_that_is_read_cannot_be_changed(parties: Parties) -> None:
    case_id = await settled(parties)
    for name in ("portal", "lea", "gateway"):
        cached = await views.case(parties.services[name], case_id)
        parties.services[name].writer.cache.cases.clear()
        loaded = await views.case(parties.services[name], case_id)
        assert list(attack(cached)) == list(attack(loaded)) == [], name
        assert cached == loaded, "what was remembered is what was committed"
        with pytest.raises(AttributeError):
            cached.at = "elsewhere"  # type: ignore[misc]


async def test_what_a_command_returns_of_its_case_is_frozen_too(parties: Parties) -> None:
    await parties.start("portal")
    portal = parties.services["portal"]
    case_id = await parties.ask(sign=False)

    def command(uow: UnitOfWork) -> CaseDraft:
        uow.known_case().grounds = "changed"
        return uow.known_case()

    case, draft = await portal.writer.change(command, case_id)
    assert (type(case), case.grounds, list(attack(case))) == (Case, "changed", [])
    draft.grounds, draft.form = "changed by who kept the draft", {}
    assert await views.case(portal, case_id) == case == await portal.writer.case(case_id)
    assert case.grounds == "changed"


async def test_a_read_through_the_writer_writes_nothing(parties: Parties) -> None:
    case_id = await settled(parties)
    lea = parties.services["lea"]
    before = await rows(lea, "cases", case_id=case_id)
    parties.clock.advance(timedelta(hours=1))
    with lea.writer.notifier.watch(case_id) as changed, written() as statements:
        await lea.writer.case(case_id)
        assert await lea.writer.run(lambda uow: uow.known_case().case_id, case_id) == case_id
        lea.writer.cache.clear()
        case = await lea.writer.case(case_id)
        assert not changed.is_set(), "whoever waits for a change was woken by none"
    assert statements == []
    assert await rows(lea, "cases", case_id=case_id) == before
    assert case.changed_at == before[0]["changed_at"] == (await views.case(lea, case_id)).changed_at


async def test_a_change_that_is_none_is_not_written_and_the_next_one_is(parties: Parties) -> None:
    case_id = await settled(parties)
    lea = parties.services["lea"]
    before = await views.case(lea, case_id)
    parties.clock.advance(timedelta(hours=1))

    def same(uow: UnitOfWork) -> None:
        case = uow.known_case()
        case.form, case.steps, case.at = dict(case.form), (*case.steps,), str(case.at)
        case.grounds += "x"
        case.grounds = case.grounds.removesuffix("x")

    def other(uow: UnitOfWork) -> None:
        uow.known_case().grounds += "x"

    with written() as statements:
        assert await lea.writer.change(same, case_id) == (before, None)
        assert statements == []
        with lea.writer.notifier.watch(case_id) as changed:
            case, _ = await lea.writer.change(other, case_id)
            assert changed.is_set()
    assert (case.grounds, case.changed_at) == (before.grounds + "x", parties.clock.now())
    assert (await rows(lea, "cases", case_id=case_id))[0]["changed_at"] == parties.clock.now()


async def test_reads_and_changes_in_one_batch_each_see_their_own(parties: Parties) -> None:
    await parties.start("portal")
    portal = parties.services["portal"]
    case_id = await parties.ask(sign=False)

    def name(envelope: str) -> Any:
        def command(uow: UnitOfWork) -> None:
            uow.known_case().grounds += envelope

        return command

    first, second, third = await asyncio.gather(
        portal.writer.change(name("a"), case_id), portal.writer.case(case_id), portal.writer.change(name("b"), case_id)
    )
    assert (first[0].grounds, second.grounds, third[0].grounds) == ("a", "a", "ab")
    with pytest.raises(NotFound):
        await portal.writer.case(portal.party.ids())


def test_a_draft_and_a_frozen_case_have_the_same_fields() -> None:
    assert Case.__struct_fields__ == CaseDraft.__struct_fields__
    draft = CaseDraft(
        "id", "act", "con", BASE, BASE, form={"a": "b"}, inputs={"text": "x"}, last_numbers={"gateway": 1}
    )
    draft.registers = {"gbd_fl": RegisterAnswer(found=True, record={"iin": "1", "more": {"deep": ["1"]}})}
    draft.shown += (ShownStatus("received", BASE, "message"),)
    case = draft.frozen()
    assert list(attack(case)) == []
    draft.form, draft.sent = {}, 1
    assert (case.form, case.sent, case.draft().form) == ({"a": "b"}, 0, {"a": "b"})
    assert msgspec.structs.astuple(case.draft()) == msgspec.structs.astuple(case)
    assert Case.read(case.row()["whole"]) == case


def test_the_row_of_an_earlier_release_is_read() -> None:
    """A row as 3d4bea4 wrote it."""
    whole = (
        b'{"case_id":"id","regulation":"act","channel":"con","opened_at":"2012-10-01T04:00:00Z",'
        b'"changed_at":"2012-10-01T04:00:00Z","at":"end:issued","since":null,"person":"","iin":"1","name":"","number":"",'
        b'"status":"received","decision":"","result":"","ground":"","detail":"","refused_at":"","grounds":"",'
        b'"form":{"address":"x"},"asked":["gbd_fl"],"registers":{"gbd_fl":{"found":true,"record":{"iin":"1"}}},'
        b'"certificate":"","given_in":{"letter":"x"},"paper":["YQ==","Yg=="],"pdf":"","pdf_digest":"","steps":[],'
        b'"shown":[{"status":"received","shown_at":"2012-10-01T04:00:00.500000+00:00","message_id":""}],'
        b'"sent":1,"seen":{"gateway":2},"given":{},"held":0}'
    )
    case = Case.read(whole)
    assert case.shown == (
        ShownStatus("received", BASE.replace(year=2012, month=10, day=1, hour=4, minute=0, microsecond=500000), ""),
    )
    assert case.registers == {"gbd_fl": RegisterAnswer(found=True, record={"iin": "1"})}
    assert (case.paper, case.end, case.asked) == ((b"a", b"b"), "issued", ("gbd_fl",))
    again = msgspec.json.decode(case.row()["whole"])
    assert again["registers"] == {"gbd_fl": {"found": True, "record": {"iin": "1"}}}


def test_what_was_wrong_is_said_in_the_readers_language_or_as_it_was_stored_before() -> None:
    new = Case("019cacb3-f200-7051-b3f4-43cca39f8a22", "an-act", "con", BASE, BASE)
    case = msgspec.structs.replace(new, detail="құжат жоқ", faults=(Texts("құжат жоқ", "нет документа", "no paper"),))
    assert Case.read(case.row()["whole"]) == case
    assert [case.explained(language) for language in ("kk", "ru", "en")] == ["құжат жоқ", "нет документа", "no paper"]
    assert msgspec.structs.replace(case, detail="Мөр жоқ").explained("ru") == "Мөр жоқ", (
        "an official wrote it afterwards"
    )
    stored = {name: value for name, value in msgspec.json.decode(case.row()["whole"]).items() if name != "faults"}
    before = Case.read(msgspec.json.encode(stored))
    assert {before.explained(language) for language in ("kk", "ru", "en")} == {"құжат жоқ"}
