"""The log: a line an event, on standard error."""

from __future__ import annotations

import logging
import sys

from aimaq.errors import Unconfigured


def logs(level: str) -> None:
    """Log from this level on; Unconfigured if there is none of that name."""
    number = logging.getLevelName(level.upper())
    if not isinstance(number, int):
        raise Unconfigured(f"there is no log level {level!r}", field="log_level")
    logging.basicConfig(stream=sys.stderr, level=number, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
