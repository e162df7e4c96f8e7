"""What is on its way to the broker without its confirm has a bound in messages and in bytes; what is above waits."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from aimaq.bus.pending import PendingConfirm
from aimaq.bus.rabbit.frames import Labels
from aimaq.bus.rabbit.publisher import AWAITED, MOST_AFLOAT, Publication, Publisher

LABELS = Labels(b"application/json", b"", b"id", b"guest")


class Channel:
    """A channel that keeps how many bytes were written to it."""

    number, most = 1, 131072

    def __init__(self) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.written = 0

    def write(self, data: bytes) -> None:
        """Count."""
        self.written += len(data)


async def sent(publisher: Publisher, channel: Channel, size: int) -> int:
    """How many messages of this size have been written since the last time."""
    before, channel.written = channel.written, 0
    await asyncio.sleep(0)
    written, channel.written = before + channel.written, 0
    return written // size


def opened(window: int) -> tuple[Publisher, Channel]:
    """What publishes to one exchange, with its channel."""
    publisher, channel = Publisher("aimaq.con", window), Channel()
    publisher._channel = cast("Any", channel)
    publisher._time = asyncio.get_running_loop().time
    return publisher, channel


@pytest.mark.parametrize(
    ("window", "size", "abreast"),
    [(512, MOST_AFLOAT // 4, 4), (512, MOST_AFLOAT // 4 + 1, 3), (2, MOST_AFLOAT // 4, 2), (512, MOST_AFLOAT + 1, 1)],
    ids=["bytes", "a-byte-too-many", "messages", "one-that-is-larger"],
)
async def test_no_more_is_on_its_way_than_may_be(window: int, size: int, abreast: int) -> None:
    publisher, channel = opened(window)
    pending = PendingConfirm(6)
    for index in range(6):
        publisher.add(Publication("con", LABELS, bytes(size), pending, [index]))
    assert await sent(publisher, channel, size) == abreast
    assert await sent(publisher, channel, size) == 0
    for tag in range(1, 7 - abreast):
        publisher._confirmed(tag, multiple=False, stored=True)
        assert await sent(publisher, channel, size) == 1
    publisher._confirmed(6, multiple=True, stored=True)
    assert pending.complete
    assert publisher.confirmed == 6


@pytest.mark.parametrize("silent", [False, True])
async def test_a_channel_is_given_up_once_nothing_is_on_its_way_or_nothing_is_confirmed(silent: bool) -> None:
    publisher, channel = opened(512)
    now, pending = 100.0, PendingConfirm(3)
    publisher._time = lambda: now
    for index in range(2):
        publisher.add(Publication("con", LABELS, bytes(1000), pending, [index]))
    assert await sent(publisher, channel, 1000) == 2
    publisher._confirmed(1, multiple=False, stored=False)
    publisher.add(Publication("con", LABELS, bytes(1000), pending, [2]))
    assert await sent(publisher, channel, 1000) == 0, "over another channel"
    assert not publisher._give_up.is_set()
    if silent:
        now += AWAITED + 1
        publisher.add(Publication("con", LABELS, bytes(1000), pending, [2]))
        await asyncio.sleep(0)
    else:
        publisher._confirmed(2, multiple=False, stored=True)
    assert publisher._give_up.is_set()
