"""The bus that carries sealed envelopes between the systems: one port, and its adapters for memory and RabbitMQ."""

from aimaq.bus.memory import MemoryBroker, MemoryBus
from aimaq.bus.port import GATEWAY, Arrival, Bus, Parcel, Shipment
from aimaq.bus.rabbit.bus import RabbitBus

__all__ = ["GATEWAY", "Arrival", "Bus", "MemoryBroker", "MemoryBus", "Parcel", "RabbitBus", "Shipment"]
