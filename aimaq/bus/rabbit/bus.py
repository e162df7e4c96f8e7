"""The bus over RabbitMQ: one connection a party, kept alive, with confirmed sends and acknowledged receipts.

The names on the broker, which `stand/topology.py` makes: systems publish to the exchange `{prefix}.gateway`, the
gateway to `{prefix}.parties`; the queue of a party is `{prefix}.{party}` and its broker user `{prefix}-{party}`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from aimaq.bus import bundle as framing
from aimaq.bus.rabbit.channel import MISSING, ChannelEnded
from aimaq.bus.rabbit.consumer import Intake
from aimaq.bus.rabbit.publisher import Cargo, Lane
from aimaq.bus.rabbit.connection import Address
from aimaq.bus.port import GATEWAY, Parcel, Shipment
from aimaq.bus.pending import Waybill
from aimaq.bus.rabbit.frames import Labels, headers, short
from aimaq.language.errors import AimaqError, BodyTooLarge, Unavailable
from aimaq.language.messages import PARTIES

log = logging.getLogger(__name__)

LARGEST = 64 * 1024 * 1024
"""The largest envelope that is handed to a broker, in bytes; RabbitMQ takes twice as much."""

FIRST_DELAY, LONGEST_DELAY = 0.1, 2.0
"""Between two attempts to connect, in seconds: the first, doubled each time, up to the longest."""

CLOSED = "the connection to the broker is closed"

_ALONE = short(framing.ALONE)
_BUNDLE = short(framing.BUNDLE)
_NO_HEADERS = bytes(4)


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
        self._gateway = Lane(f"{prefix}.gateway", window)
        self._parties = Lane(f"{prefix}.parties", window)
        self._intake = Intake(f"{prefix}.{party}", prefetch, self._party_of)
        self._sides: tuple[Intake | Lane, ...] = (self._intake, self._gateway, self._parties)
        self._keeper: asyncio.Task[NoReturn] | None = None
        self._serving = asyncio.Event()
        self._reason = CLOSED

    async def open(self) -> None:
        """See `Bus.open`."""
        keeper = self._keeper = asyncio.create_task(self._keep(), name=f"{self._name} keeps its connection")
        keeper.add_done_callback(self._ended)
        serving = asyncio.create_task(self._serving.wait())
        try:
            await asyncio.wait((keeper, serving), return_when=asyncio.FIRST_COMPLETED)
            if keeper.done():
                await keeper
        except BaseException as error:
            await self.close()
            self._down(str(error) or CLOSED)
            raise
        finally:
            serving.cancel()

    async def close(self) -> None:
        """See `Bus.close`."""
        keeper, self._keeper = self._keeper, None
        self._intake.acknowledge()
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait((keeper,))
        self._down(CLOSED)
        self._gateway.abandon(Unavailable(CLOSED))
        self._parties.abandon(Unavailable(CLOSED))
        self._intake.arrived.set()

    async def send(self, parcels: Sequence[Parcel]) -> list[AimaqError | None]:
        """See `Bus.send`."""
        if not parcels:
            return []
        if self._keeper is None:
            return [Unavailable(CLOSED) for _ in parcels]
        waybill = Waybill(len(parcels))
        places: dict[str, list[int]] = {}
        for index, parcel in enumerate(parcels):
            if len(parcel.body) > LARGEST:
                waybill.settle((index,), BodyTooLarge(f"an envelope may have {LARGEST} bytes on its way"))
            else:
                places.setdefault(parcel.to, []).append(index)
        for party, indices in places.items():
            lane = self._gateway if party == GATEWAY else self._parties
            most = self._bundle if party in self._bundled else 1
            for portion in framing.portions(parcels, indices, most):
                lane.add(self._cargo(parcels, portion, waybill))
        try:
            return await waybill.outcomes(
                self._patience,
                progress=lambda: self._gateway.confirmed + self._parties.confirmed,
                why=lambda: self.ailment() or f"the broker at {self._address.place} did not confirm in time",
            )
        finally:
            if not waybill.complete:
                self._gateway.forget(waybill)
                self._parties.forget(waybill)

    async def receive(self, limit: int) -> list[Shipment]:
        """See `Bus.receive`; Unavailable once the connection is closed."""
        while self._keeper is not None:
            if taken := self._intake.take(limit):
                return taken
            await self._intake.arrived.wait()
        raise Unavailable(CLOSED)

    async def settle(self, shipments: Sequence[Shipment]) -> None:
        """See `Bus.settle`."""
        self._intake.settle(shipments)

    async def give_back(self, shipments: Sequence[Shipment]) -> None:
        """See `Bus.give_back`; the broker lays a message aside that was given back too often."""
        self._intake.give_back(shipments)

    def ailment(self) -> str | None:
        """See `Bus.ailment`."""
        if not self._serving.is_set():
            return self._reason
        silent = max(self._gateway.silent, self._parties.silent)
        return (
            f"the broker at {self._address.place} has confirmed nothing for {silent:.0f} s"
            if silent > self._patience
            else None
        )

    def _cargo(self, parcels: Sequence[Parcel], portion: Sequence[int], waybill: Waybill) -> Cargo:
        parcel = parcels[portion[0]]
        if len(portion) == 1:
            table, body = headers(parcel.signature, parcel.delivery), parcel.body
            routing_key, content_type = parcel.routing_key, _ALONE
        else:
            table, body = _NO_HEADERS, framing.pack(parcels, portion)
            routing_key, content_type = "bundle", _BUNDLE
        if parcel.to != GATEWAY:
            routing_key = parcel.to
        return Cargo(
            routing_key, Labels(content_type, table, short(parcel.message_id), self._user_id), body, waybill, portion
        )

    def _party_of(self, user: str | None) -> str | None:
        return user.removeprefix(self._users) if user is not None and user.startswith(self._users) else None

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

        async with self._address.connected(self._name) as (tap, closing):
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._address.watch(tap, closing))
                    for number, side in enumerate(self._sides, start=1):
                        group.create_task(side.serve(tap, number, partial(up, number)))
            except* ChannelEnded as ended:
                reason = _reason(ended)
            served = self._serving.is_set()
            self._down(reason)
        if not served:
            raise Unavailable(reason)
        return reason

    def _ended(self, keeper: asyncio.Task[NoReturn]) -> None:
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            self._down(error.detail if isinstance(error, Unavailable) else f"the connection is given up: {error!r}")

    def _down(self, reason: str) -> None:
        self._serving.clear()
        self._reason = reason


def _reason(ended: BaseExceptionGroup[ChannelEnded]) -> str:
    """Why a session ended, in one line; a name that the broker does not know means that nobody made it ready."""
    first = next(error for error in ended.exceptions if isinstance(error, ChannelEnded))
    return f"{first} (`aimaq broker apply` makes it)" if first.code == MISSING else str(first)
