"""The log of a process: a line an event, without what must not be read there, and a line that repeats is summed."""

from stand.runtime.logs.discreet import OWN, Discreet, Summing, logs
from stand.runtime.logs.repeats import AUDIT, EVENTS
from stand.runtime.logs.sieve import discreet

__all__ = ["AUDIT", "EVENTS", "OWN", "Discreet", "Summing", "discreet", "logs"]
