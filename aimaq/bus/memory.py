"""The bus within one process: a queue a party, under the same rules as the real broker.

A confirm from here means more than a real broker's: the recipient has settled the shipment, so its transaction is
committed. The queues die with the process and the sender's outbox row lives until the confirm, so nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from aimaq.bus.port import GATEWAY, Arrival, Parcel, Shipment
from aimaq.bus.pending import Waybill
from aimaq.language.errors import AimaqError, NotAllowed, NotFound, Unavailable
from aimaq.language.messages import PARTIES

PATIENCE = 30.0
"""How long `send` waits, in seconds, while no recipient settles anything."""


class MemoryBroker:
    """The queues of the parties. `connect` gives one party its bus; `patience` is in seconds."""

    def __init__(self, parties: Iterable[str] = PARTIES, *, patience: float = PATIENCE) -> None:
        self.queues = {party: _Queue() for party in parties}
        self.patience = patience
        self.settled = 0

    def connect(self, party: str) -> MemoryBus:
        """A bus for this party, still to be opened."""
        return MemoryBus(self, party)


class _Lot(Shipment):
    """One envelope in a queue or in a recipient's hands, and where its sender is told that it is settled."""

    __slots__ = ("index", "settled", "waybill")

    def __init__(self, arrival: Arrival, waybill: Waybill, index: int) -> None:
        super().__init__((arrival,), redelivered=False)
        self.waybill = waybill
        self.index = index
        self.settled = False


class _Queue:
    """The envelopes that wait for one party, and the calls of `receive` that wait for envelopes."""

    def __init__(self) -> None:
        self.lots: deque[_Lot] = deque()
        self.filled = asyncio.Event()

    def put(self, lot: _Lot) -> None:
        self.lots.append(lot)
        self.filled.set()

    def put_back(self, lots: Iterable[_Lot]) -> None:
        for lot in reversed(list(lots)):
            lot.redelivered = True
            self.lots.appendleft(lot)
        if self.lots:
            self.filled.set()


class MemoryBus:
    """One party's connection to a `MemoryBroker`; see `aimaq.bus.port.Bus` for what each method promises."""

    def __init__(self, broker: MemoryBroker, party: str) -> None:
        self.party = party
        self._broker = broker
        self._queue = broker.queues.get(party)
        self._held: dict[_Lot, None] = {}
        self._open = False

    async def open(self) -> None:
        """See `Bus.open`; Unavailable if the broker has no queue for this party."""
        if self._queue is None:
            raise Unavailable(f"the bus has no queue for {self.party}")
        self._open = True

    async def close(self) -> None:
        """See `Bus.close`."""
        self._open = False
        if self._queue is not None:
            self._queue.put_back(self._held)
            self._queue.filled.set()
        self._held = {}

    async def send(self, parcels: Sequence[Parcel]) -> list[AimaqError | None]:
        """See `Bus.send`."""
        if not self._open:
            return [Unavailable("the connection to the bus is closed") for _ in parcels]
        waybill = Waybill(len(parcels))
        lots = [self._post(parcel, waybill, index) for index, parcel in enumerate(parcels)]
        try:
            return await waybill.outcomes(
                self._broker.patience,
                progress=lambda: self._broker.settled,
                why=lambda: "no recipient has settled it in time",
            )
        finally:
            self._withdraw(lots)

    async def receive(self, limit: int) -> list[Shipment]:
        """See `Bus.receive`; Unavailable once the connection is closed."""
        while (queue := self._queue) is not None and self._open:
            if queue.lots:
                taken = [queue.lots.popleft() for _ in range(min(max(limit, 1), len(queue.lots)))]
                self._held.update(dict.fromkeys(taken))
                return list(taken)
            queue.filled.clear()
            await queue.filled.wait()
        raise Unavailable("the connection to the bus is closed")

    async def settle(self, shipments: Sequence[Shipment]) -> None:
        """See `Bus.settle`."""
        for lot in self._release(shipments):
            lot.settled = True
            lot.waybill.settle((lot.index,))
            self._broker.settled += 1

    async def give_back(self, shipments: Sequence[Shipment]) -> None:
        """See `Bus.give_back`."""
        if self._queue is not None:
            self._queue.put_back(self._release(shipments))

    def ailment(self) -> str | None:
        """See `Bus.ailment`."""
        return None if self._open else "the connection to the bus is closed"

    def _post(self, parcel: Parcel, waybill: Waybill, index: int) -> _Lot | None:
        queue = self._broker.queues.get(parcel.to)
        if (self.party == GATEWAY) == (parcel.to == GATEWAY):
            waybill.settle((index,), NotAllowed(f"{self.party} may not send to {parcel.to}"))
        elif queue is None:
            waybill.settle((index,), NotFound(f"there is no queue for {parcel.to}"))
        else:
            lot = _Lot(Arrival(parcel.body, parcel.signature, parcel.delivery, self.party), waybill, index)
            queue.put(lot)
            return lot
        return None

    def _withdraw(self, lots: Iterable[_Lot | None]) -> None:
        """Take back what no recipient has taken yet: the sender will send it again, and it would pile up here."""
        mine = {lot for lot in lots if lot is not None and not lot.settled}
        if mine:
            for queue in self._broker.queues.values():
                queue.lots = deque(lot for lot in queue.lots if lot not in mine)

    def _release(self, shipments: Iterable[Shipment]) -> list[_Lot]:
        lots = [lot for lot in shipments if isinstance(lot, _Lot) and lot in self._held]
        for lot in lots:
            del self._held[lot]
        return lots
