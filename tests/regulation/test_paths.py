"""Paths through a flow: every step is reachable, every path ends, and a path is as its outcomes say."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.language.errors import InvalidInput, NotFound, UnknownRegulation
from aimaq.regulation import END, Catalogue, End, Flow, Part, Regulation, Step, Texts

TITLE = Texts(kk="к", ru="р", en="e")
FLOWS = [flow for regulation in Catalogue.bundled() for flow in regulation.flows.values()]
NAMES = [f"{regulation.id}-{flow.channel}" for regulation in Catalogue.bundled() for flow in regulation.flows.values()]


def choices(flow: Flow) -> Iterator[dict[str, str]]:
    """Every way in which the steps that branch can come out, each on its own."""
    branching = [step for step in flow.steps.values() if len(step.next) > 1]
    for outcomes in itertools.product(*(step.outcomes for step in branching)):
        yield {step.ref: outcome for step, outcome in zip(branching, outcomes, strict=True)}


@pytest.mark.parametrize("flow", FLOWS, ids=NAMES)
def test_every_path_ends_and_every_step_is_on_one(flow: Flow) -> None:
    met: set[str] = set()
    ends: set[str] = set()
    for outcomes in choices(flow):
        path = flow.path(outcomes)
        assert len(path) == len(set(path))
        met.update(path)
        ends.add(flow.end(outcomes))
    assert met == set(flow.steps)
    assert ends == set(flow.ends)


@pytest.mark.parametrize("flow", FLOWS, ids=NAMES)
def test_a_paths_steps_follow_one_another(flow: Flow) -> None:
    for outcomes in choices(flow):
        path = flow.path(outcomes)
        assert path[0] == flow.start
        for here, there in itertools.pairwise(path):
            assert there in flow.step(here).next.values()
        assert END + flow.end(outcomes) in flow.step(path[-1]).next.values()


def test_without_outcomes_the_path_is_the_one_to_the_certificate(regulation: Regulation) -> None:
    flow = regulation.flow("portal")
    assert flow.path() == [
        "item-1",
        "process-1",
        "condition-1",
        "process-3",
        "process-4",
        "condition-2",
        "process-6",
        "process-7",
    ]
    assert flow.end() == "issued"


@pytest.mark.parametrize("channel", ["provider", "con", "portal"])
@pytest.mark.parametrize(
    ("outcomes", "last", "end"),
    [
        ({"condition-1": "wrong"}, "process-2", "not-authorised"),
        ({"condition-2": "wrong"}, "process-5", "not-signed"),
    ],
)
def test_a_failed_check_ends_the_case_before_anything_is_sent(
    regulation: Regulation, channel: str, outcomes: dict[str, str], last: str, end: str
) -> None:
    flow = regulation.flow(channel)
    assert flow.path(outcomes)[-1] == last
    assert flow.end(outcomes) == end
    assert "process-6" not in flow.path(outcomes)


@pytest.mark.parametrize("channel", ["provider", "con", "portal"])
def test_what_was_decided_is_what_is_handed_over(regulation: Regulation, channel: str) -> None:
    flow = regulation.flow(channel)
    assert flow.end({"process-7": "denied"}) == "refused"
    assert flow.end({"process-7": "granted"}) == "issued"


def test_an_outcome_that_a_step_does_not_have_is_refused(regulation: Regulation) -> None:
    with pytest.raises(InvalidInput, match="condition-1 has no outcome 'granted', only ok, wrong"):
        regulation.flow("con").path({"condition-1": "granted"})


def test_what_is_not_there_is_said_to_be_not_there(regulation: Regulation) -> None:
    flow = regulation.flow("con")
    with pytest.raises(NotFound, match="process-9"):
        flow.step("process-9")
    with pytest.raises(NotFound, match="16"):
        flow.norm(16)
    with pytest.raises(NotFound, match="deliver"):
        flow.step("process-6").part("deliver")
    with pytest.raises(UnknownRegulation, match="no channel 'akim', only provider, con, portal"):
        regulation.flow("akim")


def test_a_performer_belongs_to_a_party(regulation: Regulation) -> None:
    flow = regulation.flow("con")
    person, system = flow.step("process-6").part("accept"), flow.step("process-6").part("register")
    assert (person.party, person.by_person) == ("lea", True)
    assert (system.party, system.by_person) == ("lea", False)


def _flow(edges: dict[int, list[int]]) -> Flow:
    """A flow of steps numbered from 0, in which -1 is the end."""
    steps = {
        f"process-{n}": Step(
            ref=f"process-{n}",
            item=n + 1,
            paragraph=f"1({n + 1})",
            kind="process",
            parts=(Part(by="con", does="send"),),
            next={f"o{k}": f"process-{there}" if there >= 0 else f"{END}over" for k, there in enumerate(theres)},
            title=TITLE,
        )
        for n, theres in edges.items()
    }
    return Flow(channel="con", paragraph="1", start="process-0", steps=steps, ends={"over": End(title=TITLE)})


@given(st.integers(1, 8).flatmap(lambda n: st.lists(st.integers(-1, n - 1), min_size=n, max_size=n)))
def test_a_walk_ends_or_says_that_it_does_not(targets: list[int]) -> None:
    flow = _flow({n: [there] for n, there in enumerate(targets)})
    outcomes = dict.fromkeys(flow.steps, "o0")
    visited, here = set[int](), 0
    while here >= 0 and here not in visited:
        visited.add(here)
        here = targets[here]
    if here >= 0:
        with pytest.raises(InvalidInput, match=f"comes back to process-{here}"):
            flow.path(outcomes)
    else:
        assert len(flow.path(outcomes)) == len(visited)
        assert flow.end(outcomes) == "over"
