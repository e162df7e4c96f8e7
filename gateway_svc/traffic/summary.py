"""What a window of the traffic comes to: totals, links, routes and the strip, of what was counted and what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aimaq.bus import GATEWAY
from aimaq.language.envelope import party_of
from aimaq.language.messages import PARTIES
from gateway_svc.traffic.backlog import NOTHING, Pile, States
from gateway_svc.traffic.counts import Counts, Route
from gateway_svc.traffic.histogram import quantile
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

STRIP = 60
"""Minutes of the strip, the present one included."""
SYSTEMS = tuple(party for party in PARTIES if party != GATEWAY)
"""The parties that have a link with the gateway, whether anything moves on it or not."""

ByRoute = Mapping[Route, Counts]
Lasted = Callable[[datetime, datetime], timedelta]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read at one instant: what was counted `since` when, by route, and in the last day; what waits.

    `minutes` has counts by minute, `strip` the minutes that are shown; `lasted` is the clock's
    (`aimaq.language.clock.Clock.lasted`).
    """

    now: datetime
    since: Mapping[Window, datetime]
    counts: Mapping[Window, ByRoute]
    minutes: Mapping[datetime, ByRoute]
    strip: list[datetime]
    backlog: Mapping[str, States]
    outsiders: frozenset[str]
    lasted: Lasted


def summary(snapshot: Snapshot, window: Window) -> Traffic:
    """The traffic in one of the windows."""
    return _Summary(snapshot, window).traffic()


class _Summary:
    def __init__(self, snapshot: Snapshot, window: Window) -> None:
        self._snapshot, self._window = snapshot, window
        self._counts = snapshot.counts[window]
        self._day = snapshot.counts["day"]
        elapsed = snapshot.lasted(snapshot.since[window], snapshot.now).total_seconds()
        self._seconds = elapsed if elapsed > 0 else None
        self._speakers = {route.sender for route in self._day}

    def traffic(self) -> Traffic:
        """All of it."""
        snapshot = self._snapshot
        every = self._together(self._counts)
        backlog = _added(snapshot.backlog.values())
        return Traffic(
            now=snapshot.now,
            window=self._window,
            since=snapshot.since[self._window],
            seconds=self._seconds,
            total=self._direction(every),
            retried=every.retried,
            p50=_rounded(quantile(every.latency, 0.5)),
            p99=_rounded(quantile(every.latency, 0.99)),
            waiting=self._waiting(backlog),
            links=self._links(),
            routes=[self._route(route) for route in sorted(self._day)],
            strip=self._strip(),
        )

    def _links(self) -> list[Link]:
        waiting: dict[str, list[States]] = {}
        for name, states in self._snapshot.backlog.items():
            waiting.setdefault(self._system(name), []).append(states)
        found = {self._system(name) for route in self._day for name in route} | waiting.keys()
        others = sorted(found - {*SYSTEMS, GATEWAY, UNKNOWN})
        unknown = [UNKNOWN] if any(route.sender == UNKNOWN for route in self._day) else []
        return [self._link(name, _added(waiting.get(name, ()))) for name in (*SYSTEMS, *others, *unknown)]

    def _link(self, system: str, backlog: States) -> Link:
        counts, day = self._counts, self._day
        sent = self._together({route: one for route, one in counts.items() if self._system(route.sender) == system})
        received = self._together({r: one for r, one in counts.items() if self._system(r.recipient) == system})
        last = [one.last_at for route, one in day.items() if system in map(self._system, route)]
        here, p99 = self._waiting(backlog), _rounded(quantile(sent.latency, 0.99))
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
            p50=_rounded(quantile(sent.latency, 0.5)),
            p99=p99,
            here=here,
            there=None,
            last_at=max(last, default=None),
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
        return RouteTraffic(
            sender=route.sender,
            recipient=route.recipient,
            traffic=self._direction(counts),
            retried=counts.retried,
            p50=_rounded(quantile(counts.latency, 0.5)),
            p99=_rounded(quantile(counts.latency, 0.99)),
            last_at=self._day[route].last_at,
        )

    def _direction(self, counts: Counts) -> Direction:
        rate = round(counts.accepted / self._seconds, 3) if self._seconds is not None else None
        return Direction(accepted=counts.accepted, refused=counts.refused, bytes=counts.bytes, rate=rate)

    def _together(self, counts: ByRoute) -> Counts:
        found = Counts(self._snapshot.now)
        for one in counts.values():
            found = one.plus(found)
        return found

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

    def _strip(self) -> list[StripMinute]:
        minutes = self._snapshot.minutes
        return [
            StripMinute(
                at,
                sum(one.accepted for one in minutes.get(at, {}).values()),
                sum(one.refused for one in minutes.get(at, {}).values()),
            )
            for at in self._snapshot.strip
        ]


def _added(piles: Iterable[States]) -> States:
    found: States = {}
    for states in piles:
        for state, pile in states.items():
            found[state] = pile.plus(found.get(state, NOTHING))
    return found


def _rounded(milliseconds: float | None) -> float | None:
    """Three significant digits, which is more than a bucket tells."""
    return None if milliseconds is None else float(f"{milliseconds:.3g}")
