"""What a diagram is made of, before it has a place on the page: pools with lanes, nodes, arrows, letters.

The words are those of BPMN 2.0 where it has some: a pool is a system, a lane is who does the work there, an arrow is a
sequence flow and stays inside its pool, a letter is a message flow and goes from one pool to another.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from aimaq.regulation import party_of

Kind = Literal["start", "message-start", "user", "service", "send", "throw", "catch", "gateway", "event-gateway", "end"]
"""What a node is: one of BPMN's start and end events, tasks, intermediate message events and gateways."""

TASKS = frozenset({"user", "service", "send"})
"""The kinds that are tasks; a task is one part of a step."""

GATEWAYS = frozenset({"gateway", "event-gateway"})
"""The kinds that are gateways: of an outcome, and of whichever message comes first."""


class Node(msgspec.Struct, frozen=True):
    """One shape inside a lane. `lane` is the performer, `step` the ref of the step it draws, if it draws one.

    `name` is what stands on or beside it, in lines; `notes` is what a reader can look up.
    """

    id: str
    kind: Kind
    lane: str
    name: str = ""
    step: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def pool(self) -> str:
        """The system that the shape belongs to."""
        return party_of(self.lane)


class Arrow(msgspec.Struct, frozen=True):
    """What comes after what inside a pool; `name` is the outcome, where there are several."""

    source: str
    target: str
    name: str = ""


class MessageFlow(msgspec.Struct, frozen=True):
    """A message from one pool to another; each end is a node, or a pool as a whole.

    `type` is the message's type, or empty where the act says that the case passes on and names no message. `near` is
    the node beside which a letter between two whole pools is drawn.
    """

    source: str
    target: str
    type: str
    name: str
    near: str = ""


class Lane(msgspec.Struct, frozen=True):
    """Who does the work: a performer, and what they are called."""

    performer: str
    title: str


class Pool(msgspec.Struct, frozen=True):
    """One system; without lanes it does nothing in the flow but get and send messages."""

    party: str
    title: str
    lanes: tuple[Lane, ...] = ()


class Diagram(msgspec.Struct, frozen=True):
    """One flow as a diagram in one language; pools stand from above, nodes and the rest in the order of the flow."""

    id: str
    title: str
    language: str
    notes: tuple[str, ...]
    pools: tuple[Pool, ...]
    nodes: dict[str, Node]
    arrows: tuple[Arrow, ...]
    message_flows: tuple[MessageFlow, ...]
    main: frozenset[str]
    """The nodes of the path on which all is in order; a layout keeps them in one line."""
