"""The bus within one process: a queue a party, under the same rules as the real broker.

A confirm from here means more than a real broker's: the recipient has settled the delivery, so its transaction is
committed. The queues die with the process and the sender's outbox row lives until the confirm, so nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from aimaq.bus.pending import PendingConfirm
from aimaq.bus.port import GATEWAY, MOST_CONTROL, Delivery, IncomingMessage, OutgoingMessage
from aimaq.language.errors import AimaqError, NotAllowed, NotFound, Technical, Unavailable
from aimaq.language.messages import PARTIES

PATIENCE = 30.0
"""How long `send` waits, in seconds, while no recipient settles anything."""


class MemoryBroker:
    """The queues of the parties. `connect` gives one party its bus; `patience` is in seconds."""

    def __init__(self, parties: Iterable[str] = PARTIES, *, patience: float = PATIENCE) -> None:
        self.queues = {party: _Queue() for party in parties}
        self.controls = {party: _ControlQueue() for party in self.queues}
        self.patience = patience
        self.settled = 0

    def connect(self, party: str) -> MemoryBus:
        """A bus for this party, still to be opened."""
        return MemoryBus(self, party)


class _Queued(Delivery):
    """One envelope in a queue or in a recipient's hands, and where its sender is told that it is settled."""

    __slots__ = ("index", "pending", "settled")

    def __init__(self, incoming: IncomingMessage, pending: PendingConfirm, index: int) -> None:
        super().__init__((incoming,))
        self.pending = pending
        self.index = index
        self.settled = False


class _Queue:
    """The envelopes that wait for one party, and the calls of `receive` that wait for envelopes."""

    def __init__(self) -> None:
        self.waiting: deque[_Queued] = deque()
        self.filled = asyncio.Event()

    def put(self, queued: _Queued) -> None:
        self.waiting.append(queued)
        self.filled.set()

    def put_back(self, messages: Iterable[_Queued]) -> None:
        self.waiting.extendleft(reversed(list(messages)))
        if self.waiting:
            self.filled.set()


class _ControlQueue:
    """The control messages that one party may read: the newest, for as long as it reads."""

    def __init__(self) -> None:
        self.waiting: deque[IncomingMessage] = deque(maxlen=MOST_CONTROL)
        self.filled = asyncio.Event()

    def put(self, incoming: IncomingMessage) -> None:
        self.waiting.append(incoming)
        self.filled.set()

    def empty(self) -> None:
        self.waiting.clear()
        self.filled.set()


class MemoryBus:
    """One party's connection to a `MemoryBroker`; see `aimaq.bus.port.Bus` for what each method promises."""

    def __init__(self, broker: MemoryBroker, party: str) -> None:
        self.party = party
        self._broker = broker
        self._queue = broker.queues.get(party)
        self._control = broker.controls.get(party)
        self._unsettled: dict[_Queued, None] = {}
        self._open = False

    async def open(self) -> None:
        """See `Bus.open`; Unavailable if the broker has no queue for this party."""
        if self._queue is None:
            raise Unavailable(Technical(f"the bus has no queue for {self.party}"))
        self._open = True

    async def close(self) -> None:
        """See `Bus.close`."""
        self._open = False
        if self._queue is not None:
            self._queue.put_back(self._unsettled)
            self._queue.filled.set()
        if self._control is not None:
            self._control.empty()
        self._unsettled = {}

    async def send(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send`."""
        if not self._open:
            return [Unavailable(Technical("the connection to the bus is closed")) for _ in outgoing_messages]
        pending = PendingConfirm(len(outgoing_messages))
        messages = [self._post(outgoing, pending, index) for index, outgoing in enumerate(outgoing_messages)]
        try:
            return await pending.outcomes(
                self._broker.patience,
                progress=lambda: self._broker.settled,
                why=lambda: "no recipient has settled it in time",
            )
        finally:
            self._withdraw(messages)

    async def receive(self, limit: int) -> list[Delivery]:
        """See `Bus.receive`; Unavailable once the connection is closed."""
        while (queue := self._queue) is not None and self._open:
            if queue.waiting:
                taken = [queue.waiting.popleft() for _ in range(min(max(limit, 1), len(queue.waiting)))]
                self._unsettled.update(dict.fromkeys(taken))
                return list(taken)
            queue.filled.clear()
            await queue.filled.wait()
        raise Unavailable(Technical("the connection to the bus is closed"))

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """See `Bus.settle`."""
        for queued in self._release(deliveries):
            queued.settled = True
            queued.pending.settle((queued.index,))
            self._broker.settled += 1

    async def send_control(self, outgoing_messages: Sequence[OutgoingMessage]) -> list[AimaqError | None]:
        """See `Bus.send_control`."""
        return [self._post_control(outgoing) for outgoing in outgoing_messages]

    async def receive_control(self, limit: int) -> list[IncomingMessage]:
        """See `Bus.receive_control`."""
        while (queue := self._control) is not None and self._open:
            if queue.waiting:
                return [queue.waiting.popleft() for _ in range(min(max(limit, 1), len(queue.waiting)))]
            queue.filled.clear()
            await queue.filled.wait()
        raise Unavailable(Technical("the connection to the bus is closed"))

    def ailment(self) -> str | None:
        """See `Bus.ailment`."""
        return None if self._open else "the connection to the bus is closed"

    def _post(self, outgoing: OutgoingMessage, pending: PendingConfirm, index: int) -> _Queued | None:
        if (wrong := self._wrong(outgoing.to)) is not None:
            pending.settle((index,), wrong)
            return None
        about = outgoing.body, outgoing.signature, outgoing.delivery_number, self.party
        queued = _Queued(IncomingMessage(*about, traceparent=outgoing.traceparent), pending, index)
        self._broker.queues[outgoing.to].put(queued)
        return queued

    def _post_control(self, outgoing: OutgoingMessage) -> AimaqError | None:
        if not self._open:
            return Unavailable(Technical("the connection to the bus is closed"))
        if (wrong := self._wrong(outgoing.to)) is None:
            self._broker.controls[outgoing.to].put(IncomingMessage(outgoing.body, outgoing.signature, 0, self.party))
        return wrong

    def _wrong(self, to: str) -> AimaqError | None:
        """Why this party may send nothing to that one, if it may not."""
        if (self.party == GATEWAY) == (to == GATEWAY):
            return NotAllowed(Technical(f"{self.party} may not send to {to}"))
        return None if to in self._broker.queues else NotFound(Technical(f"there is no queue for {to}"))

    def _withdraw(self, messages: Iterable[_Queued | None]) -> None:
        """Take back what no recipient has taken yet: the sender will send it again, and it would pile up here."""
        mine = {queued for queued in messages if queued is not None and not queued.settled}
        if mine:
            for queue in self._broker.queues.values():
                queue.waiting = deque(queued for queued in queue.waiting if queued not in mine)

    def _release(self, deliveries: Iterable[Delivery]) -> list[_Queued]:
        messages = [queued for queued in deliveries if isinstance(queued, _Queued) and queued in self._unsettled]
        for queued in messages:
            del self._unsettled[queued]
        return messages
