"""Flows as diagrams: valid BPMN 2.0 in which every step stands in its lane, and Mermaid that says the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from importlib.resources import as_file, files
from itertools import chain, combinations, pairwise

import msgspec
import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from aimaq.language.messages import TYPES
from aimaq.regulation import Catalogue, End, Flow, Limit, Part, Regulation, Step, Texts, wording
from aimaq.regulation.diagram import Diagram, bpmn, draw, mermaid, page, words
from aimaq.regulation.diagram.formats.bpmn import MODEL
from aimaq.regulation.diagram.layout.page import Box
from aimaq.regulation.diagram.model import TASKS
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.vocabulary import OUTCOMES, PERFORMERS
from stand.commands.tester.law import app
from tests.house import ROOT

FLOWS = [(regulation, channel) for regulation in Catalogue.bundled() for channel in regulation.flows]
NAMES = [f"{regulation.id}.{channel}" for regulation, channel in FLOWS]

NS = {"m": MODEL}

every_flow = pytest.mark.parametrize(("regulation", "channel"), FLOWS, ids=NAMES)


@cache
def schema() -> etree.XMLSchema:
    """The OMG's schema of BPMN 2.0 with its diagram interchange, which comes with a workflow engine of others."""
    with as_file(files("SpiffWorkflow") / "bpmn" / "parser" / "schema") as folder:
        return etree.XMLSchema(file=str(folder / "BPMN20.xsd"))


@cache
def diagram_of(regulation: str, channel: str, language: str = "kk") -> Diagram:
    """The diagram of a flow of the catalogue, drawn once for all tests that look at it."""
    return draw(Catalogue.bundled().regulation(regulation), channel, language)


def read(diagram: Diagram) -> etree._Element:
    """The XML of a diagram, as others read it."""
    return etree.fromstring(bpmn(diagram))


def texts(word: str) -> Texts:
    """One word for the three languages."""
    return Texts(kk=word, ru=word, en=word)


def step(ref: str, *parts: Part, leads: dict[str, str], optional: bool = False) -> Step:
    """A step with these parts."""
    return Step(ref, 1, "1(1)", "action", parts, leads, texts(ref), optional=optional)


def drawn(regulation: Regulation, *steps: Step, ends: tuple[str, ...] = ("done",)) -> Diagram:
    """The diagram of a flow made of these steps, in English."""
    flow = Flow(
        "con", "1", steps[0].ref, {one.ref: one for one in steps}, {name: End(texts(name.title())) for name in ends}
    )
    return draw(msgspec.structs.replace(regulation, flows={"con": flow}), "con", "en")


def follows(diagram: Diagram, node: str) -> dict[str, str]:
    """What comes after a node inside its pool, with what stands on the arrow."""
    return {arrow.target: arrow.name for arrow in diagram.arrows if arrow.source == node}


def message_flows(diagram: Diagram) -> set[tuple[str, str, str]]:
    """The letters of a diagram: from where, where to, of which type."""
    return {(message_flow.source, message_flow.target, message_flow.type) for message_flow in diagram.message_flows}


@every_flow
def test_the_xml_is_valid_bpmn_in_each_language(regulation: Regulation, channel: str) -> None:
    for language in ("kk", "ru", "en"):
        tree = read(diagram_of(regulation.id, channel, language))
        assert schema().validate(tree), (language, schema().error_log)


@every_flow
def test_every_reference_in_the_xml_leads_somewhere(regulation: Regulation, channel: str) -> None:
    tree = read(diagram_of(regulation.id, channel))
    ids = Counter(tree.xpath("//@id"))
    assert max(ids.values()) == 1
    named = "//@sourceRef | //@targetRef | //@processRef | //@messageRef | //@bpmnElement"
    named += " | //m:incoming/text() | //m:outgoing/text() | //m:flowNodeRef/text()"
    assert set(tree.xpath(named, namespaces=NS)) <= set(ids)
    flowing = tree.xpath("//m:process/*[not(self::m:laneSet)]/@id", namespaces=NS)
    between = tree.xpath("//m:participant/@id | //m:messageFlow/@id | //m:lane/@id", namespaces=NS)
    assert Counter(tree.xpath("//@bpmnElement")) == Counter([*flowing, *between, "collaboration"])


