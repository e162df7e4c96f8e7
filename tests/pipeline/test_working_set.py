"""What a batch works on: which cases and messages it asks the database for, and what its drafts leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from aimaq.casework.case import CaseDraft
from aimaq.casework.unit_of_work import Party, UnitOfWork
from aimaq.pipeline.items import QueuedCommand, nothing
from tests.parties import BASE
from tests.pipeline.workbench import Workbench, arrived, case, message, workbench


@pytest.fixture
def stored() -> Iterator[Workbench]:
    with workbench() as made:
        yield made


def test_a_case_comes_from_what_is_remembered_and_else_from_the_database(stored: Workbench) -> None:
    stored.put(case("a"), case("b"), case("c"))
    stored.cache.cases.put("a", case("a", status="remembered"))
    working = stored.loaded(QueuedCommand(nothing, "a"), QueuedCommand(nothing, "b"), QueuedCommand(nothing, "none"))
    assert working.cases == {"a": case("a", status="remembered"), "b": case("b")}
    assert working.stored == {"a", "b"}
    assert working.changed == set()


def test_for_a_command_without_a_case_or_on_a_new_one_no_case_is_read(stored: Workbench) -> None:
    stored.put(case("a"), case("b"))
    working = stored.loaded(
        QueuedCommand(nothing), QueuedCommand(nothing, "a", fresh=True), QueuedCommand(nothing, "b")
    )
    assert set(working.cases) == {"b"}


@pytest.mark.parametrize(("sequence", "careful", "found"), [(1, False, False), (1, True, True), (2, False, True)])
def test_the_case_of_a_first_message_is_taken_for_new_unless_careful(
    stored: Workbench, sequence: int, careful: bool, found: bool
) -> None:
    stored.put(case("a"))
    working = stored.loaded(arrived(message("m", "a", sequence)), careful=careful)
    assert ("a" in working.cases) is found


def test_the_digests_of_messages_are_remembered_or_where_careful_read(stored: Workbench) -> None:
    before = message("before", "a")
    stored.put_message(before)
    stored.cache.messages.put("before", "remembered")
    commands = [arrived(before), arrived(message("new", "a"))]
    assert stored.loaded(*commands).digests == {"before": "remembered"}
    assert stored.loaded(*commands, careful=True).digests == {"before": before.digest}
    stored.cache.clear()
    assert stored.loaded(*commands).digests == {}


def test_of_messages_that_have_a_row_those_still_to_be_handled_are_known(stored: Workbench) -> None:
    parked, done = message("parked", "a"), message("done", "a")
    stored.put_message(parked, "held")
    stored.put_message(done)
    stored.cache.messages.put("parked", "remembered")
    for careful in (False, True):
        working = stored.loaded(arrived(parked, stored="parked"), arrived(done, stored="done"), careful=careful)
        assert working.unfinished == {"parked"}
        assert working.digests == {}, "a message that is put back is not taken for its own duplicate"


def test_a_careful_batch_without_new_messages_knows_no_digest(stored: Workbench) -> None:
    working = stored.loaded(QueuedCommand(nothing, "a"), careful=True)
    assert (working.digests, working.unfinished) == ({}, set())


def test_a_services_extension_is_prepared_for_every_message_and_no_command(stored: Workbench) -> None:
    first, again = message("first", "a"), message("again", "a", 2)
    stored.loaded(QueuedCommand(nothing, "a"), arrived(first), arrived(again, stored="again"))
    assert stored.witness.prepared == [(stored.conn, [first, again])]


def test_a_draft_is_of_a_case_that_is_here(stored: Workbench) -> None:
    stored.put(case("a"))
    working = stored.loaded(QueuedCommand(nothing, "a"))
    draft = working.draft("a")
    assert draft is not None
    assert draft.frozen() == case("a")
    assert working.draft("none") is None
    assert working.draft("") is None
    assert working.draft(None) is None


def unit(of: CaseDraft | None, party: Any = None) -> UnitOfWork:
    """A unit of work on a case, an hour after it was changed last."""
    nobody: Party = party
    return UnitOfWork(nobody, BASE + timedelta(hours=1), of)


def test_what_a_unit_of_work_leaves_is_kept_and_what_it_did_not_change_is_not_written(stored: Workbench) -> None:
    stored.put(case("a"), case("b"))
    working = stored.loaded(QueuedCommand(nothing, "a"), QueuedCommand(nothing, "b"))
    changed, same = working.draft("a"), working.draft("b")
    assert changed is not None
    changed.status = "changed"
    after = working.keep(unit(changed))
    assert after is not None
    assert (after.status, after.changed_at) == ("changed", BASE + timedelta(hours=1))
    assert working.keep(unit(same)) is working.cases["b"]
    assert working.keep(unit(None)) is None
    assert working.cases == {"a": after, "b": case("b")}
    assert working.changed == {"a"}


def test_a_new_case_is_kept_as_it_was_opened(stored: Workbench) -> None:
    working = stored.loaded(QueuedCommand(nothing, "new", fresh=True))
    opened = CaseDraft("new", "act", "con", BASE, BASE)
    assert working.keep(unit(opened)) == case("new")
    assert (working.changed, working.stored) == ({"new"}, set())
    assert working.cases == {"new": case("new")}


def test_a_count_of_parked_messages_that_is_the_same_changes_nothing(stored: Workbench) -> None:
    stored.put(case("a"))
    working = stored.loaded(QueuedCommand(nothing, "a"))
    working.count_parked(working.cases["a"], 0)
    assert working.changed == set()
    working.count_parked(working.cases["a"], 2)
    assert (working.cases["a"], working.changed) == (case("a", parked=2), {"a"})
