"""The variables of the environment that Aimaq reads, and a warning for those that look as if it did."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Final

from aimaq.settings import Settings
from stand.client.defaults import BROKER, DATABASE, MANAGEMENT

PREFIX: Final = "AIMAQ_"
_OF_TESTS: Final = "AIMAQ_TEST_"
_OF_COMMANDS: Final = (BROKER, DATABASE, MANAGEMENT, "AIMAQ_P12_PASSWORD")
_IN_A_FILE: Final = "_FILE"

log = logging.getLogger(__name__)


def known() -> frozenset[str]:
    """The names of the variables that Aimaq reads, those that name a file with the value in it among them."""
    names = {*_OF_COMMANDS, *(f"{PREFIX}{field.name.upper()}" for field in fields(Settings))}
    return frozenset(names | {name + _IN_A_FILE for name in names})


def unread(environment: Mapping[str, str]) -> Iterator[str]:
    """A line for each variable with the prefix that nothing reads, with the nearest name; what it holds is not said."""
    names = known()
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in names and not name.startswith(_OF_TESTS):
            near = get_close_matches(name, sorted(names), n=1)
            yield f"{name} is no setting and is not read" + (f"; did you mean {near[0]}?" if near else "")


def warn(environment: Mapping[str, str]) -> None:
    """Have the log name the variables that look like settings and are none."""
    for line in unread(environment):
        log.warning("%s", line)
