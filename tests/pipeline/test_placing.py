"""What a batch makes of each message: handle it, park it, refuse it, drop it or nothing, and what its number counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.eds.verdict import Verdict
from aimaq.language.clock import StandClock
from aimaq.language.errors import (
    AimaqError,
    BadSignature,
    Fate,
    InvalidInput,
    NotFound,
    Returned,
    Technical,
    Unavailable,
)
from aimaq.language.ids import Ids
from aimaq.language.messages import StatusChanged
from aimaq.pipeline.batch import Batch
from aimaq.pipeline.items import NoExamination, Order
from aimaq.pipeline.working_set import Forgotten
from tests.parties import BASE
from tests.pipeline.workbench import Workbench, arrived, case, disbelieved, message, workbench

IDS = Ids(StandClock(lambda: BASE))
DROP = Order("drop", "dana", IDS(), IDS(), "of no use")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with workbench() as made:
        yield made


@pytest.fixture
def case_id() -> str:
    return IDS()


@pytest.fixture
def ordered(case_id: str) -> list[Received]:
    """The messages of one case, in the order of their numbers; the one at index 0 has number 1."""
    return [message(IDS(), case_id, number) for number in range(1, 6)]


def keys(messages: list[Received]) -> list[str]:
    return [one.key for one in messages]


def numbers(bench: Workbench, case_id: str) -> tuple[int, int]:
    """The last number that a case counts under the gateway's key, and how many of its messages are parked."""
    found = bench.case(case_id)
    assert found is not None
    return found.last_numbers["gateway"], found.parked


# --- in order ---------------------------------------------------------------------------------------------------