@every_flow
def test_every_part_of_every_step_is_a_task_of_whoever_does_it(regulation: Regulation, channel: str) -> None:
    diagram = diagram_of(regulation.id, channel)
    tree = read(diagram)
    lanes = {
        node.text: lane.get("id")
        for lane in tree.iterfind(".//m:lane", NS)
        for node in lane.iterfind("m:flowNodeRef", NS)
    }
    tasks = {one.get("id"): one for one in tree.iterfind(".//m:process/*", NS) if one.tag.endswith("Task")}
    expected = set()
    for one in regulation.flow(channel).steps.values():
        for part in one.parts:
            task = f"task_{one.ref}_{part.does}"
            expected.add(task)
            kinds = {"userTask"} if part.by_person else {"serviceTask", "sendTask"}
            assert etree.QName(tasks[task]).localname in kinds
            assert lanes[task] == f"lane_{part.by}"
            assert one.title.kk in tasks[task].get("name").replace("\n", " ")
            documentation = tasks[task].findtext("m:documentation", namespaces=NS)
            assert f"{one.ref}/{part.does}" in documentation
            assert one.paragraph in documentation
    assert set(tasks) == expected


@every_flow
def test_sequence_flow_stays_in_its_pool_and_messages_leave_it(regulation: Regulation, channel: str) -> None:
    tree = read(diagram_of(regulation.id, channel))
    pools = {one.get("id"): one.getparent().get("id") for one in tree.iterfind(".//m:process/*", NS)}
    owners = {one.get("processRef"): one.get("id") for one in tree.iterfind(".//m:participant[@processRef]", NS)}
    for flow in tree.iterfind(".//m:sequenceFlow", NS):
        assert pools[flow.get("sourceRef")] == pools[flow.get("targetRef")] == flow.getparent().get("id")
    for flow in tree.iterfind(".//m:messageFlow", NS):
        ends = [owners.get(pools.get(flow.get(end)), flow.get(end)) for end in ("sourceRef", "targetRef")]
        assert ends[0] != ends[1]


@every_flow
def test_every_pool_is_a_process_that_begins_and_ends(regulation: Regulation, channel: str) -> None:
    diagram = diagram_of(regulation.id, channel)
    starts = [node.id for node in diagram.nodes.values() if node.kind in ("start", "message-start")]
    reached, ending = set(starts), set[str]()
    for place in (line := list(starts)):
        after = list(follows(diagram, place))
        ending |= set() if after else {diagram.nodes[place].kind}
        line += [there for there in after if there not in reached]
        reached |= set(after)
    assert reached == set(diagram.nodes)
    assert ending == {"end"}
    assert {node.pool for node in diagram.nodes.values()} == {diagram.nodes[start].pool for start in starts}
    for node in diagram.nodes.values():
        assert len(follows(diagram, node.id)) > 1 or node.kind != "event-gateway"
        assert len(follows(diagram, node.id)) < 2 or node.kind in ("gateway", "event-gateway")
        if node.kind in ("message-start", "catch", "throw"):
            assert any(node.id in (message_flow.source, message_flow.target) for message_flow in diagram.message_flows)


@every_flow
def test_the_ends_and_the_outcomes_are_named(regulation: Regulation, channel: str) -> None:
    diagram, flow = diagram_of(regulation.id, channel), regulation.flow(channel)
    ending = [node for node in diagram.nodes.values() if node.id.startswith("end_")]
    ends = {node.id.partition(".")[0].removeprefix("end_"): node.name for node in ending}
    assert ends == {name: end.title.kk for name, end in flow.ends.items()}
    for node in diagram.nodes.values():
        after = follows(diagram, node.id)
        if node.kind == "gateway" and len(after) > 1:
            assert node.name
            assert all(after.values())
            assert len(set(after.values())) == len(after)


@every_flow
def test_every_message_of_the_flow_is_drawn_once(regulation: Regulation, channel: str) -> None:
    diagram, flow = diagram_of(regulation.id, channel), regulation.flow(channel)
    expected = Counter(
        (f"task_{one.ref}_{part.does}", message)
        for one in flow.steps.values()
        for part in one.parts
        for message in part.sends
    )
    assert (
        Counter((one.source, one.type) for one in diagram.message_flows if one.source.startswith("task_")) >= expected
    )
    answers = [message_flow for message_flow in diagram.message_flows if message_flow.type == "RegistryAnswered"]
    assert len(answers) == sum(part.does == "ask-registry" for one in flow.steps.values() for part in one.parts)


