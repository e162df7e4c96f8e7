"""What commands go by if they are not told otherwise, without loading what they would run."""

from __future__ import annotations

from pathlib import Path

import stand

_BUNDLED = Path(stand.__file__).resolve().parent / "flowfile" / "bundled"
FLOWS = _BUNDLED if _BUNDLED.is_dir() else _BUNDLED.parent.parent.parent / "flows"
"""Where the flow files that come with Aimaq are, a folder a regulation: in the project, or in what was installed."""

PATIENCE = 20.0
"""Seconds that a replay waits for what a stand does by itself."""

REPORTS = ("junit", "html")
"""The kinds of report that a replay can write."""

AT_ONCE = 4
"""How many flows a stand in this process plays at a time: more only wait for one another."""

PREFIX = "aimaq"
"""How the names of a stand's exchanges, queues and broker users begin."""

VHOST = "aimaq"
"""The virtual host of a stand."""

BROKER, DATABASE, MANAGEMENT = "AIMAQ_BROKER", "AIMAQ_DATABASE", "AIMAQ_MANAGEMENT"
"""The variables that name a stand's servers in the place of options: broker, database server, management API."""
