"""The clock of a stand as a client has it: directly where the stand is in this process, else over the gateway's API."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import httpx

from aimaq.language.clock import Clock, StandClock
from aimaq.language.errors import Technical, Unavailable
from aimaq.regulation.calendar import ALMATY, Calendar
from stand.client.address import StandAddress
from stand.client.http import ServiceClient


async def stand_time(session: httpx.AsyncClient, stand: StandAddress) -> datetime:
    """What the stand's clock shows; Unavailable if the gateway is out of reach."""
    if stand.clock is not None:
        return stand.clock.now()
    reply = await ServiceClient(session, stand.urls["gateway"]).call("GET", "/clock")
    try:
        return datetime.fromisoformat(reply.body["now"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        raise Unavailable(Technical(f"the gateway does not tell the stand's time: {reply.detail}")) from None


async def let_pass(session: httpx.AsyncClient, stand: StandAddress, span: timedelta) -> None:
    """Move the stand's clock forward; Unavailable if it cannot be moved from here, or not so far."""
    if isinstance(stand.clock, StandClock):
        stand.clock.advance(span)
        return
    body = {"by": f"PT{span.total_seconds():.6f}S"}
    reply = await ServiceClient(session, stand.urls["gateway"]).call(
        "POST", "/clock", body, token=stand.tokens["gateway"]
    )
    if reply.refused:
        raise Unavailable(Technical(f"the clock of this stand cannot be moved: {reply.detail}"))


def working_morning() -> StandClock:
    """A clock that runs from ten in the morning, Almaty time, of the next working day."""
    clock = StandClock()
    to_working_morning(clock)
    return clock


def to_working_morning(clock: Clock | None) -> None:
    """Move a clock of this process on to ten in the morning, Almaty time, of the next working day."""
    if isinstance(clock, StandClock):
        day = Calendar().later(clock.now(), 1).date()
        clock.advance_to(datetime.combine(day, time(10), ALMATY))
