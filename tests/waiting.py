"""Waiting in tests: for a condition, with a deadline, and never for a length of time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

TICK = 0.01
"""Seconds between two looks at the condition."""


@overload
async def eventually(
    condition: Callable[[], Awaitable[T | None]], *, within: float = 10.0, every: float = TICK, what: str = ""
) -> T: ...
@overload
async def eventually(
    condition: Callable[[], T | None], *, within: float = 10.0, every: float = TICK, what: str = ""
) -> T: ...
async def eventually(condition: Callable[[], Any], *, within: float = 10.0, every: float = TICK, what: str = "") -> Any:
    """The first true answer of `condition`, asked again and again; AssertionError if it takes over `within` seconds.

    `every` is how long after an answer it is asked again: where asking is work for others, seldom.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        answer = condition()
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer:
            return answer
        if loop.time() > deadline:
            raise AssertionError(f"{what or 'the condition'} did not come true within {within} s; last: {answer!r}")
        await asyncio.sleep(every)


async def until(at: float) -> None:
    """Return at this time of the loop: for what is itself a length of time, as a fault that lasts."""
    await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
