"""The live map: the gateway in the middle, each system beside it, the load of its link on the line between them.

Drawn by the server as SVG. Systems stand on the left and on the right in an order of their own, whatever happens on
their links, so that nothing moves but what has changed. Up to three a side are drawn large, more of them dense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway_svc.console import labels
from gateway_svc.console.language import Reader
from gateway_svc.console.pages.traffic import figures, words
from gateway_svc.traffic.views import Link, Traffic

MOST = 24
"""Systems on the map; the others are in the table beneath it."""
_LARGE = 3
"""Systems a side that are drawn large."""
_LONGEST = 22
"""Characters of a name that fit into a node."""

_WORDS = 170
"""How far a line runs straight from a system that is drawn small, for the words on it."""

_ABOVE, _ASTRIDE, _BELOW = (-47.0, -29.0, -12.0), (-10.0, 19.0, 37.0), (21.0, 39.0, 56.0)
"""How far the three lines of words are from a line: all on one side of one that bends, on both of a straight one."""

_LEFT = ("portal", "con")


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures of a map, in units of its view box."""

    width: float
    node: float
    tall: float
    pitch: float
    hub: float
    least: int
    """Rows that there is room for in any case."""


_SPARSE = Layout(width=970, node=190, tall=82, pitch=184, hub=176, least=3)
_DENSE = Layout(width=1090, node=190, tall=56, pitch=76, hub=150, least=4)


@dataclass(frozen=True, slots=True)
class Spoke:
    """A system on the map with the line to the gateway, and the three lines of words on it.

    `x` and `y` are the corner of its box; the words stand around `middle`, each of the three `lines` at its height,
    beside the line and never on it. `state` and `kind` are classes.
    """

    system: str
    name: str
    text: str
    state: str
    kind: str
    x: float
    y: float
    path: str
    thick: float
    middle: float
    lines: tuple[float, float, float]
    rate: str
    latency: str
    waits: str
    trouble: str
    calm: bool


@dataclass(frozen=True, slots=True)
class Map:
    """The whole picture: its size, the gateway's box, what stands in that, the spokes, and how many are left out."""

    layout: Layout
    height: float
    hub: tuple[float, float]
    hub_tall: float
    name: str
    rate: str
    spokes: list[Spoke]
    omitted: int


def drawn(traffic: Traffic, say: Reader) -> Map:
    """The map of what moves."""
    shown = _chosen(traffic.links)
    left = [link for link in shown if link.system in _LEFT]
    right = [link for link in shown if link.system not in _LEFT]
    while len(right) > max(_LARGE, len(left) + 1):
        left.append(right.pop())
    rows = max(len(left), len(right))
    layout = _SPARSE if rows <= _LARGE else _DENSE
    height = layout.tall + layout.pitch * (max(rows, layout.least) - 1) + 2 * _MARGIN
    hub_tall = 104 if layout is _SPARSE else min(height - 2 * _MARGIN, 104 + 14 * rows)
    most = max((_moved(link) for link in shown), default=0.0)
    spokes = [
        _spoke(link, say, layout, height, hub_tall, place, len(side), most, right=on_right)
        for side, on_right in ((left, False), (right, True))
        for place, link in enumerate(side)
    ]
    total = traffic.total
    rate = figures.rate(say, total.rate) if total.rate is not None else _in_all(say, total.accepted)
    return Map(
        layout=layout,
        height=height,
        hub=((layout.width - layout.hub) / 2, (height - hub_tall) / 2),
        hub_tall=hub_tall,
        name=say(labels.NAMES["gateway"]),
        rate=say(words.HUB_RATE, rate=rate),
        spokes=spokes,
        omitted=len(traffic.links) - len(shown),
    )


_MARGIN = 20.0


def _chosen(links: Sequence[Link]) -> list[Link]:
    """Those that there is room for: the parties, then those in trouble, then whoever is left, in their own order."""
    if len(links) <= MOST:
        return list(links)
    trouble = {"stopped": 0, "slow": 1, "ok": 2, "silent": 3}
    order = sorted(links, key=lambda one: (one.kind != "party", trouble[one.state]))
    chosen = {one.system for one in order[:MOST]}
    return [one for one in links if one.system in chosen]


def _spoke(
    link: Link,
    say: Reader,
    layout: Layout,
    height: float,
    hub_tall: float,
    place: int,
    count: int,
    most: float,
    *,
    right: bool,
) -> Spoke:
    middle = _spread(place, count, height - 2 * _MARGIN - layout.tall) + _MARGIN + layout.tall / 2
    end = (height - hub_tall) / 2 + 14 + _spread(place, count, hub_tall - 28)
    start = 10 + layout.node
    reach = (layout.width - layout.hub) / 2
    flat = start + _WORDS if layout is _DENSE else start
    bend = (flat + reach) / 2

    def at(x: float) -> float:
        return round(layout.width - x if right else x, 1)

    straight = f"H{at(flat)}" if layout is _DENSE else ""
    path = f"M{at(start)} {middle:.1f}{straight}C{at(bend)} {middle:.1f} {at(bend)} {end:.1f} {at(reach)} {end:.1f}"
    heights = (
        _ASTRIDE if layout is _DENSE or abs(middle - end) < layout.tall / 2 else _ABOVE if middle < end else _BELOW
    )
    first, second, third = (round(middle + height, 1) for height in heights)
    known = link.sent.rate is not None and link.received.rate is not None
    moved = _moved(link)
    full, trouble = figures.name(say, link.system), figures.troubles(say, link)
    state = figures.CLASSES[link.state]
    waits = say(words.WAITS, count=say.number(figures.waiting(link)))
    oldest = f" · {figures.age(say, link.here.oldest)}" if link.here.oldest is not None else ""
    latency = say(words.QUANTILES, p50=figures.milliseconds(say, link.p50), p99=figures.milliseconds(say, link.p99))
    stopped = f" · {say(words.STATES['stopped'])}" if link.state == "stopped" else ""
    rate = figures.rate(say, moved) if known else _in_all(say, int(moved))
    return Spoke(
        system=link.system,
        name=full if len(full) <= _LONGEST else f"{full[: _LONGEST - 1]}…",
        text=figures.subtitle(say, link),
        state=state if state in ("near", "late") else "",
        kind="" if link.kind == "party" else "out",
        x=at(10 + (layout.node if right else 0)),
        y=round(middle - layout.tall / 2, 1),
        path=path,
        thick=round(1.5 + 5 * (moved / most) ** 0.5, 1) if most else 1.5,
        middle=at(start + _WORDS / 2 if layout is _DENSE else bend),
        lines=(first, second, third),
        rate=rate + stopped,
        latency=latency if link.p50 is not None and not stopped else "",
        waits=waits + oldest,
        trouble=trouble or say(words.NONE_REFUSED),
        calm=not trouble,
    )


def _moved(link: Link) -> float:
    """What moved on a link in both directions: a second if that is known, else in all."""
    if link.sent.rate is None or link.received.rate is None:
        return float(link.sent.accepted + link.received.accepted)
    return link.sent.rate + link.received.rate


def _in_all(say: Reader, count: int) -> str:
    return say(words.IN_ALL, count=say.number(count))


def _spread(place: int, count: int, room: float) -> float:
    """Where one of so many stands in a room: the first at its beginning, the last at its end, one alone in between."""
    return room / 2 if count == 1 else place * room / (count - 1)
