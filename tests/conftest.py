"""What holds for every test: how long properties are searched, and that the search is the same in every build."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A machine that is busy is not a failure: how long one example takes is not judged.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("build", parent=settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("build" if os.environ.get("CI") else "here")
