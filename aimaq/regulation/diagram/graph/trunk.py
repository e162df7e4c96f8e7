"""A flow as one graph, not yet cut into pools: a task a part, a gateway where it branches, an end where it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aimaq.regulation import END, Flow, Part, Regulation, Step, wording
from aimaq.regulation.diagram import notes
from aimaq.regulation.diagram.model import Arrow, Kind, Node
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.regulation.model.vocabulary import OUTCOMES

USUAL = ("ok", "granted")
"""The outcomes with which a case goes its straight way."""


@dataclass(slots=True)
class Trunk:
    """The graph of a flow: nodes in the order of the act, what follows what, and what each task sends to whom."""

    start: str
    nodes: dict[str, Node] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    sends: dict[str, dict[str, str]] = field(default_factory=dict)
    main: frozenset[str] = frozenset()

    def after(self, node: str) -> list[Arrow]:
        """The arrows that leave a node."""
        return [arrow for arrow in self.arrows if arrow.source == node]

    def before(self, node: str) -> list[Arrow]:
        """The arrows that come to a node."""
        return [arrow for arrow in self.arrows if arrow.target == node]

    def pool(self, node: str) -> str:
        """The system that a node belongs to."""
        return self.nodes[node].pool


def trunk(regulation: Regulation, flow: Flow, language: str) -> Trunk:
    """The graph of a flow, with its texts in the language."""
    made = Trunk(start=task(flow.steps[flow.start]))
    for step in flow.steps.values():
        for part in step.parts:
            _task(made, regulation, flow, step, part, language)
    for step in flow.steps.values():
        for n, part in enumerate(step.parts):
            _follow(made, flow, step, part, _branches(step, n), language)
    made.main = frozenset(_main(made))
    return made


def task(step: Step, part: Part | None = None) -> str:
    """The id of the task that a part of a step is; of the first one, if no part is given."""
    return f"task_{step.ref}_{(part or step.parts[0]).does}"


def _task(made: Trunk, regulation: Regulation, flow: Flow, step: Step, part: Part, language: str) -> None:
    sent = {message: to for message, to in part.sends.items() if to != part.party}
    kind: Kind = "user" if part.by_person else "send" if sent and not part.asks else "service"
    made.nodes[task(step, part)] = Node(
        id=task(step, part),
        kind=kind,
        lane=part.by,
        name=notes.name(regulation, step, part, language),
        step=step.ref,
        notes=tuple(notes.of_part(regulation, flow, step, part, language)),
    )
    made.sends[task(step, part)] = sent


def _branches(step: Step, n: int) -> dict[str, str]:
    """What comes after part `n` for each of its outcomes, the usual one first: a task, a step or an end."""
    part = step.parts[n]
    if n + 1 < len(step.parts):
        return {"ok": task(step, step.parts[n + 1])} | part.exit
    left = {outcome for earlier in step.parts[:-1] for outcome in earlier.exit}
    own = set(OPERATIONS[part.does].outcomes) if part.does in OPERATIONS else set()
    found = {outcome: there for outcome, there in step.next.items() if outcome in own or outcome not in left}
    return dict(sorted(found.items(), key=lambda branch: branch[0] not in USUAL))


def _follow(made: Trunk, flow: Flow, step: Step, part: Part, branches: dict[str, str], language: str) -> None:
    source = task(step, part)
    ways: dict[str, list[str]] = {}
    for outcome, there in branches.items():
        ways.setdefault(there, []).append(outcome)
    if len(ways) > 1:
        gateway = f"gateway_{step.ref}_{part.does}"
        known = [OUTCOMES[outcome] for outcome in branches if outcome in OUTCOMES]
        asks = [outcome.question.say(language) for outcome in known if outcome.question]
        made.nodes[gateway] = Node(gateway, "gateway", part.by, "".join(asks[:1]), step.ref)
        made.arrows.append(Arrow(source, gateway))
        source = gateway
    for there, outcomes in ways.items():
        if there.startswith(END):
            target = _end(made, flow, there.removeprefix(END), part.by, language)
            if part.exit and set(outcomes) <= part.exit.keys():
                made.sends[target] = {"CaseClosed": "gateway" if flow.front_desk == part.party else flow.front_desk}
        elif there in flow.steps:
            target = task(flow.steps[there])
        else:
            target = there
        text = " / ".join(_outcome(outcome, branches, language) for outcome in outcomes)
        made.arrows.append(Arrow(source, target, "" if len(ways) == 1 and outcomes == ["ok"] else text))


def _outcome(outcome: str, beside: Iterable[str], language: str) -> str:
    usual = next((OUTCOMES[other].usual for other in beside if other in OUTCOMES and OUTCOMES[other].usual), None)
    return (usual if usual and outcome == "ok" else wording.outcome(outcome)).say(language)


def _end(made: Trunk, flow: Flow, name: str, lane: str, language: str) -> str:
    """A new end event for each place from which the flow comes to the end."""
    number = sum(node.kind == "end" and node.id.startswith(f"end_{name}.") for node in made.nodes.values()) + 1
    there = f"end_{name}.{number}"
    made.nodes[there] = Node(there, "end", lane, flow.ends[name].title.say(language))
    return there


def _main(made: Trunk) -> Iterator[str]:
    """The path on which every outcome is the first that the act gives."""
    visited = set[str]()
    place: str | None = made.start
    while place is not None and place not in visited:
        yield place
        visited.add(place)
        place = next((arrow.target for arrow in made.after(place)), None)
