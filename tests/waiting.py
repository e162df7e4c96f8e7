"""Waiting in tests: for a condition, with a deadline, and never for a length of time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

TICK = 0.01
"""Seconds between two looks at the condition."""


@overload
async def eventually(condition: Callable[[], Awaitable[T | None]], *, within: float = 10.0, what: str = "") -> T: ...
@overload
async def eventually(condition: Callable[[], T | None], *, within: float = 10.0, what: str = "") -> T: ...
async def eventually(condition: Callable[[], Any], *, within: float = 10.0, what: str = "") -> Any:
    """The first true answer of `condition`, asked again and again; AssertionError if it takes over `within` seconds."""
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
        await asyncio.sleep(TICK)
