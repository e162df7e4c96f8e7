"""The files of a service: nobody else on the machine reads them."""

from __future__ import annotations

import stat
from pathlib import Path

from aimaq.language.clock import StandClock
from stand.runtime.embedded import embedded
from tests.parties import BASE

HARD = "үй №1? #2 %20&a=b"
"""A home's name with everything that means something in a URL."""


async def test_what_a_stand_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / HARD
    async with embedded(home, clock=StandClock(lambda: BASE), authority_keys="p-256"):
        files = [path for path in (home / "data").iterdir() if path.is_file()]
        assert len(files) > 5
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
        assert set(modes.values()) == {0o600}, modes
        for folder in (home / "data", home / "keys", home / "nca"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
        assert [path.name for path in tmp_path.iterdir()] == [HARD]
