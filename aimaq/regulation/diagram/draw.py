"""A flow of a regulation as a diagram in one language: what stands in which pool, and what goes between them."""

from __future__ import annotations

from collections.abc import Iterator

from aimaq.language.messages import PARTIES
from aimaq.regulation import Flow, Regulation, Texts
from aimaq.regulation.diagram import notes, words
from aimaq.regulation.diagram.graph.cut import Cut, pool_id
from aimaq.regulation.diagram.graph.trunk import Trunk, trunk
from aimaq.regulation.diagram.model import Diagram, Lane, MessageFlow, Node, Pool
from aimaq.regulation.model.vocabulary import VISITORS
from aimaq.regulation.wording import status

ORDER = ("portal", "con", "lea", "gateway", "registry")
"""The pools from above: those that work, in this order, and then those that only get and send messages."""


def draw(regulation: Regulation, channel: str, language: str) -> Diagram:
    """The diagram of a regulation's flow through a channel; UnknownRegulation if there is no such channel."""
    flow = regulation.flow(channel)
    whole = trunk(regulation, flow, language)
    pieces = Cut(whole, language)
    pieces.run()
    message_flows = list(dict.fromkeys([*pieces.message_flows, *_copies(flow, whole, language)]))
    return Diagram(
        id=f"{regulation.id}.{channel}",
        title=regulation.title.say(language),
        language=language,
        notes=tuple(notes.of_flow(regulation, flow, language)),
        pools=tuple(_pools(flow, pieces.nodes, message_flows, language)),
        nodes=pieces.nodes,
        arrows=tuple(pieces.arrows),
        message_flows=tuple(message_flows),
        main=frozenset(pieces.main),
    )


def _copies(flow: Flow, whole: Trunk, language: str) -> Iterator[MessageFlow]:
    """The notices that the gateway sends beside the messages it forwards."""
    for copy in flow.copies:
        for node, sends in whole.sends.items():
            if copy.of in sends:
                text = words.MESSAGES["StatusChanged"].say(language)
                described = "" if copy.status == "same" else f": {status(copy.status).say(language)}"
                yield MessageFlow(pool_id("gateway"), pool_id(copy.to), "StatusChanged", text + described, near=node)


def _pools(flow: Flow, nodes: dict[str, Node], message_flows: list[MessageFlow], language: str) -> Iterator[Pool]:
    ends = {end for message_flow in message_flows for end in (message_flow.source, message_flow.target)}
    working = {node.pool for node in nodes.values()}
    described = {party for party in PARTIES if pool_id(party) in ends}
    for party in sorted(working | described, key=lambda party: (party not in working, ORDER.index(party))):
        performers = dict.fromkeys(node.lane for node in nodes.values() if node.pool == party)
        lanes = tuple(Lane(performer, _lane(flow, performer, language)) for performer in performers)
        yield Pool(party, words.POOLS[party].say(language), lanes)


def _lane(flow: Flow, performer: str, language: str) -> str:
    """What a lane is called: for the body's staff as the act prints it, in Kazakh, if it always prints the same."""
    known = words.LANES.get(performer) or Texts(kk=performer, ru=performer, en=performer)
    printed = {
        step.unit for step in flow.steps.values() if step.unit and {part.by for part in step.parts} == {performer}
    }
    if language != "kk" or len(printed) != 1 or not performer.startswith("lea.") or performer in VISITORS:
        return known.say(language)
    unit = printed.pop()
    return unit[:1].upper() + unit[1:]
