"""Acknowledgements: many in one frame, none before it is settled, none kept back for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from pamqp import commands, header
from pamqp.frame import marshal, unmarshal

from aimaq.bus import Delivery
from aimaq.bus.rabbit import frames as wire
from aimaq.bus.rabbit.consumer import Consumer
from aimaq.bus.rabbit.transport import FrameTransport
from tests.waiting import eventually

ANSWERS: dict[str, Any] = {
    "Channel.Open": commands.Channel.OpenOk(),
    "Basic.Qos": commands.Basic.QosOk(),
    "Basic.Consume": commands.Basic.ConsumeOk(consumer_tag="lea"),
}


class Broker:
    """The far end of a tap: answers what a channel asks, and notes what it acknowledges."""

    def __init__(self) -> None:
        self.channels: dict[int, Any] = {}
        self.most = 4096
        self.acknowledged: list[tuple[int, bool]] = []

    def write(self, frames: bytes) -> None:
        """Take whole frames."""
        while frames:
            size, _, frame = unmarshal(frames)
            frames = frames[size:]
            if isinstance(frame, commands.Basic.Ack):
                self.acknowledged.append((frame.delivery_tag, frame.multiple))
            elif (answer := ANSWERS.get(frame.name)) is not None:
                self._take(answer)

    def deliver(self, tag: int) -> None:
        """One message with this number."""
        self._take(commands.Basic.Deliver(consumer_tag="lea", delivery_tag=tag, exchange="e", routing_key="lea"))
        self._take(header.ContentHeader(body_size=1, properties=commands.Basic.Properties()))
        self.channels[1].take(wire.BODY, b"x")

    def _take(self, frame: Any) -> None:
        data = marshal(frame, 1)
        self.channels[1].take(data[0], data[7:-1])


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
async def consumer(broker: Broker) -> AsyncIterator[Consumer]:
    """An intake that may have sixteen messages in hand: four settled ones are many."""
    ready = asyncio.Event()
    consumer = Consumer("lea", 16, lambda _: None)
    task = asyncio.create_task(consumer.serve(cast(FrameTransport, broker), 1, ready.set))
    await asyncio.wait_for(ready.wait(), 10)
    yield consumer
    task.cancel()
    await asyncio.wait({task})


def taken(broker: Broker, consumer: Consumer, count: int) -> list[Delivery]:
    for tag in range(1, count + 1):
        broker.deliver(tag)
    return consumer.take(count)


async def test_many_that_are_settled_are_acknowledged_at_once_and_in_one_frame(
    broker: Broker, consumer: Consumer
) -> None:
    deliveries = taken(broker, consumer, 6)
    consumer.settle(deliveries[:2])
    assert broker.acknowledged == []
    consumer.settle(deliveries[2:4])
    assert broker.acknowledged == [(4, True)]


async def test_few_are_acknowledged_soon(broker: Broker, consumer: Consumer) -> None:
    deliveries = taken(broker, consumer, 3)
    consumer.settle(deliveries[:1])
    consumer.settle(deliveries[1:2])
    await eventually(lambda: broker.acknowledged == [(2, True)])
    consumer.settle(deliveries[2:])
    await eventually(lambda: broker.acknowledged == [(2, True), (3, True)])


async def test_what_is_still_in_hand_is_not_acknowledged_with_what_came_after_it(
    broker: Broker, consumer: Consumer
) -> None:
    first, *others = taken(broker, consumer, 5)
    consumer.settle(others)
    assert broker.acknowledged == [(tag, False) for tag in (2, 3, 4, 5)]
    consumer.settle([first])
    consumer.acknowledge()
    assert broker.acknowledged[4:] == [(1, True)]


async def test_what_was_settled_on_a_connection_that_is_gone_is_forgotten(broker: Broker) -> None:
    """It comes again over the next connection, under another number."""
    ready = asyncio.Event()
    consumer = Consumer("lea", 16, lambda _: None)
    task = asyncio.create_task(consumer.serve(cast(FrameTransport, broker), 1, ready.set))
    await asyncio.wait_for(ready.wait(), 10)
    consumer.settle(taken(broker, consumer, 1))
    task.cancel()
    await asyncio.wait({task})
    consumer.acknowledge()
    assert broker.acknowledged == []
