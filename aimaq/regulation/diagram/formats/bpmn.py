"""A diagram as BPMN 2.0 XML: a collaboration with a process a pool, and where everything stands (BPMN DI)."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from aimaq import __version__
from aimaq.regulation.diagram.graph.cut import pool_id
from aimaq.regulation.diagram.layout.page import Box, Line, Page, page
from aimaq.regulation.diagram.model import TASKS, Diagram, Node, Pool

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"

_TAGS = {
    "start": "startEvent",
    "message-start": "startEvent",
    "user": "userTask",
    "service": "serviceTask",
    "send": "sendTask",
    "throw": "intermediateThrowEvent",
    "catch": "intermediateCatchEvent",
    "gateway": "exclusiveGateway",
    "event-gateway": "eventBasedGateway",
    "end": "endEvent",
}

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def bpmn(diagram: Diagram) -> bytes:
    """The diagram as a UTF-8 XML document, laid out; the same diagram gives the same bytes."""
    for prefix, namespace in (("bpmn", MODEL), ("bpmndi", DI), ("dc", DC), ("di", DD)):
        register_namespace(prefix, namespace)
    root = Element(
        f"{{{MODEL}}}definitions",
        id=f"law_{diagram.id}",
        name=_clean(diagram.title),
        targetNamespace=f"urn:aimaq:law:{diagram.id}",
        exporter="aimaq",
        exporterVersion=__version__,
    )
    for message in dict.fromkeys(filter(None, (_message(diagram, node) for node in diagram.nodes.values()))):
        SubElement(root, f"{{{MODEL}}}message", id=f"message_{message}", name=message)
    _collaboration(root, diagram)
    for pool in diagram.pools:
        if pool.lanes:
            _process(root, diagram, pool)
    _shapes(root, page(diagram))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _collaboration(root: Element, diagram: Diagram) -> None:
    whole = SubElement(root, f"{{{MODEL}}}collaboration", id="collaboration", name=_clean(diagram.title))
    _documented(whole, diagram.notes)
    for pool in diagram.pools:
        made = SubElement(whole, f"{{{MODEL}}}participant", id=pool_id(pool.party), name=_clean(pool.title))
        if pool.lanes:
            made.set("processRef", f"process_{pool.party}")
    for n, message_flow in enumerate(diagram.message_flows, 1):
        flow = SubElement(whole, f"{{{MODEL}}}messageFlow", id=f"letter_{n}")
        if message_flow.source not in diagram.nodes or message_flow.target not in diagram.nodes:
            flow.set("name", _clean(message_flow.name))
        flow.set("sourceRef", message_flow.source)
        flow.set("targetRef", message_flow.target)
        if message_flow.type:
            _documented(flow, (message_flow.type,))


def _process(root: Element, diagram: Diagram, pool: Pool) -> None:
    process = SubElement(
        root, f"{{{MODEL}}}process", id=f"process_{pool.party}", name=_clean(pool.title), isExecutable="false"
    )
    lanes = SubElement(process, f"{{{MODEL}}}laneSet", id=f"lanes_{pool.party}")
    inside = [node for node in diagram.nodes.values() if node.pool == pool.party]
    for lane in pool.lanes:
        made = SubElement(lanes, f"{{{MODEL}}}lane", id=f"lane_{lane.performer}", name=_clean(lane.title))
        for node in inside:
            if node.lane == lane.performer:
                SubElement(made, f"{{{MODEL}}}flowNodeRef").text = node.id
    for node in inside:
        _node(process, diagram, node)
    for n, arrow in enumerate(diagram.arrows, 1):
        if diagram.nodes[arrow.source].pool == pool.party:
            flow = SubElement(process, f"{{{MODEL}}}sequenceFlow", id=f"arrow_{n}")
            if arrow.name:
                flow.set("name", _clean(arrow.name))
            flow.set("sourceRef", arrow.source)
            flow.set("targetRef", arrow.target)


def _node(process: Element, diagram: Diagram, node: Node) -> None:
    made = SubElement(process, f"{{{MODEL}}}{_TAGS[node.kind]}", id=node.id)
    if node.name:
        made.set("name", _clean(node.name))
    message = _message(diagram, node)
    if node.kind == "send" and message:
        made.set("messageRef", f"message_{message}")
    _documented(made, node.notes)
    for n, arrow in enumerate(diagram.arrows, 1):
        if arrow.target == node.id:
            SubElement(made, f"{{{MODEL}}}incoming").text = f"arrow_{n}"
    for n, arrow in enumerate(diagram.arrows, 1):
        if arrow.source == node.id:
            SubElement(made, f"{{{MODEL}}}outgoing").text = f"arrow_{n}"
    if message is not None and node.kind not in TASKS:
        event = SubElement(made, f"{{{MODEL}}}messageEventDefinition", id=f"event_{node.id}")
        if message:
            event.set("messageRef", f"message_{message}")


def _message(diagram: Diagram, node: Node) -> str | None:
    """The type of message that an event or a sending task is about, empty if the act names none; None for others."""
    if node.kind in ("user", "service"):
        return None
    return next((one.type for one in diagram.message_flows if node.id in (one.source, one.target)), None)


def _shapes(root: Element, laid: Page) -> None:
    diagram = laid.diagram
    whole = SubElement(root, f"{{{DI}}}BPMNDiagram", id="diagram", name=_clean(diagram.title))
    plane = SubElement(whole, f"{{{DI}}}BPMNPlane", id="plane", bpmnElement="collaboration")
    for pool in diagram.pools:
        _shape(plane, pool_id(pool.party), laid.pools[pool.party], isHorizontal="true")
        for lane in pool.lanes:
            _shape(plane, f"lane_{lane.performer}", laid.lanes[lane.performer], isHorizontal="true")
    for node in diagram.nodes.values():
        marked = {"isMarkerVisible": "true"} if node.kind == "gateway" else {}
        _shape(plane, node.id, laid.nodes[node.id], laid.labels.get(node.id), **marked)
    numbers = {arrow: n for n, arrow in enumerate(diagram.arrows, 1)}
    for arrow, line in laid.arrows:
        _edge(plane, f"arrow_{numbers[arrow]}", line)
    orders = {message_flow: n for n, message_flow in enumerate(diagram.message_flows, 1)}
    for message_flow, line in laid.message_flows:
        _edge(plane, f"letter_{orders[message_flow]}", line)


def _shape(plane: Element, name: str, box: Box, label: Box | None = None, **marks: str) -> None:
    shape = SubElement(plane, f"{{{DI}}}BPMNShape", {"id": f"shape_{name}", "bpmnElement": name} | marks)
    _bounds(shape, box)
    _labelled(shape, label)


def _edge(plane: Element, name: str, line: Line) -> None:
    edge = SubElement(plane, f"{{{DI}}}BPMNEdge", id=f"edge_{name}", bpmnElement=name)
    for x, y in line.points:
        SubElement(edge, f"{{{DD}}}waypoint", x=str(x), y=str(y))
    _labelled(edge, line.label)


def _labelled(shape: Element, label: Box | None) -> None:
    if label is not None:
        _bounds(SubElement(shape, f"{{{DI}}}BPMNLabel"), label)


def _bounds(shape: Element, box: Box) -> None:
    SubElement(shape, f"{{{DC}}}Bounds", x=str(box.x), y=str(box.y), width=str(box.width), height=str(box.height))


def _documented(made: Element, notes: tuple[str, ...]) -> None:
    if notes:
        SubElement(made, f"{{{MODEL}}}documentation").text = _clean("\n".join(notes))


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
