"""The diagram of a flow as SVG: every task is on it, a state is its class, the token stands once."""

from __future__ import annotations

import pytest
from lxml import etree
from msgspec.structs import replace

from aimaq.regulation import Catalogue, Regulation
from aimaq.regulation.diagram import draw, page, svg
from aimaq.regulation.diagram.model import TASKS

FLOWS = [(law, channel) for law in Catalogue.bundled() for channel in law.flows]
every_flow = pytest.mark.parametrize(("law", "channel"), FLOWS, ids=[f"{law.id}.{channel}" for law, channel in FLOWS])


@every_flow
def test_every_part_is_on_the_diagram_with_its_notes(law: Regulation, channel: str) -> None:
    laid = page(draw(law, channel, "kk"))
    tree = etree.fromstring(svg(laid))
    titles = [title.text.split("\n")[0] for title in tree.iter("title")]
    drawn = [node.notes[0] for node in laid.diagram.nodes.values() if node.kind in TASKS]
    assert sorted(titles) >= sorted(drawn)
    width, height = float(tree.get("width")), float(tree.get("height"))
    for rect in tree.iter("rect"):
        assert 0 <= float(rect.get("x")) <= float(rect.get("x")) + float(rect.get("width")) <= width
        assert 0 <= float(rect.get("y")) <= float(rect.get("y")) + float(rect.get("height")) <= height


@every_flow
def test_a_state_is_the_class_of_its_part_and_the_token_stands_there_once(law: Regulation, channel: str) -> None:
    laid = page(draw(law, channel, "en"))
    part = next(node.notes[0] for node in laid.diagram.nodes.values() if node.kind in TASKS)
    tree = etree.fromstring(svg(laid, {part: "at late"}, part))
    (marked,) = [group for group in tree.iter("g") if group.get("class") == "at late"]
    assert marked.findtext("title").split("\n")[0] == part
    assert len([one for one in tree.iter("circle") if one.get("class") == "tok"]) == 1
    assert not [one for one in etree.fromstring(svg(laid)).iter("circle") if one.get("class") == "tok"]


def test_the_same_diagram_is_written_the_same_and_markup_in_it_is_text() -> None:
    law, channel = FLOWS[0]
    diagram = draw(law, channel, "ru")
    assert svg(page(diagram)) == svg(page(diagram))
    hostile = replace(diagram, title="</svg><script>\u202e")
    written = svg(page(hostile), {"x": '"><script>'})
    assert not list(etree.fromstring(written).iter("script"))
    assert "\u202e" not in written
