"""What holds for every test: how properties are searched, and containers for what does not run on this machine."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from scripts import containers

# A machine that is busy is not a failure: how long one example takes is not judged.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("build", parent=settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("build" if os.environ.get("CI") else "here")

_STOP = pytest.StashKey[Callable[..., object]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the containers that are needed, before anything is collected and once for all workers of a run."""
    if hasattr(config, "workerinput") or config.option.collectonly or "not services" in config.option.markexpr:
        return
    running = containers.started(os.environ)
    running.__enter__()
    config.stash[_STOP] = running.__exit__


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that waits for what never comes fails with the stacks of all threads, and holds up no other."""
    for item in items:
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(1800))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop them again."""
    if (stop := config.stash.get(_STOP, None)) is not None:
        stop(None, None, None)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later garbage collection."""
    gc.collect()
    gc.freeze()
