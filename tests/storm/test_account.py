"""The account can fail: a case that is lost, doubled or stuck is counted as that, and a blind service is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.storm.account import JOURNAL, Account, Evidence, Quiet, Row, judged

SHOWN = ("received", "in_progress", "completed")
WELL = Evidence("a", SHOWN, SHOWN, result=True, number="1", journal=JOURNAL)


def row(*evidence: Evidence, blind: float = 0.0, recovery: float | None = 0.1, notes: tuple[str, ...] = ()) -> Row:
    """The line for these cases."""
    return judged("some-fault", 7, evidence, recovery, blind, notes=notes)


def test_a_case_with_one_end_and_one_result_is_finished() -> None:
    found = row(WELL, replace(WELL, case_id="b", number="2"))
    assert (found.accepted, found.finished, found.lost, found.doubled, found.stuck) == (2, 2, 0, 0, 0)
    assert found.good


@pytest.mark.parametrize(
    ("case", "lost", "doubled", "stuck"),
    [
        (replace(WELL, portal=None), 1, 0, 0),
        (replace(WELL, result=False), 1, 0, 0),
        (replace(WELL, portal=(*SHOWN, "completed")), 0, 1, 0),
        (replace(WELL, centre=(*SHOWN, "refused")), 0, 1, 0),
        (replace(WELL, journal=JOURNAL + JOURNAL), 0, 1, 0),
        (replace(WELL, journal=JOURNAL | {("CaseClosed", "lea"): 1}), 0, 1, 0),
        (replace(WELL, number="2"), 0, 2, 0),
        (replace(WELL, portal=SHOWN[:2]), 0, 0, 1),
        (replace(WELL, centre=None), 0, 0, 1),
        (replace(WELL, centre=SHOWN[:1]), 0, 0, 1),
        (replace(WELL, journal={}), 0, 0, 1),
    ],
)
def test_one_that_is_lost_doubled_or_stuck_is_counted(case: Evidence, lost: int, doubled: int, stuck: int) -> None:
    found = row(replace(WELL, case_id="b", number="2"), case)
    assert (found.lost, found.doubled, found.stuck) == (lost, doubled, stuck)
    assert not found.good


def test_a_rejected_message_is_noticed() -> None:
    found = row(replace(WELL, rejected=1))
    assert (found.finished, found.notes) == (0, ("1 honest messages were rejected",))
    assert not found.good


@pytest.mark.parametrize("bad", [{"blind": 6.0}, {"recovery": None}, {"notes": ("a dead letter at lea",)}])
def test_what_is_not_about_one_case_counts_too(bad: dict[str, object]) -> None:
    assert row(WELL).good
    assert not replace(row(WELL), **bad).good  # type: ignore[arg-type]


def test_no_cases_prove_nothing() -> None:
    assert not row().good


def test_recovery_is_the_first_end_of_a_case_that_met_the_fault() -> None:
    account = Account()
    account.accept("before", 1.0)
    account.finish("before", 21.0, result=True)
    assert account.recovered(10.0, 20.0) is None, "it had been through before the fault"
    account.accept("during", 12.0)
    account.accept("after", 20.5)
    account.finish("after", 23.0, result=True)
    assert account.recovered(10.0, 20.0) == 3.0
    account.finish("during", 24.0, result=True)
    assert account.recovered(10.0, 20.0) == 3.0
    assert account.open == 0


def test_the_rate_at_which_a_backlog_is_finished_is_that_of_all_ends_meanwhile() -> None:
    account = Account()
    for number in range(60):
        account.accept(f"{number}", 1.0)
        account.finish(f"{number}", 11.0 + number / 10, result=True)
    account.accept("later", 10.5)
    account.finish("later", 12.05, result=True)
    assert account.drained(10.0) == pytest.approx(60 / 5.9)
    assert account.drained(11.95) == pytest.approx(50 / 4.9)
    assert account.drained(12.2) is None, "hardly anything waited"


def looks(*, ready: bool = True, waiting: int = 1, finishes: bool = False) -> float:
    """How blind it is found to be after looks over ten seconds."""
    account, quiet = Account(), Quiet()
    for number in range(waiting):
        account.accept(str(number), 0.0)
    for second in range(11):
        if finishes:
            account.accept(f"more {second}", second)
            account.finish(f"more {second}", second, result=True)
        quiet.look(float(second), account, ready=ready)
    return quiet.blind


def test_to_say_ready_while_nothing_goes_on_is_blind() -> None:
    assert looks() == 10.0
    assert looks(ready=False) == 0.0
    assert looks(waiting=0) == 0.0
    assert looks(finishes=True) == 0.0
