"""What is shown of the traffic: a link is a system's connection with the gateway, a route is who sends to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from aimaq.web.schemas import View
from gateway_svc.traffic.states import State

Window = Literal["minute", "hour", "day"]
"""The time that is looked at. It begins with a minute or an hour: `minute` is the present one and the one before."""

SystemKind = Literal["party", "outside", "unknown"]
"""One of the stand's parties; somebody else's system; whoever sent what cannot be believed."""


@dataclass(frozen=True, slots=True)
class Direction(View):
    """What went one way: messages that were accepted and refused, their bytes, and how many came in a second.

    `rate` is null where the stand's clock stood: it is then not known how long that was.
    """

    accepted: int
    refused: int
    bytes: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class Waiting(View):
    """What waits somewhere, as was known at `known_at`, and for how many seconds of real time the oldest has waited.

    `held`: for an earlier message of the case; `retry`: to be tried again; `dead`: for an operator; `unsent`: to be
    sent. `oldest` is of all but the dead, `unsent_for` of the unsent alone.
    """

    parked: Annotated[int, Field(serialization_alias="held")]
    retry: int
    dead: int
    unsent: int
    oldest: float | None
    unsent_for: float | None
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Link(View):
    """A system and the gateway: what it `sent`, what it `received`, and what waits.

    `p50` and `p99` are milliseconds of real time from when a message was made to when it was journalled; null where
    that cannot be told. `here` is what of it, or for it, waits at the gateway; `there` what waits at the system itself,
    null if it has not reported that. `last_at` is when the last message of either way was journalled, within a day.
    """

    system: str
    kind: SystemKind
    state: State
    sent: Direction
    received: Direction
    retried: int
    p50: float | None
    p99: float | None
    here: Waiting
    there: Waiting | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class RouteTraffic(View):
    """Who sends to whom, and how much of it moved; `?` where that was not certain. The rest is as for a link."""

    sender: str
    recipient: str
    traffic: Direction
    retried: int
    p50: float | None
    p99: float | None
    last_at: datetime


@dataclass(frozen=True, slots=True)
class StripMinute(View):
    """How many messages were journalled in the minute that began at `at`."""

    at: datetime
    accepted: int
    refused: int


@dataclass(frozen=True, slots=True)
class Traffic(View):
    """The traffic in a window: from `since` on, which took `seconds` of real time, null where the clock stood.

    `total` is of all messages, `waiting` of all that waits at the gateway. `strip` has the last sixty minutes.
    """

    now: datetime
    window: Window
    since: datetime
    seconds: float | None
    total: Direction
    retried: int
    p50: float | None
    p99: float | None
    waiting: Waiting
    links: list[Link]
    routes: list[RouteTraffic]
    strip: list[StripMinute]
