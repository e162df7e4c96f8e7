"""The graph of a flow cut into pools: sequence flow stays inside a pool, and where a case passes on a message goes.

A pool that a case comes to begins with the message that brings it; one that it comes back to waits for the message
after the last thing it did, and where different messages can come, for whichever comes first. What a pool is told
beside that goes to the pool as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aimaq.regulation.diagram import words
from aimaq.regulation.diagram.graph.trunk import Trunk
from aimaq.regulation.diagram.model import TASKS, Arrow, MessageFlow, Node

BRINGS = frozenset({"RequestSubmitted", "ResultIssued"})
"""The messages with which a case passes from one system to another."""

CLOSES = frozenset({"ResultIssued", "CaseClosed"})
"""The messages that tell a system that a case has ended elsewhere."""

Sent = tuple[str, str]
"""A message that a node sends: the node and the type, which is empty where the act names none."""


def pool_id(party: str) -> str:
    """What the pool of a party is called where a letter comes from it or goes to it as a whole."""
    return f"pool_{party}"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a pool can wait for: the messages, any of which will do, and the node or the ends they lead to."""

    sent: tuple[Sent, ...]
    target: str = ""
    ends: tuple[str, ...] = ()


@dataclass(slots=True)
class Cut:
    """The pieces: what stands in the pools and what goes between them."""

    whole: Trunk
    language: str
    nodes: dict[str, Node] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    message_flows: list[MessageFlow] = field(default_factory=list)
    main: set[str] = field(default_factory=set)
    _thrown: dict[Arrow, str] = field(default_factory=dict)
    _brought: dict[Arrow, tuple[Sent, ...]] = field(default_factory=dict)
    _waits: dict[tuple[str, tuple[Option, ...]], str] = field(default_factory=dict)
    _taken: set[tuple[str, str, str]] = field(default_factory=set)

    def run(self) -> None:
        """Cut the whole."""
        self.nodes |= self.whole.nodes
        self.main |= self.whole.main
        crossing = [arrow for arrow in self.whole.arrows if self._crosses(arrow)]
        for arrow in crossing:
            self._brought[arrow] = self._bringing(arrow)
        self._begin(crossing)
        for arrow in self.whole.arrows:
            if arrow not in crossing:
                self.arrows.append(arrow)
        for arrow in crossing:
            self._leave(arrow)
        self._join()
        self._tell()

    def _join(self) -> None:
        """Where several arrows come to a node, they come together in a gateway before it."""
        for node in list(self.nodes):
            coming = [arrow for arrow in self.arrows if arrow.target == node]
            if len(coming) > 1:
                gateway = self._add(Node(f"join_{node}", "gateway", self.nodes[node].lane), node)
                self.arrows = [
                    Arrow(arrow.source, gateway, arrow.name) if arrow in coming else arrow for arrow in self.arrows
                ]
                self.arrows.append(Arrow(gateway, node))

    def _crosses(self, arrow: Arrow) -> bool:
        return self.whole.pool(arrow.source) != self.whole.pool(arrow.target)

    def _begin(self, crossing: list[Arrow]) -> None:
        """The start of the flow, and of each pool that the case comes to later."""
        first = self.whole.start
        self._add(Node("start", "start", self.nodes[first].lane, words.START.say(self.language)), first)
        self.arrows.append(Arrow("start", first))
        begun: dict[tuple[tuple[Sent, ...], str], str] = {}
        for arrow in crossing:
            party = self.whole.pool(arrow.target)
            if party == self.whole.pool(first) or arrow.source not in self._reached(first, party):
                continue
            sent = self._brought[arrow]
            if (sent, arrow.target) not in begun:
                start = f"start_{party}.{sum(name.startswith(f'start_{party}.') for name in self.nodes) + 1}"
                begun[sent, arrow.target] = start
                lane = self.nodes[arrow.target].lane
                self._add(Node(start, "message-start", lane, self._message(sent[0][1])), arrow.target)
                self.arrows.append(Arrow(start, arrow.target))
                self._send(sent, start, party)

    def _leave(self, arrow: Arrow) -> None:
        """What the pool of the arrow's source does after it: end, or wait for what can come."""
        source, party = arrow.source, self.whole.pool(arrow.source)
        name = arrow.name
        if arrow in self._thrown:
            self.arrows.append(Arrow(source, self._thrown[arrow], name))
            source, name = self._thrown[arrow], ""
        options = tuple(self._options(arrow.target, party))
        key = (party if options else f"{party}>{source}", options)
        if key not in self._waits:
            self._waits[key] = self._wait(options, source, party, self.whole.pool(arrow.target))
        into = Arrow(source, self._waits[key], "" if self.nodes[source].kind in TASKS else name)
        if into not in self.arrows:
            self.arrows.append(into)

    def _wait(self, options: tuple[Option, ...], source: str, party: str, to: str) -> str:
        lane = self.nodes[source].lane
        if not options:
            return self._add(Node(self._number(f"away_{party}"), "end", lane, self._away(to)), source)
        caught = [self._catch(option, lane, party, source) for option in options]
        if len(caught) == 1:
            return caught[0]
        gateway = self._add(Node(self._number(f"wait_{party}"), "event-gateway", lane), source)
        self.arrows += [Arrow(gateway, catch) for catch in caught]
        return gateway

    def _catch(self, option: Option, lane: str, party: str, source: str) -> str:
        there = self._number(f"catch_{party}")
        at = self.nodes[option.target].lane if option.target else lane
        self._add(Node(there, "catch", at, self._message(option.sent[0][1])), option.target or option.ends[0])
        target = option.target
        if not target:
            names = list(dict.fromkeys(self.nodes[end].name for end in option.ends))
            target = self._add(Node(self._number(f"told_{party}"), "end", lane, " / ".join(names)), option.ends[0])
        self.arrows.append(Arrow(there, target))
        self._send(option.sent, there, party)
        return there

    def _options(self, place: str, party: str) -> list[Option]:
        """What a pool can wait for once the case has gone to a node of another: its next nodes, and ends elsewhere.

        What comes on the main path is first. Ends of which the same kind of message tells are one thing to wait for.
        """
        found: list[tuple[tuple[Sent, ...], str]] = []
        described: dict[str, list[tuple[tuple[Sent, ...], str]]] = {}
        for node in self._reached(place, party):
            for arrow in self.whole.after(node):
                way = (self._brought.get(arrow, ()), arrow.target)
                if self.whole.pool(arrow.target) == party and way not in found:
                    found.append(way)
            if self.nodes[node].kind == "end" and (sent := self._closing(node, party)):
                described.setdefault(sent[0][1], []).append((sent, node))
        options = [Option(sent, target) for sent, target in found]
        for ends in described.values():
            sent = tuple(dict.fromkeys(one for several, _ in ends for one in several))
            options.append(Option(sent, ends=tuple(end for _, end in ends)))
        return sorted(options, key=lambda option: not self.main.intersection((option.target, *option.ends)))

    def _reached(self, place: str, without: str) -> list[str]:
        """The nodes that a case can come to from a place without the nodes of one pool, nearest first."""
        found = [place] if self.whole.pool(place) != without else []
        for node in found:
            for arrow in self.whole.after(node):
                if self.whole.pool(arrow.target) != without and arrow.target not in found:
                    found.append(arrow.target)
        return found

    def _bringing(self, arrow: Arrow) -> tuple[Sent, ...]:
        """The messages with which the case comes over this arrow; one without a type where the act names none."""
        party, source = self.whole.pool(arrow.target), arrow.source
        if found := self._senders(source, party, BRINGS, through=TASKS):
            return found
        if self.nodes[source].kind in TASKS:
            return ((source, next((t for t, to in self.whole.sends[source].items() if to == party), "")),)
        number = self._number(f"throw_{self.whole.pool(source)}")
        self._thrown[arrow] = self._add(Node(number, "throw", self.nodes[source].lane, self._away(party)), arrow.target)
        return ((self._thrown[arrow], ""),)

    def _closing(self, end: str, party: str) -> tuple[Sent, ...]:
        """The messages that tell a pool of an end elsewhere; none if it is not told."""
        both = TASKS | {"gateway", "end"}
        if found := self._senders(end, party, CLOSES, through=both):
            return found
        return self._senders(end, party, frozenset(words.MESSAGES), through=both - TASKS)

    def _senders(self, place: str, party: str, types: frozenset[str], through: frozenset[str]) -> tuple[Sent, ...]:
        """The nearest nodes from a place back, by way of some kinds of nodes, that send a party one of these types."""
        found: list[Sent] = []
        looked_at = [place]
        for node in looked_at:
            if self.whole.pool(node) == party:
                continue
            sent = [t for t, to in self.whole.sends.get(node, {}).items() if to == party and t in types]
            if sent:
                found.append((node, sent[-1]))
            elif self.nodes[node].kind in through:
                looked_at += [a.source for a in self.whole.before(node) if a.source not in looked_at]
        return tuple(found)

    def _tell(self) -> None:
        """What is sent beside the messages that bring a case or close it: to the pool as a whole."""
        for node, sends in self.whole.sends.items():
            for message, party in sends.items():
                if (node, message, party) not in self._taken:
                    self.message_flows.append(MessageFlow(node, pool_id(party), message, self._message(message)))
                if message == "RegistryAsked":
                    answer = "RegistryAnswered"
                    self.message_flows.append(MessageFlow(pool_id(party), node, answer, self._message(answer)))

    def _send(self, sent: tuple[Sent, ...], to: str, party: str) -> None:
        for source, message in sent:
            self._taken.add((source, message, party))
            self.message_flows.append(MessageFlow(source, to, message, self._message(message)))

    def _message(self, message: str) -> str:
        known = words.MESSAGES.get(message)
        return known.say(self.language) if known else message

    def _away(self, party: str) -> str:
        return words.HANDED_ON.say(self.language).format(to=words.POOLS[party].say(self.language))

    def _number(self, stem: str) -> str:
        return f"{stem}.{sum(name.startswith(f'{stem}.') for name in self.nodes) + 1}"

    def _add(self, node: Node, like: str) -> str:
        """Put in a node, which is on the main path if another one is."""
        self.nodes[node.id] = node
        if like in self.main:
            self.main.add(node.id)
        return node.id
