"""The bus that carries sealed envelopes between the systems: one port, and its adapters for memory and RabbitMQ.

The adapter for RabbitMQ is `aimaq.bus.rabbit.bus`: only who opens one loads the client library.
"""

from aimaq.bus.memory import MemoryBroker, MemoryBus
from aimaq.bus.port import GATEWAY, Bus, Delivery, IncomingMessage, OutgoingMessage

__all__ = ["GATEWAY", "Bus", "Delivery", "IncomingMessage", "MemoryBroker", "MemoryBus", "OutgoingMessage"]