def test_a_message_whose_turn_it_is_is_handled_and_counted(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.arrive(ordered[0])
    bench.arrive(ordered[1])
    assert bench.handled == keys(ordered[:2])
    assert numbers(bench, case_id) == (2, 0)
    row = bench.inbox()[ordered[1].key]
    assert (row["state"], row["number"], row["body"], row["reason"]) == ("done", 2, None, None)


def test_a_message_without_a_number_is_handled_at_once_and_counts_nothing(bench: Workbench, case_id: str) -> None:
    bench.arrive(message(IDS(), case_id, 3), free := message(IDS(), case_id, 0))
    assert bench.handled == [free.key]
    found = bench.case(case_id)
    assert found is not None
    assert dict(found.last_numbers) == {}


def test_a_message_that_comes_too_early_is_parked_with_its_bytes(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.put(case(case_id))
    bench.arrive(ordered[1])
    assert bench.handled == []
    row = bench.inbox()[ordered[1].key]
    assert (row["state"], row["number"], row["body"]) == ("held", 2, ordered[1].incoming.body)
    assert (bench.cache.parked, bench.case(case_id)) == (1, case(case_id, parked=1))


def test_a_message_that_comes_before_its_case_is_parked_without_one(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.arrive(ordered[1])
    assert (bench.states(), bench.case(case_id), bench.cache.parked) == ({ordered[1].key: "held"}, None, 1)


@pytest.mark.parametrize("order", [[1, 0], [2, 1, 0], [2, 0, 1], [1, 0, 2], [0, 2, 1], [4, 3, 2, 1, 0]])
@pytest.mark.parametrize("together", [True, False])
def test_whatever_the_order_all_are_handled_in_the_order_of_their_numbers(
    bench: Workbench, case_id: str, ordered: list[Received], order: list[int], together: bool
) -> None:
    messages = [ordered[index] for index in order]
    for batch in [messages] if together else [[one] for one in messages]:
        bench.arrive(*batch)
    assert bench.handled == keys(ordered[: len(order)])
    assert set(bench.states().values()) == {"done"}
    assert numbers(bench, case_id) == (len(order), 0)
    assert bench.cache.parked == 0
    assert {row["body"] for row in bench.inbox().values()} == {None}


def test_what_still_lacks_one_before_it_stays_parked(bench: Workbench, case_id: str, ordered: list[Received]) -> None:
    bench.arrive(ordered[4], ordered[3])
    bench.arrive(ordered[1])
    bench.arrive(ordered[0])
    assert bench.handled == keys(ordered[:2])
    assert numbers(bench, case_id) == (2, 2)
    assert bench.cache.parked == 2
    bench.arrive(ordered[2])
    assert bench.handled == keys(ordered)
    assert numbers(bench, case_id) == (5, 0)


def test_parked_messages_of_one_case_are_not_released_by_another(bench: Workbench, ordered: list[Received]) -> None:
    other = IDS()
    bench.arrive(ordered[1], message(IDS(), other, 2))
    bench.arrive(ordered[0])
    assert bench.handled == keys(ordered[:2])
    assert numbers(bench, ordered[0].envelope.case_id) == (2, 0)
    assert (bench.cache.parked, bench.case(other)) == (1, None)


def test_what_waits_for_one_sender_is_not_released_by_another(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    early = message(IDS(), case_id, 2, sender="portal")
    bench.arrive(ordered[0], early)
    bench.arrive(ordered[1])
    assert bench.handled == keys(ordered[:2])
    assert numbers(bench, case_id) == (2, 1)
    first = message(IDS(), case_id, 1, sender="portal")
    bench.arrive(first, careful=True)
    assert bench.handled == [*keys(ordered[:2]), first.key, early.key]
    assert numbers(bench, case_id) == (2, 0)


def test_a_parked_row_that_is_tried_too_early_and_then_due_in_one_batch_is_handled(
    bench: Workbench, ordered: list[Received]
) -> None:
    bench.put_message(ordered[1], "held")
    bench.run(arrived(ordered[1], stored=ordered[1].key), arrived(ordered[0]))
    assert bench.handled == keys(ordered[:2])
    assert set(bench.states().values()) == {"done"}


def test_a_parked_row_that_is_no_longer_believed_is_not_released(bench: Workbench, ordered: list[Received]) -> None:
    bench.arrive(ordered[1])
    bench.conn.execute(bench.tables.inbox.update().values(signature="nobody"))
    bench.arrive(ordered[0])
    assert bench.handled == keys(ordered[:1])
    assert bench.states()[ordered[1].key] == "held"


def test_a_parked_row_that_is_released_has_the_verdict_from_when_it_came(
    bench: Workbench, ordered: list[Received]
) -> None:
    verdicts = {ordered[1].digest: Verdict((), None)}

    class Remembered(NoExamination):
        def recall(self, received: Received) -> None:
            received.verdict = verdicts[received.digest]

    found = dict[str, object]()
    bench.rules = replace(bench.rules, examination=Remembered())
    bench.reaction = lambda _, received: found.update({received.key: received.verdict})
    bench.arrive(ordered[1])
    bench.arrive(ordered[0])
    assert list(found) == keys(ordered[:2])
    assert found[ordered[1].key] is verdicts[ordered[1].digest]


def test_the_one_that_was_parked_by_this_batch_and_has_a_row_makes_it_careful(
    bench: Workbench, ordered: list[Received]
) -> None:
    bench.arrive(ordered[1])
    bench.cache.messages.clear()
    with pytest.raises(Forgotten):
        bench.arrive(ordered[1], ordered[0])
    bench.handled.clear()
    bench.arrive(ordered[1], ordered[0], careful=True)
    assert bench.handled == keys(ordered[:2])


# --- too many that wait -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_a_sender_that_has_as_many_parked_as_it_may_is_refused_and_another_is_not(
    bench: Workbench, case_id: str, ordered: list[Received], together: bool
) -> None:
    bench.settings = replace(bench.settings, parked=3)
    bench.arrive(message(IDS(), IDS(), 2))
    other = message(IDS(), case_id, 2, sender="portal")
    early = [*ordered[1:4], other]
    for batch in [early] if together else [[one] for one in early]:
        bench.arrive(*batch)
    reason = "invalid-input: sequence: 3 messages of gateway wait for earlier ones of their cases"
    assert bench.refused == [(ordered[3].key, reason)]
    row = bench.inbox()[ordered[3].key]
    assert (row["state"], row["number"], row["reason"], row["body"]) == ("done", 0, reason, None)
    assert [bench.states()[key] for key in [*keys(ordered[1:3]), other.key]] == ["held"] * 3
    assert (bench.cache.parked, bench.case(case_id)) == (4, None)


def test_what_waits_already_is_parked_again_however_many_wait(bench: Workbench, ordered: list[Received]) -> None:
    bench.settings = replace(bench.settings, parked=1)
    bench.put_message(ordered[2], "held")
    bench.run(arrived(ordered[2], stored=ordered[2].key))
    assert (bench.refused, bench.states()) == ([], {ordered[2].key: "held"})


# --- twice ------------------------------------------------------------------------------------------------------


def test_the_same_message_again_is_handled_once(bench: Workbench, case_id: str, ordered: list[Received]) -> None:
    bench.arrive(ordered[0], ordered[0])
    bench.arrive(ordered[0])
    assert (bench.handled, bench.refused) == ([ordered[0].key], [])
    assert len(bench.inbox()) == 1


@pytest.mark.parametrize("together", [True, False])
def test_another_message_under_a_used_id_is_refused_under_an_id_of_its_own(
    bench: Workbench, case_id: str, ordered: list[Received], together: bool
) -> None:
    other = message(ordered[0].key, case_id, 2)
    for batch in [[ordered[0], other]] if together else [[ordered[0]], [other]]:
        bench.arrive(*batch)
    assert bench.handled == [ordered[0].key]
    reason = f"used-id: message_id: the id {ordered[0].key} was used for another message"
    assert bench.refused == [(ordered[0].key, reason)]
    first, second = bench.inbox().values()
    assert (first["message_id"], first["state"], first["reason"]) == (ordered[0].key, "done", None)
    assert (second["number"], second["reason"], second["digest"]) == (0, reason, other.digest)
    assert numbers(bench, case_id) == (1, 0)


def test_a_used_number_is_refused_and_not_counted_again(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.arrive(*ordered[:2])
    for number in (1, 2):
        bench.arrive(twin := message(IDS(), case_id, number))
        reason = f"invalid-input: sequence: number {number} was used before in this case"
        assert bench.refused[-1] == (twin.key, reason)
        assert (bench.inbox()[twin.key]["number"], bench.inbox()[twin.key]["reason"]) == (0, reason)
    assert bench.handled == keys(ordered[:2])
    assert numbers(bench, case_id) == (2, 0)


def test_nothing_is_made_of_a_used_number_that_is_older_than_the_rows(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.arrive(ordered[0])
    old = message(IDS(), case_id, 1, occurred_at=BASE - bench.settings.remembered - timedelta(seconds=1))
    bench.arrive(old)
    assert (bench.handled, bench.refused) == ([ordered[0].key], [])
    assert set(bench.states()) == {ordered[0].key}


def test_at_the_gateway_an_old_message_with_a_used_number_is_refused_like_any_other(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.party = "gateway"
    bench.arrive(ordered[0])
    old = message(IDS(), case_id, 1, occurred_at=BASE - bench.settings.remembered - timedelta(seconds=1))
    bench.arrive(old)
    assert [key for key, _ in bench.refused] == [old.key]


def test_a_stored_message_is_refused_for_its_number_however_old_it_is(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.arrive(ordered[0])
    old = message(IDS(), case_id, 1, occurred_at=BASE - bench.settings.remembered - timedelta(seconds=1))
    bench.put_message(old, "held")
    bench.run(arrived(old, stored=old.key))
    assert [key for key, _ in bench.refused] == [old.key]
    assert bench.states()[old.key] == "done"


def test_a_stored_message_that_comes_again_in_the_same_batch_makes_it_careful(
    bench: Workbench, ordered: list[Received]
) -> None:
    for commands in (
        [arrived(ordered[0]), arrived(ordered[0], stored=ordered[0].key)],
        [arrived(ordered[0], stored=ordered[0].key), arrived(ordered[0])],
    ):
        bench.cache.clear()
        if not bench.inbox():
            bench.put_message(ordered[0], "retry")
        with pytest.raises(Forgotten):
            bench.run(*commands)


# --- refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [BadSignature(), None])
def test_what_is_not_believed_is_refused_and_concerns_no_case(bench: Workbench, error: AimaqError | None) -> None:
    stranger = disbelieved(error)
    bench.arrive(stranger)
    reason = BadSignature().reason
    assert bench.refused == [(stranger.digest[:36], reason)]
    row = bench.inbox()[stranger.digest[:36]]
    assert (row["reason"], row["number"], row["case_id"]) == (reason, 0, None)


def test_a_refused_message_counts_so_that_the_next_can_be_handled(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    ordered[0].error = InvalidInput(Technical("no such form"))
    bench.arrive(ordered[1], ordered[0])
    assert bench.refused == [(ordered[0].key, "invalid-input: no such form")]
    assert bench.handled == [ordered[1].key]
    assert bench.inbox()[ordered[0].key]["reason"] == "invalid-input: no such form"
    assert numbers(bench, case_id) == (2, 0)
    found = bench.case(case_id)
    assert found is not None
    assert (found.regulation, found.channel) == ("act", "con")


def test_a_refusal_leaves_what_is_known_of_the_case(bench: Workbench, case_id: str, ordered: list[Received]) -> None:
    bench.put(case(case_id, status="received", last_numbers={"gateway": 1}))
    ordered[1].error = InvalidInput(Technical("no such form"))
    bench.arrive(ordered[1])
    assert bench.case(case_id) == case(case_id, status="received", last_numbers={"gateway": 2})


def test_a_refused_message_that_is_laid_aside_keeps_its_bytes(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.aside = "for an operator to see"
    ordered[0].error = InvalidInput(Technical("no such form"))
    bench.arrive(ordered[0], stranger := disbelieved(BadSignature()))
    for received in (ordered[0], stranger):
        row = bench.inbox()[received.key]
        assert (row["state"], row["reason"], row["body"]) == ("dead", bench.aside, received.incoming.body)
    assert numbers(bench, case_id) == (1, 0)


def test_a_refused_message_that_comes_too_early_waits_for_its_turn_too(
    bench: Workbench, ordered: list[Received]
) -> None:
    ordered[1].error = InvalidInput(Technical("no such form"))
    bench.arrive(ordered[1])
    assert (bench.refused, bench.states()) == ([], {ordered[1].key: "held"})


# --- failed -----------------------------------------------------------------------------------------------------


class Odd(AimaqError):
    """An error that neither refuses a message nor has it tried again."""

    fate = Fate.DEAD


def failing(bench: Workbench, error: Exception, ordered: list[Received]) -> Batch:
    """A batch whose first message fails with an error after it changed its case, and whose second waits for it."""

    def react(uow: UnitOfWork, received: Received) -> None:
        if received.key == ordered[0].key:
            raise error

    bench.reaction = react
    return bench.arrive(*ordered[:2])


def test_what_fails_is_tried_again_later_with_a_growing_pause_and_then_laid_aside(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    batch = failing(bench, RuntimeError("out of paper"), ordered)
    for attempt, pause in ((1, 10), (2, 20)):
        batch = tried_again(bench, batch, ordered[0], attempt, pause, "RuntimeError: out of paper")
    row = bench.inbox()[ordered[0].key]
    assert (row["state"], row["attempts"], row["due_at"]) == ("dead", 3, None)
    assert row["reason"] == "RuntimeError: out of paper"
    assert batch.effects.retries == []
    assert (bench.handled, bench.refused, bench.case(case_id)) == ([], [], None)
    assert bench.states()[ordered[1].key] == "held"


def test_what_waits_for_a_service_out_of_reach_is_tried_again_without_end(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    batch = failing(bench, Unavailable(Technical("the printer is away")), ordered)
    for attempt in range(1, 4 * bench.settings.retry_times):
        pause = min(10 * 2 ** (attempt - 1), bench.settings.retry_most)
        batch = tried_again(bench, batch, ordered[0], attempt, pause, "unavailable: the printer is away")
    assert (bench.handled, bench.refused, bench.case(case_id)) == ([], [], None)
    assert bench.states()[ordered[1].key] == "held"
    bench.reaction = None
    bench.run(arrived(ordered[0], stored=ordered[0].key, attempts=attempt))
    assert bench.handled == keys(ordered[:2])
    assert set(bench.states().values()) == {"done"}


def tried_again(bench: Workbench, batch: Batch, received: Received, attempt: int, pause: float, reason: str) -> Batch:
    """The next batch, in which a message is tried again that has failed so often, and waits so many seconds."""
    row = bench.inbox()[received.key]
    due = BASE + timedelta(seconds=pause)
    assert batch.effects.retries == [(received.key, due)]
    assert (row["state"], row["attempts"], row["due_at"], row["reason"]) == ("retry", attempt, due, reason)
    assert (row["number"], row["body"]) == (1, received.incoming.body)
    return bench.run(arrived(received, stored=received.key, attempts=attempt))


def test_what_works_at_the_second_attempt_releases_what_waited(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    failing(bench, RuntimeError("out of paper"), ordered)
    bench.reaction = None
    bench.run(arrived(ordered[0], stored=ordered[0].key, attempts=1))
    assert bench.handled == keys(ordered[:2])
    assert set(bench.states().values()) == {"done"}
    assert numbers(bench, case_id) == (2, 0)


def test_an_error_that_nobody_foresaw_is_logged_with_its_trace_and_one_that_somebody_did_is_not(
    bench: Workbench, ordered: list[Received], caplog: pytest.LogCaptureFixture
) -> None:
    failing(bench, Unavailable(Technical("the printer is away")), ordered)
    assert caplog.records == []
    fault = RuntimeError("out of paper")
    failing(bench, fault, [message(IDS(), IDS()), ordered[1]])
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is fault


def test_an_error_that_is_nobodys_to_answer_is_laid_aside_at_once(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    batch = failing(bench, Odd(Technical("odd")), ordered)
    row = bench.inbox()[ordered[0].key]
    assert (row["state"], row["attempts"], row["reason"]) == ("dead", 1, "internal: odd")
    assert (batch.effects.retries, bench.refused, bench.case(case_id)) == ([], [], None)
    assert bench.states()[ordered[1].key] == "held"


def test_a_refusal_by_the_handler_is_answered_and_the_next_is_handled(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    failing(bench, InvalidInput(Technical("no such form")), ordered)
    assert bench.refused == [(ordered[0].key, "invalid-input: no such form")]
    row = bench.inbox()[ordered[0].key]
    assert (row["state"], row["number"], row["reason"]) == ("done", 1, "invalid-input: no such form")
    assert bench.handled == [ordered[1].key]
    assert numbers(bench, case_id) == (2, 0)


def test_what_a_handler_lays_aside_is_a_dead_letter_and_its_number_counts(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    def react(uow: UnitOfWork, received: Received) -> None:
        uow.aside = "rejected by lea" if received.key == ordered[0].key else None

    bench.reaction = react
    bench.arrive(*ordered[:2])
    row = bench.inbox()[ordered[0].key]
    assert (row["state"], row["reason"], row["body"]) == ("dead", "rejected by lea", ordered[0].incoming.body)
    assert bench.states()[ordered[1].key] == "done"
    assert numbers(bench, case_id) == (2, 0)


@pytest.mark.parametrize("error", [None, RuntimeError("out of paper")])
def test_what_a_handler_sends_leaves_with_the_batch_unless_it_fails(
    bench: Workbench, ordered: list[Received], error: Exception | None
) -> None:
    def react(uow: UnitOfWork, received: Received) -> None:
        uow.send(StatusChanged(status="completed"), "portal")
        if error is not None:
            raise error

    bench.reaction = react
    batch = bench.arrive(ordered[0])
    sent = [json.loads(outgoing.body) for outgoing in batch.effects.messages]
    assert [(one["sender"], one["recipient"]) for one in sent] == ([("con", "portal")] if error is None else [])


# --- put back and dropped by an operator ------------------------------------------------------------------------


def test_a_message_that_no_longer_waits_cannot_be_put_back(bench: Workbench, ordered: list[Received]) -> None:
    bench.put_message(ordered[0])
    done, gone = arrived(ordered[0], stored=ordered[0].key), arrived(ordered[1], stored=ordered[1].key)
    bench.run(done, gone)
    for command, received in ((done, ordered[0]), (gone, ordered[1])):
        assert isinstance(command.error, NotFound)
        assert command.error.detail == f"no dead letter {received.key} is here"
        assert command.error.field == "message_id"
    assert bench.handled == []


def test_a_message_put_back_twice_in_one_batch_is_handled_once(bench: Workbench, ordered: list[Received]) -> None:
    bench.put_message(ordered[0], "dead")
    first, second = arrived(ordered[0], stored=ordered[0].key), arrived(ordered[0], stored=ordered[0].key)
    bench.run(first, second)
    assert bench.handled == [ordered[0].key]
    assert (first.error, type(second.error)) == (None, NotFound)


async def test_what_an_operator_puts_back_is_handled_though_its_number_is_used_and_the_count_stays(
    bench: Workbench, case_id: str, ordered: list[Received]
) -> None:
    bench.put_message(ordered[0], "dead")
    bench.put(case(case_id, last_numbers={"gateway": 2}))
    done = asyncio.get_running_loop().create_future()
    bench.run(arrived(ordered[0], stored=ordered[0].key, done=done), careful=True)
    assert (bench.handled, bench.refused) == ([ordered[0].key], [])
    assert numbers(bench, case_id) == (2, 0)


@pytest.mark.parametrize(("last", "counted", "handled"), [(0, 1, True), (2, 2, False)])
def test_a_dropped_message_counts_if_it_was_due_and_is_not_handled(
    bench: Workbench, case_id: str, ordered: list[Received], last: int, counted: int, handled: bool
) -> None:
    bench.put_message(ordered[0], "dead")
    bench.put_message(ordered[1], "held")
    bench.put(case(case_id, last_numbers={"gateway": last}, parked=1))
    bench.run(arrived(ordered[0], stored=ordered[0].key, order=DROP), careful=True)
    row = bench.inbox()[ordered[0].key]
    assert (row["state"], row["reason"], row["body"]) == ("done", "dropped", None)
    assert row["number"] == (1 if handled else 0)
    assert bench.handled == ([ordered[1].key] if handled else [])
    assert numbers(bench, case_id)[0] == (2 if handled else counted)


def test_the_sender_of_a_returned_message_is_told_why_and_of_a_dropped_one_nothing(
    bench: Workbench, ordered: list[Received]
) -> None:
    for one, order in ((ordered[0], DROP), (ordered[1], Order("return", "dana", IDS(), IDS(), "write it anew"))):
        bench.put_message(one, "dead")
        bench.run(arrived(one, stored=one.key, order=order))
        assert bench.inbox()[one.key]["reason"] == "dropped"
    assert bench.refused == [(ordered[1].key, Returned(Technical("write it anew")).reason)]


def test_a_dropped_message_that_is_not_believed_concerns_no_case(bench: Workbench) -> None:
    stranger = disbelieved(BadSignature())
    bench.put_message(stranger, "dead")
    bench.run(arrived(stranger, stored=stranger.key, order=DROP))
    row = bench.inbox()[stranger.key]
    assert (row["state"], row["reason"], row["number"]) == ("done", "dropped", 0)
    assert bench.refused == []
