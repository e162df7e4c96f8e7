"""A diagram as a Mermaid flowchart: a frame a pool, a frame a lane in it, dotted lines for what goes between pools."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aimaq.regulation.diagram.graph.cut import pool_id
from aimaq.regulation.diagram.model import TASKS, Diagram, Node

_SHAPES = {
    "start": ("((", "))"),
    "message-start": ("((", "))"),
    "throw": (">", "]"),
    "catch": (">", "]"),
    "gateway": ("{", "}"),
    "event-gateway": ("{{", "}}"),
    "end": ("([", "])"),
}


def mermaid(diagram: Diagram) -> str:
    """The flowchart as text; the same diagram gives the same text."""
    return "\n".join(_lines(diagram)) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    yield f"%% {diagram.id}: {_plain(diagram.title)}"
    for note in diagram.notes:
        yield f"%% {_plain(note)}"
    yield "flowchart LR"
    for pool in diagram.pools:
        if not pool.lanes:
            yield f"  {pool_id(pool.party)}[[{_quoted(pool.title)}]]"
            continue
        yield f"  subgraph {pool_id(pool.party)}[{_quoted(pool.title)}]"
        for lane in pool.lanes:
            yield f"    subgraph {_id(f'lane_{lane.performer}')}[{_quoted(lane.title)}]"
            for node in diagram.nodes.values():
                if node.lane == lane.performer:
                    yield f"      {_node(node)}"
            yield "    end"
        yield "  end"
    for arrow in diagram.arrows:
        wording = f"|{_quoted(arrow.name)}|" if arrow.name else ""
        yield f"  {_id(arrow.source)} -->{wording} {_id(arrow.target)}"
    for message_flow in diagram.message_flows:
        yield f"  {_id(message_flow.source)} -.->|{_quoted(message_flow.name)}| {_id(message_flow.target)}"


def _node(node: Node) -> str:
    left, right = ("[", "]") if node.kind in TASKS else _SHAPES[node.kind]
    if node.kind == "service":
        left, right = "[[", "]]"
    return f"{_id(node.id)}{left}{_quoted(node.name or ' ')}{right}"


def _id(name: str) -> str:
    """A name without the signs that mean something to Mermaid; two different names stay different."""
    return re.sub(r"[^0-9A-Za-z_]", lambda sign: "_" if sign[0] == "." else "__", name)


def _quoted(text: str) -> str:
    for sign, written in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\n", "<br/>")):
        text = text.replace(sign, written)
    return f'"{text}"'


def _plain(text: str) -> str:
    return " ".join(text.split())
