"""A line that repeats is written once, and then its number: no fault fills a disk."""

from __future__ import annotations

import io
import logging

from stand.runtime.logs import Summing
from stand.runtime.logs.repeats import FIRST, KINDS, LONGEST, SEVERAL


class Log:
    """A log of a test's own, with a clock of its own."""

    def __init__(self) -> None:
        self.stream, self.now = io.StringIO(), 1000.0
        self.handler = Summing(self.stream)

    def say(self, text: str, *inputs: object, times: int = 1, apart: float = 0.0, name: str = "aimaq.x") -> None:
        """Log a line so many times, so many seconds apart."""
        for _ in range(times):
            record = logging.LogRecord(name, logging.WARNING, "x.py", 1, text, inputs, None)
            record.created = self.now
            self.handler.handle(record)
            self.now += apart

    @property
    def lines(self) -> list[str]:
        """What was written."""
        return self.stream.getvalue().splitlines()


def test_a_line_that_comes_thousands_of_times_is_two_lines() -> None:
    log = Log()
    log.say("the broker is away", times=10_000, apart=FIRST / 20_000)
    assert log.lines == ["the broker is away"]
    log.now += FIRST
    log.say("something else")
    assert log.lines[1:] == ["9999 times more in 15 s, the last: the broker is away", "something else"]


def test_a_line_that_goes_on_for_ever_is_told_less_and_less_often() -> None:
    log = Log()
    log.say("the broker is away", times=24 * 3600, apart=1.0)
    assert 24 * 3600 / LONGEST < len(log.lines) < 24 * 3600 / LONGEST + 15


def test_what_is_still_counted_is_written_as_the_process_ends() -> None:
    log = Log()
    log.say("the broker is away", times=3)
    log.handler.close()
    assert log.lines == ["the broker is away", "2 times more in 1 s, the last: the broker is away"]


def test_lines_that_differ_in_what_they_name_are_written_up_to_a_number() -> None:
    log = Log()
    for number in range(1000):
        log.say("message %d cannot be read", number)
    assert log.lines == [f"message {number} cannot be read" for number in range(SEVERAL)]
    log.handler.close()
    assert log.lines[-1] == "980 times more in 1 s, the last: message 999 cannot be read"


def test_lines_a_long_time_apart_are_all_written() -> None:
    log = Log()
    log.say("the broker is away", times=5, apart=FIRST + 1)
    assert log.lines == ["the broker is away"] * 5


def test_memory_is_bounded_and_nothing_is_left_uncounted() -> None:
    log = Log()
    for number in range(10 * KINDS):
        log.say(f"line {number}", times=2)
    assert len(log.handler._repeats._kinds) == KINDS
    log.handler.close()
    assert sum("1 times more" in line for line in log.lines) == 10 * KINDS


def test_nobody_hides_a_change_behind_many_of_their_own() -> None:
    log = Log()
    for number in range(10 * SEVERAL):
        log.say("lea: %s by %s", f"PUT /x/{number}", "mallory", name="aimaq.audit")
    log.say("lea: %s by %s", "DELETE /dead/{message_id}", "dana", name="aimaq.audit")
    assert log.lines[-1] == "lea: DELETE /dead/{message_id} by dana"
    assert len(log.lines) == 10 * SEVERAL + 1


def test_the_same_change_by_the_same_person_is_counted() -> None:
    log = Log()
    log.say("lea: %s by %s", "POST /users", "dana", times=1000, name="aimaq.audit")
    log.handler.close()
    assert log.lines == ["lea: POST /users by dana", "999 times more in 1 s, the last: lea: POST /users by dana"]
