"""The bus over RabbitMQ: one connection a party, kept alive, with confirmed sends and acknowledged receipts.

The names on the broker, which `stand/provision/topology.py` makes: systems publish to the exchange `{prefix}.gateway`,
the gateway to `{prefix}.parties`; the queue of a party is `{prefix}.{party}` and its broker user `{prefix}-{party}`.
Control messages go to `{prefix}.control`, the gateway's to `{prefix}.parties`, and wait in `{prefix}.{party}.control`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from aimaq.bus import bundle as framing
from aimaq.bus.pending import PendingConfirm
from aimaq.bus.port import GATEWAY, Delivery, IncomingMessage, OutgoingMessage
from aimaq.bus.rabbit.channel import MISSING, ChannelEnded
from aimaq.bus.rabbit.connection import Address
from aimaq.bus.rabbit.consumer import Consumer
from aimaq.bus.rabbit.frames import Labels, headers, headers_of_bundle, short
from aimaq.bus.rabbit.publisher import Publication, Publisher
from aimaq.language.errors import AimaqError, BodyTooLarge, Technical, Unavailable
from aimaq.language.messages import PARTIES

log = logging.getLogger(__name__)

LARGEST = 64 * 1024 * 1024
"""The largest envelope that is handed to a broker, in bytes; RabbitMQ takes twice as much."""

FIRST_DELAY, LONGEST_DELAY = 0.1, 2.0
"""Between two attempts to connect, in seconds: the first, doubled each time, up to the longest."""

CLOSED = "the connection to the broker is closed"

_ALONE = short(framing.ALONE)
_BUNDLE = short(framing.BUNDLE)


class RabbitBus:
    """One party's connection to RabbitMQ; see `aimaq.bus.port.Bus` for what each method promises.

    `url` names the broker, the party's user and the virtual host. Up to `bundle` envelopes for one of the parties in
    `bundled` share a broker message. `prefetch` is how many messages the broker delivers ahead, `window` how many it
    may leave unconfirmed, `patience` how many seconds `send` waits while the broker confirms nothing.
    """

    def __init__(
        self,
        url: str,
        party: str,
        *,
        prefix: str = "aimaq",
        bundle: int = 48,
        bundled: frozenset[str] = frozenset(PARTIES),
        prefetch: int = 256,
        window: int = 256,
        patience: float = 10.0,
    ) -> None:
        self.party = party
        self._address = Address(url)
        self._name = f"{prefix}-{party}"
        self._users = f"{prefix}-"
        self._user_id = short(self._address.user)
        self._bundle = bundle
        self._bundled = bundled
        self._patience = patience
        self._gateway = Publisher(f"{prefix}.gateway", window)
        self._parties = Publisher(f"{prefix}.parties", window)
        self._control = Publisher(f"{prefix}.control", window)
        self._consumer = Consumer(f"{prefix}.{party}", prefetch, self._party_of)
        self._controls = Consumer(f"{prefix}.{party}.control", prefetch, self._party_of)
        self._publishers = (self._gateway, self._parties, self._control)
        self._sides: tuple[Consumer | Publisher, ...] = (self._consumer, self._controls, *self._publishers)
        self._connecting: asyncio.Task[NoReturn] | None = None
        self._serving = asyncio.Event()
        self._reason = CLOSED

    async def open(self) -> None:
        """See `Bus.open`."""
        connecting = self._connecting = asyncio.create_task(self._keep(), name=f"{self._name} keeps its connection")
        connecting.add_done_callback(self._ended)
        serving = asyncio.create_task(self._serving.wait())
        try:
            await asyncio.wait((connecting, serving), return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                await connecting
        except BaseException as error:
            await self.close()
            self._down(str(error) or CLOSED)
            raise
        finally:
            serving.cancel()

    async def close(self) -> None:
        """See `Bus.close`."""
        connecting, self._connecting = self._connecting, None
        self._consumer.acknowledge()
        self._controls.acknowledge()
        if connecting is not None:
            connecting.cancel()
            await asyncio.wait((connecting,))
        self._down(CLOSED)
        for publisher in self._publishers:
            publisher.abandon(Unavailable(Technical(CLOSED)))
        self._wake()

    async def send(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send`."""
        return await self._send(outgoing_messages, self._gateway)

    async def send_control(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send_control`."""
        return await self._send(outgoing_messages, self._control)

    async def _send(
        self, outgoing_messages: Sequence[OutgoingMessage], to_gateway: Publisher
    ) -> list[AimaqError | None]:
        if not outgoing_messages:
            return []
        if self._connecting is None:
            return [Unavailable(Technical(CLOSED)) for _ in outgoing_messages]
        pending = PendingConfirm(len(outgoing_messages))
        places: dict[str, list[int]] = {}
        for index, outgoing in enumerate(outgoing_messages):
            if len(outgoing.body) > LARGEST:
                pending.settle((index,), BodyTooLarge(Technical(f"an envelope may have {LARGEST} bytes on its way")))
            else:
                places.setdefault(outgoing.to, []).append(index)
        for party, indices in places.items():
            publisher = to_gateway if party == GATEWAY else self._parties
            control = to_gateway is self._control
            most = self._bundle if party in self._bundled and not control else 1
            for portion in framing.portions(outgoing_messages, indices, most):
                publisher.add(self._publication(outgoing_messages, portion, pending, control=control))
        try:
            return await pending.outcomes(
                self._patience,
                progress=lambda: sum(publisher.confirmed for publisher in self._publishers),
                why=lambda: self.ailment() or f"the broker at {self._address.place} did not confirm in time",
            )
        finally:
            if not pending.complete:
                for publisher in self._publishers:
                    publisher.forget(pending)

    async def receive(self, limit: int) -> list[Delivery]:
        """See `Bus.receive`; Unavailable once the connection is closed, and what has ended it if that was a fault."""
        return await self._receive(self._consumer, limit)

    async def receive_control(self, limit: int) -> list[IncomingMessage]:
        """See `Bus.receive_control`."""
        deliveries = await self._receive(self._controls, limit)
        self._controls.settle(deliveries)
        return [incoming for delivery in deliveries for incoming in delivery.incoming_messages]

    async def _receive(self, consumer: Consumer, limit: int) -> list[Delivery]:
        while self._connecting is not None:
            if self._connecting.done():
                await self._connecting
            if taken := consumer.take(limit):
                return taken
            await consumer.arrived.wait()
        raise Unavailable(Technical(CLOSED))

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """See `Bus.settle`."""
        self._consumer.settle(deliveries)

    def ailment(self) -> str | None:
        """See `Bus.ailment`."""
        if not self._serving.is_set():
            return self._reason
        silent = max(publisher.silent for publisher in self._publishers)
        return (
            f"the broker at {self._address.place} has confirmed nothing for {silent:.0f} s"
            if silent > self._patience
            else None
        )

    def _publication(
        self,
        outgoing_messages: Sequence[OutgoingMessage],
        portion: Sequence[int],
        pending: PendingConfirm,
        *,
        control: bool,
    ) -> Publication:
        outgoing = outgoing_messages[portion[0]]
        if len(portion) == 1:
            table, body = headers(outgoing.signature, outgoing.delivery_number, outgoing.traceparent), outgoing.body
            routing_key, content_type = outgoing.routing_key, _ALONE
        else:
            table = headers_of_bundle([outgoing_messages[index].traceparent for index in portion])
            body = framing.pack(outgoing_messages, portion)
            routing_key, content_type = "bundle", _BUNDLE
        if outgoing.to != GATEWAY:
            routing_key = f"{outgoing.to}.control" if control else outgoing.to
        elif control:
            routing_key = GATEWAY
        return Publication(
            routing_key, Labels(content_type, table, short(outgoing.message_id), self._user_id), body, pending, portion
        )

    def _party_of(self, user: str | None) -> str | None:
        party = user.removeprefix(self._users) if user is not None and user.startswith(self._users) else None
        return party if party in PARTIES else None

    async def _keep(self) -> NoReturn:
        """Connect again and again, for as long as the bus is open; Unavailable if the first attempt fails."""
        delay, served = FIRST_DELAY, False
        while True:
            try:
                log.warning("%s: %s", self._name, await self._session())
                delay, served = FIRST_DELAY, True
            except Unavailable as unavailable:
                if not served:
                    raise
                self._down(unavailable.detail)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    async def _session(self) -> str:
        """Serve over one connection until it fails, and say why it did; Unavailable if it did not come to serving."""
        reason = CLOSED
        ready: set[int] = set()

        def up(number: int) -> None:
            ready.add(number)
            if len(ready) == len(self._sides) and not self._serving.is_set():
                log.info("%s: connected to %s", self._name, self._address.place)
                self._serving.set()

        async with self._address.connected(self._name) as (frames_transport, closing):
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._address.watch(frames_transport, closing))
                    for number, side in enumerate(self._sides, start=1):
                        group.create_task(side.serve(frames_transport, number, partial(up, number)))
            except* ChannelEnded as ended:
                reason = _reason(ended)
            served = self._serving.is_set()
            self._down(reason)
        if not served:
            raise Unavailable(Technical(reason))
        return reason

    def _ended(self, connecting: asyncio.Task[NoReturn]) -> None:
        if not connecting.cancelled() and (error := connecting.exception()) is not None:
            self._down(error.detail if isinstance(error, Unavailable) else f"the connection is given up: {error!r}")
            self._wake()

    def _wake(self) -> None:
        """Have whoever waits for messages see that none will come."""
        self._consumer.arrived.set()
        self._controls.arrived.set()

    def _down(self, reason: str) -> None:
        self._serving.clear()
        self._reason = reason


def _reason(ended: BaseExceptionGroup[ChannelEnded]) -> str:
    """Why a session ended, in one line; a name that the broker does not know means that nobody made it ready."""
    first = next(error for error in ended.exceptions if isinstance(error, ChannelEnded))
    return f"{first} (`aimaq broker apply` makes it)" if first.code == MISSING else str(first)
