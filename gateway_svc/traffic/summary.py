"""What a window of the traffic comes to: totals, links, routes and the strip, of what was counted and what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aimaq.bus import GATEWAY
from aimaq.language.envelope import party_of
from aimaq.language.messages import PARTIES
from gateway_svc.traffic.backlog import NOTHING, Pile, States
from gateway_svc.traffic.counted import ByRoute, together
from gateway_svc.traffic.counts import Counts, Route
from gateway_svc.traffic.histogram import quantiles
from gateway_svc.traffic.states import state_of
from gateway_svc.traffic.tally import UNKNOWN
from gateway_svc.traffic.views import (
    Direction,
    Link,
    RouteTraffic,
    StripMinute,
    SystemKind,
    Traffic,
    Waiting,
    Window,
)

SYSTEMS = tuple(party for party in PARTIES if party != GATEWAY)
"""The parties that have a link with the gateway, whether anything moves on it or not."""

Lasted = Callable[[datetime, datetime], timedelta]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read at one instant: when each window begins, the strip of the last hour, what waits.

    `lasted` is the clock's (`aimaq.language.clock.Clock.lasted`).
    """

    now: datetime
    since: Mapping[Window, datetime]
    strip: list[StripMinute]
    backlog: Mapping[str, States]
    outsiders: frozenset[str]
    lasted: Lasted


@dataclass(slots=True)
class _Load:
    """What a system sent and received, a count a route, and when the last message of either way was."""

    sent: list[Counts] = field(default_factory=list)
    received: list[Counts] = field(default_factory=list)
    last_at: datetime | None = None

    def add(self, sent: Counts | None, received: Counts | None, last_at: datetime) -> None:
        """Add a route."""
        self.sent += [sent] if sent is not None else []
        self.received += [received] if received is not None else []
        self.last_at = max(self.last_at or last_at, last_at)


def summary(snapshot: Snapshot, window: Window, counts: ByRoute, day: ByRoute) -> Traffic:
    """The traffic in one of the windows, in which this was counted; `day` is what was in the longest of them."""
    return _Summary(snapshot, window, counts, day).traffic()


class _Summary:
    def __init__(self, snapshot: Snapshot, window: Window, counts: ByRoute, day: ByRoute) -> None:
        self._snapshot, self._window = snapshot, window
        self._counts, self._day = counts, day
        elapsed = snapshot.lasted(snapshot.since[window], snapshot.now).total_seconds()
        self._seconds = elapsed if elapsed > 0 else None
        self._speakers = {route.sender for route in self._day}

    def traffic(self) -> Traffic:
        """All of it."""
        snapshot = self._snapshot
        every = together(self._counts.values(), snapshot.now)
        backlog = _added(snapshot.backlog.values())
        p50, p99 = _quantiles(every)
        return Traffic(
            now=snapshot.now,
            window=self._window,
            since=snapshot.since[self._window],
            seconds=self._seconds,
            total=self._direction(every),
            retried=every.retried,
            p50=p50,
            p99=p99,
            waiting=self._waiting(backlog),
            links=self._links(),
            routes=[self._route(route) for route in sorted(self._day)],
            strip=snapshot.strip,
        )

    def _links(self) -> list[Link]:
        waiting: dict[str, list[States]] = {}
        for name, states in self._snapshot.backlog.items():
            waiting.setdefault(self._system(name), []).append(states)
        loads: dict[str, _Load] = {}
        for route, day in self._day.items():
            counts = self._counts.get(route)
            sender, recipient = self._system(route.sender), self._system(route.recipient)
            loads.setdefault(sender, _Load()).add(counts, None, day.last_at)
            loads.setdefault(recipient, _Load()).add(None, counts, day.last_at)
        others = sorted((loads.keys() | waiting.keys()) - {*SYSTEMS, GATEWAY, UNKNOWN})
        unknown = [UNKNOWN] if any(route.sender == UNKNOWN for route in self._day) else []
        every = (*SYSTEMS, *others, *unknown)
        return [self._link(name, loads.get(name, _Load()), _added(waiting.get(name, ()))) for name in every]

    def _link(self, system: str, load: _Load, backlog: States) -> Link:
        now = self._snapshot.now
        sent, received = together(load.sent, now), together(load.received, now)
        here, (p50, p99) = self._waiting(backlog), _quantiles(sent)
        state = state_of(
            sent=sent.accepted,
            refused=sent.refused,
            received=received.accepted,
            parked=here.parked + here.retry + here.dead,
            unsent=here.unsent,
            unsent_for=here.unsent_for,
            p99=p99,
        )
        return Link(
            system=system,
            kind=self._kind(system),
            state=state,
            sent=self._direction(sent),
            received=self._direction(received),
            retried=sent.retried,
            p50=p50,
            p99=p99,
            here=here,
            there=None,
            last_at=load.last_at,
        )

    def _system(self, name: str) -> str:
        """Whose link a name belongs to: a body that sends in its own name has one, else it is its party's."""
        return name if name in self._speakers or name == UNKNOWN else party_of(name)

    def _kind(self, system: str) -> SystemKind:
        if system == UNKNOWN:
            return "unknown"
        return "party" if system in SYSTEMS and system not in self._snapshot.outsiders else "outside"

    def _route(self, route: Route) -> RouteTraffic:
        counts = self._counts.get(route) or Counts(self._snapshot.now)
        p50, p99 = _quantiles(counts)
        return RouteTraffic(
            sender=route.sender,
            recipient=route.recipient,
            traffic=self._direction(counts),
            retried=counts.retried,
            p50=p50,
            p99=p99,
            last_at=self._day[route].last_at,
        )

    def _direction(self, counts: Counts) -> Direction:
        rate = round(counts.accepted / self._seconds, 3) if self._seconds is not None else None
        return Direction(accepted=counts.accepted, refused=counts.refused, bytes=counts.bytes, rate=rate)

    def _waiting(self, backlog: States) -> Waiting:
        parked, retry, dead, unsent = (backlog.get(name, NOTHING) for name in ("held", "retry", "dead", "unsent"))
        return Waiting(
            parked=parked.count,
            retry=retry.count,
            dead=dead.count,
            unsent=unsent.count,
            oldest=self._age(parked.plus(retry).plus(unsent)),
            unsent_for=self._age(unsent),
            known_at=self._snapshot.now,
        )

    def _age(self, pile: Pile) -> float | None:
        """Seconds of real time since the first of a pile came."""
        if pile.since is None:
            return None
        return round(max(0.0, self._snapshot.lasted(pile.since, self._snapshot.now).total_seconds()), 3)


def _added(piles: Iterable[States]) -> States:
    found: States = {}
    for states in piles:
        for state, pile in states.items():
            found[state] = pile.plus(found.get(state, NOTHING))
    return found


def _quantiles(counts: Counts) -> tuple[float | None, float | None]:
    """The median and the 99th of 100, in milliseconds with three digits, which is more than a bucket tells."""
    half, most = quantiles(counts.latency, (0.5, 0.99))
    return (None if half is None else float(f"{half:.3g}")), (None if most is None else float(f"{most:.3g}"))