def inside(inner: Box, outer: Box) -> bool:
    """Whether a box is within another."""
    return inner.x >= outer.x and inner.y >= outer.y and inner.right <= outer.right and inner.bottom <= outer.bottom


def apart(one: Box, other: Box) -> bool:
    """Whether two boxes have nothing in common."""
    return one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y


def crossed(box: Box, points: tuple[tuple[int, int], ...]) -> bool:
    """Whether a line goes through a box."""
    return any(
        not apart(Box(min(x1, x2), min(y1, y2), max(abs(x2 - x1), 1), max(abs(y2 - y1), 1)), box)
        for (x1, y1), (x2, y2) in pairwise(points)
    )


@every_flow
def test_every_shape_is_inside_its_lane_and_no_two_overlap(regulation: Regulation, channel: str) -> None:
    diagram = diagram_of(regulation.id, channel)
    laid = page(diagram)
    assert set(laid.nodes) == set(diagram.nodes)
    for node in diagram.nodes.values():
        assert inside(laid.nodes[node.id], laid.lanes[node.lane])
        if node.id in laid.labels:
            assert inside(laid.labels[node.id], laid.lanes[node.lane]), node.id
    for one, other in combinations(laid.nodes.values(), 2):
        assert apart(one, other)
    for one, other in combinations(laid.pools.values(), 2):
        assert apart(one, other)
    for pool in diagram.pools:
        lanes = [laid.lanes[lane.performer] for lane in pool.lanes]
        assert all(inside(lane, laid.pools[pool.party]) for lane in lanes)
        assert all(upper.bottom == lower.y for upper, lower in pairwise(lanes))


@every_flow
def test_lines_are_square_join_their_ends_and_go_round_other_shapes(regulation: Regulation, channel: str) -> None:
    diagram = diagram_of(regulation.id, channel)
    laid = page(diagram)
    boxes = laid.nodes | {f"pool_{party}": box for party, box in laid.pools.items()}
    assert [arrow for arrow, _ in laid.arrows] == list(diagram.arrows)
    assert Counter(message_flow for message_flow, _ in laid.message_flows) == Counter(diagram.message_flows)
    lines = [(one.source, one.target, line) for one, line in laid.arrows]
    lines += [(one.source, one.target, line) for one, line in laid.message_flows]
    for source, target, line in lines:
        assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairwise(line.points))
        for name, (x, y) in ((source, line.points[0]), (target, line.points[-1])):
            box = boxes[name]
            assert (x in (box.x, box.right) and box.y <= y <= box.bottom) or (
                y in (box.y, box.bottom) and box.x <= x <= box.right
            ), f"{source} to {target} does not touch {name}"
        for node, box in laid.nodes.items():
            if node not in (source, target):
                assert not crossed(box, line.points), f"{source} to {target} crosses {node}"
    for arrow, line in laid.arrows:
        pool = laid.pools[diagram.nodes[arrow.source].pool]
        assert all(inside(Box(x, y, 0, 0), pool) for x, y in line.points)


@every_flow
def test_mermaid_has_the_same_nodes_and_lines(regulation: Regulation, channel: str) -> None:
    diagram = draw(regulation, channel, "ru")
    text = mermaid(diagram)
    declared = re.findall(r"^ +([\w]+)[\[({>]", re.sub(r"^ *subgraph ", " ", text, flags=re.MULTILINE), re.MULTILINE)
    lanes = sum(len(pool.lanes) for pool in diagram.pools)
    assert len(declared) == len(set(declared)) == len(diagram.nodes) + lanes + len(diagram.pools)
    lines = re.findall(r'^  (\w+) (-->|-\.->)(?:\|"[^"]*"\|)? (\w+)$', text, re.MULTILINE)
    assert len(lines) == len(diagram.arrows) + len(diagram.message_flows)
    assert {name for source, _, target in lines for name in (source, target)} <= set(declared)
    assert text.count("subgraph") == text.count("\n    end\n") + text.count("\n  end\n")


