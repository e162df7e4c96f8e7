"""Where the fuzzer guided by coverage does not exist, its tests are not collected; the other half stands alone."""

from __future__ import annotations

import platform
import sys

GUIDED = sys.platform == "linux" and platform.machine() == "x86_64"
"""Whether there is a fuzzer guided by coverage for this machine; where there is, it has to be installed."""

collect_ignore = [] if GUIDED else ["test_guided.py", "run.py"]


def pytest_report_header() -> str:
    """Say which halves are run."""
    return f"fuzzing: mutations{' and guided by coverage' if GUIDED else ' only: no atheris for this machine'}"
