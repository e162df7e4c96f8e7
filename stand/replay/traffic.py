"""Traffic on a stand that somebody looks at: flows begun one after another, some of them left in the middle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from itertools import count

from msgspec.structs import replace

from aimaq.language.errors import AimaqError
from aimaq.regulation import Catalogue
from stand.client.address import StandAddress
from stand.flowfile import FlowFile, Wait
from stand.replay.player import play

log = logging.getLogger(__name__)

PACE = 2.0
"""Seconds from the beginning of one flow to that of the next."""
_AT_ONCE = 4
_LEFT = 4
"""One of so many flows is left before its last deed, as a case is that somebody has not come to yet."""
_STRIDE = 7
"""How far on in the list the next flow is: no regulation has all of a minute."""
_PATIENCE = 5.0


async def keep_busy(
    flows: Sequence[FlowFile], stand: StandAddress, catalogue: Catalogue, *, pace: float = PACE
) -> None:
    """Play flows on a stand until cancelled, one begun each `pace` seconds, with other people each time.

    Flows that wait are left out: they would move the clock under those who look at it. What goes wrong with one is
    logged, and the others go on.
    """
    ready = [flow for flow in flows if not any(isinstance(happening, Wait) for happening in flow.do)]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        flow = ready[number * _STRIDE % len(ready)]
        if number % _LEFT == 1 and len(flow.do) > 1:
            flow = replace(flow, do=flow.do[:-1])
        try:
            await play(flow, stand, f"traffic {number}", catalogue=catalogue, patience=_PATIENCE)
        except AimaqError as error:
            log.warning("%s is not played to its end: %s", flow.name, error.detail)
        finally:
            gate.release()

    async with asyncio.TaskGroup() as group:
        for number in count():
            await gate.acquire()
            group.create_task(one(number))
            await asyncio.sleep(pace)
