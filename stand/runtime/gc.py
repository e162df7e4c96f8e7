"""Python's garbage collector, tuned for a process that serves: what was loaded at the start is left alone."""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _OLD = 20_000, 20, 50


def calm() -> None:
    """Leave what exists now out of every later collection, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
