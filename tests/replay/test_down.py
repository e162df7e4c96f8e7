"""Stopping the stand of a home whose process has not written down who it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aimaq.language.errors import Unavailable, Unconfigured
from stand.runtime import down
from stand.runtime.home_lock import FILE, locked_home, process_in


async def test_a_stand_that_does_not_say_who_it_is_is_waited_for_and_nobody_is_signalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signalled: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _number: signalled.append(pid))
    monkeypatch.setattr(down, "PATIENCE", 0.0)
    with locked_home(tmp_path):
        (tmp_path / FILE).write_bytes(b"")
        assert process_in(tmp_path) == 0
        with pytest.raises(Unavailable, match="did not stop"):
            await down.stop(tmp_path)
    assert signalled == []
    assert await down.stop(tmp_path) is None


def test_a_home_whose_name_no_address_can_hold_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match="UTF-8"), locked_home(tmp_path / os.fsdecode(b"home\xff")):
        pass
    assert list(tmp_path.iterdir()) == []
