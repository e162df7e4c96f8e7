"""What a service counts of messages: each once, under words of its own, whatever strangers call themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aimaq.bus import IncomingMessage
from aimaq.casework.unit_of_work import Received, UnitOfWork
from aimaq.language.clock import StandClock
from aimaq.language.errors import BadSignature, OutOfOrder, Unavailable
from aimaq.language.messages import PARTIES, TYPES
from aimaq.pipeline.telemetry.counts import Counts
from aimaq.pipeline.telemetry.families import OTHER
from aimaq.pipeline.telemetry.histogram import Histogram
from aimaq.pipeline.telemetry.outcomes import FAULT, FOR_OPERATOR, Outcome, What, slug_of
from tests.parties import BASE
from tests.pipeline.messages import step
from tests.pipeline.workbench import Workbench, arrived, case, disbelieved, message, workbench

CASE = "019cacb3-f200-72a4-b777-6ddd64133b9e"
IDS = [f"019cacb3-f200-7000-8000-{number:012d}" for number in range(100)]


def counts(party: str = "gateway") -> Counts:
    return Counts(party, StandClock(lambda: BASE))


def count(found: Counts, *outcomes: Outcome) -> Counts:
    found.committed(outcomes, (), Counter())
    return found


def named(sender: str, recipient: str = "lea", type: str = "StatusChanged") -> Received:
    return message(IDS[0], CASE, sender=sender, recipient=recipient, type=type)


def test_a_message_is_counted_by_link_type_and_outcome() -> None:
    found = count(counts(), Outcome(named("con", "lea:mamlyut-employment"), "accepted"))
    assert found.messages == {("con", "lea", "StatusChanged", "accepted"): 1}


@pytest.mark.parametrize("name", ["mallory", "gateway:x:y", "other", "", "l" * 100])
def test_a_name_from_outside_is_another(name: str) -> None:
    found = count(counts(), *(Outcome(named(name, name, f"{name}{n}"), "accepted") for n in range(50)))
    known = {*PARTIES, OTHER}
    assert len(found.messages) == 1
    ((sender, recipient, type_, _),) = found.messages
    assert {sender, recipient} <= known
    assert type_ == OTHER


def test_of_a_message_that_nobody_believes_only_its_publisher_is_counted() -> None:
    found = counts("con")
    for publisher in ("lea", None, "nobody", "lea"):
        one = Received(IncomingMessage(b"not a message", "", 1, publisher), BASE, "0" * 64)
        count(found, Outcome(one, "rejected", BadSignature.slug))
    assert found.messages == {("lea", OTHER, OTHER, "rejected"): 2, (OTHER, OTHER, OTHER, "rejected"): 2}
    assert found.not_believed == Counter({"lea": 2, OTHER: 2})
    assert set(found.not_believed) == {*PARTIES, OTHER}, "each has a series from the beginning"
    assert found.rejected == {BadSignature.slug: 4}
    assert not found.latency


def test_no_label_is_ever_a_word_from_outside_however_many_there_are() -> None:
    found = counts()
    every: list[What] = ["accepted", "rejected", "held", "retried", "dead"]
    for number in range(2000):
        one = named(f"s{number}", f"r{number}", f"T{number}")
        steps = (step("process-1", f"operation-{number}", f"unit-{number}"),)
        one.parsed = replace(one.envelope, steps=steps)
        count(found, Outcome(one, every[number % 5]))
    assert len(found.messages) == 5
    assert len(found.latency) == 1
    assert set(found.steps) == {(OTHER, OTHER)}
    assert {*TYPES, OTHER} >= {type_ for _, _, type_, _ in found.messages}


def test_a_rejection_that_is_laid_aside_is_both() -> None:
    found = count(counts("con"), Outcome(named("gateway", "con"), "rejected", "not-found", aside=True))
    assert found.rejected == found.dead == {"not-found": 1}
    assert found.messages[("gateway", "con", "StatusChanged", "rejected")] == 1


def test_a_failure_is_counted_by_what_it_is_called_in_the_code() -> None:
    assert slug_of(OutOfOrder()) == "out-of-order"
    assert slug_of(ValueError("900101300017")) == FAULT


def test_latency_is_real_time_and_never_below_none() -> None:
    clock = StandClock(lambda: BASE)
    clock.advance(timedelta(days=3))
    found = Counts("lea", clock)
    count(found, Outcome(named("con"), "accepted"))
    ahead = message(IDS[1], CASE, sender="con", recipient="lea", occurred_at=clock.now() + timedelta(minutes=4))
    count(found, Outcome(ahead, "accepted"))
    histogram = found.latency[("con", "lea")]
    assert (sum(histogram.counts), histogram.total) == (2, 0.0)


def test_steps_are_measured_at_the_gateway_alone() -> None:
    took = replace(step("process-6", "register", "lea"), ended_at=BASE + timedelta(minutes=20))
    for party in ("gateway", "portal"):
        one = named("lea", "portal")
        one.parsed = replace(one.envelope, steps=(took,))
        found = count(counts(party), Outcome(one, "accepted"))
        measured = {labels: one.total for labels, one in found.steps.items()}
        assert measured == ({("lea", "register"): 1200.0} if party == "gateway" else {})


def test_a_histogram_counts_a_value_at_the_first_bound_that_is_not_below_it() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.0, 1.0, 1.5, 2.0, 2.5):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 1]
    assert histogram.total == 7.0


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with workbench() as made:
        yield made


def outcomes(bench: Workbench) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (*_, what), number in bench.counts.messages.items():
        found[what] += number
    return dict(found)


def test_a_batch_counts_what_it_did_with_each_message_once_it_is_committed(bench: Workbench) -> None:
    bench.put(case(CASE))
    bench.arrive(message(IDS[0], CASE), message(IDS[2], CASE, 3), disbelieved(BadSignature()))
    assert outcomes(bench) == {"accepted": 1, "held": 1, "rejected": 1}
    bench.arrive(message(IDS[0], CASE))
    assert outcomes(bench) == {"accepted": 1, "held": 1, "rejected": 1}, "one that came before is not counted again"
    bench.arrive(message(IDS[1], CASE, 2))
    assert outcomes(bench) == {"accepted": 3, "held": 1, "rejected": 1}, "what was held has gone on"


def test_a_batch_that_is_not_committed_is_not_counted(bench: Workbench) -> None:
    from aimaq.pipeline.batch import Batch

    remember = Batch.remember
    try:
        Batch.remember = lambda self: None  # type: ignore[method-assign]
        bench.arrive(message(IDS[0], CASE))
    finally:
        Batch.remember = remember  # type: ignore[method-assign]
    assert outcomes(bench) == {}


def test_a_try_that_failed_and_the_last_one_are_counted_with_their_reason(bench: Workbench) -> None:
    bench.put(case(CASE))

    def failing(*_: object) -> None:
        raise Unavailable

    bench.reaction = failing
    bench.arrive(message(IDS[0], CASE))
    assert outcomes(bench) == {"retried": 1}
    assert bench.counts.retried == {Unavailable.slug: 1}


def test_the_last_try_that_failed_is_a_dead_letter_with_its_reason(bench: Workbench) -> None:
    def failing(*_: object) -> None:
        raise ValueError("900101300017")

    bench.reaction = failing
    bench.run(arrived(message(IDS[0], CASE), attempts=bench.settings.retry_times - 1))
    assert outcomes(bench) == {"dead": 1}
    assert bench.counts.dead == {FAULT: 1}


@pytest.mark.parametrize("aside", [None, "bad-signature: for an operator"])
def test_a_batch_counts_a_rejection_with_its_reason_and_whether_it_is_laid_aside(
    bench: Workbench, aside: str | None
) -> None:
    bench.aside = aside
    bench.arrive(disbelieved(BadSignature()))
    assert bench.counts.rejected == {BadSignature.slug: 1}
    assert bench.counts.dead == ({} if aside is None else {BadSignature.slug: 1})
    assert outcomes(bench) == {"rejected": 1}


def test_what_a_handler_leaves_to_an_operator_is_a_dead_letter(bench: Workbench) -> None:
    def leaving(uow: UnitOfWork, _: Received) -> None:
        uow.aside = "rejected by lea: not-allowed: whatever they say"

    bench.reaction = leaving
    bench.arrive(message(IDS[0], CASE))
    assert outcomes(bench) == {"dead": 1}
    assert bench.counts.dead == {FOR_OPERATOR: 1}