@pytest.mark.slow
def test_the_same_flow_gives_the_same_bytes_in_every_process() -> None:
    name, channel = FLOWS[-1][0].id, FLOWS[-1][1]
    for form in ("bpmn", "mermaid"):
        words_ = [sys.executable, "-m", "stand", "law", "show", name, "--channel", channel, "-o", form]
        first, second = (
            subprocess.run(words_, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True)
            for seed in ("1", "2")
        )
        assert first.stdout == second.stdout
        assert len(first.stdout) > 1000


def test_there_is_a_word_for_everything_that_a_file_may_name() -> None:
    assert set(words.LANES) == PERFORMERS
    assert set(wording.UNITS) == PERFORMERS
    assert set(OUTCOMES) == {outcome for one in OPERATIONS.values() for outcome in one.outcomes}
    assert set(words.MESSAGES) == set(TYPES)
    asked = [one.question for one in OUTCOMES.values() if one.question]
    usual = [one.usual for one in OUTCOMES.values() if one.usual]
    assert (len(asked), len(usual)) == (5, 3)
    operations, outcomes = ([one.words for one in table.values()] for table in (OPERATIONS, OUTCOMES))
    tables = [table.values() for table in (words.LANES, wording.UNITS, words.POOLS, words.MESSAGES)]
    for word in chain(*tables, operations, outcomes, asked, usual):
        assert all(word.as_dict().values())


def test_a_case_passes_between_pools_with_a_message(regulation: Regulation) -> None:
    decide = Part("lea.head", "decide", {"ResultIssued": "con"})
    diagram = drawn(
        regulation,
        step("item-1", Part("con", "send", {"RequestSubmitted": "lea"}), leads={"ok": "item-2"}),
        step("item-2", decide, leads={"granted": "item-3", "denied": "item-3"}),
        step("item-3", Part("con.operator", "issue"), leads={"granted": "end:done", "denied": "end:not"}),
        ends=("done", "not"),
    )
    assert message_flows(diagram) == {
        ("task_item-1_send", "start_lea.1", "RequestSubmitted"),
        ("task_item-2_decide", "catch_con.1", "ResultIssued"),
    }
    assert follows(diagram, "task_item-1_send") == {"catch_con.1": ""}
    assert follows(diagram, "catch_con.1") == {"task_item-3_issue": ""}
    assert follows(diagram, "task_item-2_decide") == {"away_lea.1": ""}
    assert follows(diagram, "gateway_item-3_issue") == {"end_done.1": "granted", "end_not.1": "denied"}
    schema().assertValid(read(diagram))


def test_where_the_act_names_no_message_the_case_still_passes_on_with_one(regulation: Regulation) -> None:
    diagram = drawn(
        regulation,
        step("item-1", Part("con.operator", "sign"), leads={"ok": "item-2"}),
        step("item-2", Part("lea.employee", "check-documents"), leads={"ok": "item-3", "wrong": "item-4"}),
        step("item-3", Part("con.operator", "issue"), leads={"granted": "end:done", "denied": "end:done"}),
        step("item-4", Part("lea", "refuse", {"CaseClosed": "con"}), leads={"ok": "end:not"}),
        ends=("done", "not"),
    )
    assert message_flows(diagram) == {
        ("task_item-1_sign", "start_lea.1", ""),
        ("throw_lea.1", "catch_con.1", ""),
        ("task_item-4_refuse", "catch_con.2", "CaseClosed"),
    }
    assert set(follows(diagram, "wait_con.1")) == {"catch_con.1", "catch_con.2"}
    assert follows(diagram, "gateway_item-2_check-documents") == {
        "throw_lea.1": "in order",
        "task_item-4_refuse": "not in order",
    }
    assert diagram.nodes["told_con.1"].name == "Not"
    assert follows(diagram, "task_item-3_issue") == {"end_done.1": "granted / denied"}
    schema().assertValid(read(diagram))


