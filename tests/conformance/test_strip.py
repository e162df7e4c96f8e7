"""The strip of a case's path: its shapes in order, the token where the case stands."""

from __future__ import annotations

import pytest
from lxml import etree

from aimaq.regulation import Catalogue, Flow, Regulation
from conformance import strip
from tests.conformance.test_parts import ways
from tests.conformance.test_progress import cut, ended, so_far

FLOWS = [(law, flow) for law in Catalogue.bundled() for flow in law.flows.values()]
every_flow = pytest.mark.parametrize(("law", "flow"), FLOWS, ids=[f"{law.id}.{flow.channel}" for law, flow in FLOWS])


def drawn(law: Regulation, flow: Flow, count: int | None = None) -> tuple[strip.Strip, etree._Element]:
    """The strip of a case of which so many messages are journalled, and it written down."""
    trace = ended(law, flow, next(iter(ways(law, flow))))
    state = so_far(trace if count is None else cut(trace, count), law, flow)
    made = strip.strip(state, flow)
    return made, etree.fromstring(strip.written(made, "kk", "жолы", lambda number: f"#{number}"))


@every_flow
def test_an_open_case_has_its_token_and_an_ended_one_has_none(law: Regulation, flow: Flow) -> None:
    for count, tokens in ((0, 1), (1, 1), (None, 0)):
        made, tree = drawn(law, flow, count)
        if count is not None and made.ended:
            continue
        assert (made.token is not None) == bool(tokens)
        assert len([one for one in tree.iter("circle") if "tok" in one.get("class", "")]) == tokens


@every_flow
def test_shapes_follow_one_another_and_each_is_a_link(law: Regulation, flow: Flow) -> None:
    made, tree = drawn(law, flow, 1)
    assert len(list(tree.iter("a"))) == len(made.marks)
    for before, mark in zip(made.marks, made.marks[1:], strict=False):
        assert before.left + before.width < mark.left
        assert before.step.index < mark.step.index
    assert made.marks[-1].left + made.marks[-1].width < made.width
    texts = [one for one in tree.iter("text") if one.get("y") == "56"]
    assert [one.text for one in texts] == [mark.step.paragraph for mark in made.marks]
