"""Whose move a case is and until when: the same due times as the verdict has, found while the case goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aimaq.language.messages import StepRecord
from aimaq.regulation import Catalogue, workflow
from aimaq.regulation.calendar import ALMATY
from aimaq.regulation.deadlines import Deadlines
from conformance import judge
from stand.flowfile import FLOWS, files, load
from tests.conformance.traces import ideal_of
from tests.regulation.agreement import pairs

CATALOGUE = Catalogue.bundled()
PACES = {
    "at once": timedelta(0),
    "seconds": timedelta(seconds=7),
    "hours": timedelta(hours=5),
    "days": timedelta(days=2),
}
MOMENT = timedelta(milliseconds=10)
"""How far a message may be from what it tells of."""
EXTENSIBLE = "semey-victims-2016"
"""Its step has a limit for each result, so that the longest one binds until the result is known."""
SHOWN = ("unemployed-certificate-2012", "process-6/accept")
"""Its row runs from when another system showed a status, which the journal does not tell: it is due a little later."""


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("path", files([FLOWS]), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_due_time_of_each_step_is_the_one_of_the_verdict(path: Path, pace: str) -> None:
    file = load(path, CATALOGUE)
    regulation, flow = CATALOGUE.regulation(file.regulation), CATALOGUE.flow(file.regulation, file.channel)
    trace = ideal_of(regulation.id, flow, file.expected, lambda _: PACES[pace])
    verdict = judge(trace, flow, file.expected, regulation=regulation)
    for pair in pairs(regulation, flow, trace, verdict):
        assert pair.running is not None
        assert pair.judged is not None
        if regulation.id == EXTENSIBLE and flow.places[pair.at][0].limits:
            assert pair.running >= pair.judged or any(step.operation == "extend" for step in verdict.steps), pair
        elif (regulation.id, pair.at) == SHOWN:
            assert -MOMENT <= pair.running - pair.judged <= PACES[pace] + MOMENT, pair
        else:
            assert pair.apart < MOMENT, pair


def test_the_agreement_is_one_on_hundreds_of_due_times() -> None:
    count = 0
    for path in files([FLOWS]):
        file = load(path, CATALOGUE)
        regulation, flow = CATALOGUE.regulation(file.regulation), CATALOGUE.flow(file.regulation, file.channel)
        trace = ideal_of(regulation.id, flow, file.expected)
        count += len(list(pairs(regulation, flow, trace, judge(trace, flow, file.expected, regulation=regulation))))
    assert count > 400


def of(regulation: str, channel: str) -> Deadlines:
    law = CATALOGUE.regulation(regulation)
    return Deadlines(law, law.flow(channel))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY)


def done(ref: str, operation: str, unit: str, start: str, end: str, outcome: str = "ok") -> StepRecord:
    return StepRecord(ref, operation, unit, outcome, at(start), at(end))


def test_the_move_is_of_the_body_that_the_regulation_names_and_of_its_performer() -> None:
    deadlines = of("unemployed-certificate-2012", "portal")
    standing = deadlines.begun("process-6/accept", at("2026-03-02 10:00"))
    assert (standing.party, standing.unit) == ("lea:mamlyut-employment", "lea.employee")
    assert standing.due_at == at("2026-03-02 10:10")


def test_at_an_end_it_is_nobodys_move_and_nothing_is_due() -> None:
    standing = of("unemployed-certificate-2012", "portal").begun("end:issued", at("2026-03-02 10:00"))
    assert (standing.party, standing.unit, standing.due_at, standing.near_at) == ("", "", None, None)


def test_a_limit_in_working_days_is_near_when_a_quarter_of_it_is_left() -> None:
    deadlines = of("child-allowance-2016", "provider")
    place = next(at_ for at_, (step, _) in deadlines.flow.places.items() if step.limit and step.limit.max == 5)
    standing = deadlines.begun(place, at("2026-03-02 10:00"))
    assert standing.due_at == at("2026-03-06 18:00")
    assert standing.near_at == at("2026-03-05 16:00"), "ten hours of work before: two on the Thursday, eight on Friday"


def test_a_short_limit_is_near_from_its_beginning() -> None:
    standing = of("unemployed-certificate-2012", "portal").begun("process-6/accept", at("2026-03-02 10:00"))
    assert standing.near_at == at("2026-03-02 10:00"), "thirty minutes before the end of ten"


def test_waiting_in_the_queue_does_not_count() -> None:
    deadlines = of("oralman-status-2016", "con")
    flow = deadlines.flow
    step = next(step for step in flow.steps.values() if step.parts[0].does == "take-ticket" and step.limit)
    place = workflow.place(step, step.parts[0])
    standing = deadlines.begun(place, at("2026-03-02 09:00"))
    ticket = done(step.ref, "take-ticket", "con.applicant", "2026-03-02 09:00", "2026-03-02 10:00")
    following = workflow.advance(flow, place, "ok")
    after = deadlines.followed(standing, place, [ticket], following, at("2026-03-02 10:00"))
    assert after.since == at("2026-03-02 10:00")


@pytest.mark.parametrize(("extended", "due"), [("2026-03-20 12:00", "2026-04-30"), ("2026-04-01 12:00", "2026-03-30")])
def test_a_term_is_made_longer_only_before_it_has_run_out(extended: str, due: str) -> None:
    deadlines = of(EXTENSIBLE, "provider")
    begun = at("2026-03-02 10:00")
    standing = deadlines.begun("item-3/extend", begun)
    assert standing.due_at is not None
    assert standing.due_at.astimezone(ALMATY).date().isoformat() == "2026-03-30", "17 working days, Nauryz among them"
    record = done("item-3", "extend", "lea.executor", "2026-03-02 10:00", extended)
    there = workflow.advance(deadlines.flow, "item-3/extend", "ok")
    longer = deadlines.followed(standing, "item-3/extend", [record], there, at(extended))
    assert longer.due_at is not None
    assert longer.due_at.astimezone(ALMATY).date().isoformat() == due
    unchanged = deadlines.followed(longer, there, [], there, at(extended))
    assert unchanged == longer
    explained = deadlines.explain(there, longer)
    assert explained is not None
    assert explained.words is not None
    assert due in explained.words.en


def test_where_no_step_has_a_limit_that_of_the_whole_flow_binds() -> None:
    deadlines = of("targeted-assistance-certificate-2016", "provider")
    flow = deadlines.flow
    place = workflow.begin(flow)
    standing = deadlines.begun(place, at("2026-03-02 10:00"))
    assert standing.due_at is None, "nobody has reported a beginning"
    part = flow.places[place][1]
    first = done(place.partition("/")[0], part.does, part.by, "2026-03-02 09:58", "2026-03-02 10:00")
    there = workflow.advance(flow, place, "ok")
    after = deadlines.followed(standing, place, [first], there, at("2026-03-02 10:00"))
    assert after.due_at == after.term_due_at == at("2026-03-02 10:13")
    explained = deadlines.explain(there, after)
    assert explained is not None
    assert explained.words is not None
    assert "no limit of its own" in explained.words.en


def test_times_are_utc_whatever_zone_the_sender_writes_in() -> None:
    deadlines = of("unemployed-certificate-2012", "portal")
    standing = deadlines.begun("process-6/accept", at("2026-03-02 10:00"))
    assert standing.since.tzinfo is UTC
