"""The log of a process: a line an event, without what must not be read there, and a line that repeats is summed."""

from stand.runtime.logs.discreet import OWN, Discreet, Summing, discreet, logs
from stand.runtime.logs.repeats import AUDIT

__all__ = ["AUDIT", "OWN", "Discreet", "Summing", "discreet", "logs"]