def test_a_part_by_which_the_step_is_left_branches_and_tells(regulation: Regulation) -> None:
    parts = (Part("lea.clerk", "check-package", exit={"incomplete": "end:not"}), Part("lea.clerk", "register"))
    diagram = drawn(
        regulation,
        step("item-1", Part("con", "send", {"RequestSubmitted": "lea"}), leads={"ok": "item-2"}),
        step("item-2", *parts, leads={"ok": "end:done", "incomplete": "end:not"}),
        ends=("done", "not"),
    )
    assert follows(diagram, "gateway_item-2_check-package") == {
        "task_item-2_register": "complete",
        "end_not.1": "incomplete",
    }
    assert follows(diagram, "task_item-2_register") == {"end_done.1": ""}
    assert ("end_not.1", "catch_con.1", "CaseClosed") in message_flows(diagram)
    (message,) = read(diagram).xpath(
        "//m:endEvent[@id='end_not.1']/m:messageEventDefinition/@messageRef", namespaces=NS
    )
    assert message == "message_CaseClosed"


def test_what_comes_together_comes_together_in_a_gateway(regulation: Regulation) -> None:
    diagram = drawn(
        regulation,
        step("item-1", Part("con", "check-identity"), leads={"ok": "item-2", "wrong": "item-3"}),
        step("item-2", Part("con", "check-certificate"), leads={"ok": "end:done", "wrong": "item-3"}),
        step("item-3", Part("con", "refuse", {"CaseClosed": "gateway"}), leads={"ok": "end:not"}),
        ends=("done", "not"),
    )
    assert follows(diagram, "join_task_item-3_refuse") == {"task_item-3_refuse": ""}
    assert [arrow.name for arrow in diagram.arrows if arrow.target == "join_task_item-3_refuse"] == ["not in order"] * 2


def test_two_that_leave_at_the_same_place_stand_below_each_other(regulation: Regulation) -> None:
    three = {"ok": "end:one", "absent": "end:two", "elsewhere": "end:three"}
    first = step("item-1", Part("con", "check-registry"), leads=three)
    laid = page(drawn(regulation, first, ends=("one", "two", "three")))
    boxes = [laid.nodes[f"end_{name}.1"] for name in ("one", "two", "three")]
    assert len({box.x for box in boxes}) == 1
    assert all(upper.bottom < lower.y for upper, lower in pairwise(boxes))
    assert all(inside(box, laid.lanes["con"]) for box in boxes)


def test_what_is_optional_is_marked_and_a_limit_stands_on_its_task(regulation: Regulation) -> None:
    first = step("item-1", Part("con.applicant", "take-ticket"), leads={"ok": "item-2"}, optional=True)
    second = step(
        "item-2", Part("con.operator", "extend", optional=True), Part("con.operator", "pay"), leads={"ok": "end:done"}
    )
    made = drawn(regulation, first, msgspec.structs.replace(second, limit=Limit("working-day", max=3)))
    names = {node.id: node.name for node in made.nodes.values() if node.kind in TASKS}
    assert names["task_item-1_take-ticket"] == "1(1). item-1 (optional)"
    assert names["task_item-2_extend"].endswith(" (optional)\n3 working days")
    assert names["task_item-2_pay"] == "1(1). item-2: payment"
    longer = drawn(regulation, first, msgspec.structs.replace(second, limit=Limit("working-day", max=4)))
    assert longer.nodes["task_item-2_extend"].name.endswith("4 working days")


def law(*words: str) -> Result:
    """The result of `aimaq law show` with these words."""
    return CliRunner().invoke(app, ["show", *words])


def test_show_writes_a_diagram_in_kazakh_unless_asked_otherwise(regulation: Regulation) -> None:
    shown = law(regulation.id, "--channel", "con", "-o", "bpmn")
    assert shown.exit_code == 0
    assert shown.stdout_bytes == bpmn(draw(regulation, "con", "kk"))
    assert law(regulation.id, "--channel", "con", "-o", "mermaid").stdout == mermaid(draw(regulation, "con", "kk"))
    for language in ("kk", "ru", "en"):
        shown = law(regulation.id, "--channel", "con", "-o", "bpmn", "--lang", language)
        assert shown.stdout_bytes == bpmn(draw(regulation, "con", language))
        assert regulation.title.say(language) in shown.stdout


def test_a_diagram_needs_a_channel_where_there_are_several(regulation: Regulation) -> None:
    shown = law(regulation.id, "-o", "bpmn")
    assert shown.exit_code == 2
    assert "a diagram is of one flow: add --channel provider, con, portal" in shown.stderr
    assert shown.stdout == ""
