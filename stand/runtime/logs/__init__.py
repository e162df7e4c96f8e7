"""The log of a process: a line an event, without what must not be read there, and a line that repeats is summed."""
