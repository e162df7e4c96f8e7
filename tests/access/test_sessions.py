"""The secret behind the sessions and challenges of a service."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from aimaq.access.sessions import session_secret
from aimaq.language.errors import Unconfigured
from aimaq.settings import Settings


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(party="portal", home=tmp_path)
    made = session_secret(settings)
    assert (len(made), session_secret(settings)) == (32, made)
    assert stat.S_IMODE((tmp_path / "keys" / "portal" / "session.secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short"], ids=["empty", "short"])
def test_a_secret_that_anybody_can_guess_is_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "keys" / "portal" / "session.secret"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(Unconfigured, match=f"has {len(content)} bytes, and 32 are needed"):
        session_secret(Settings(party="portal", home=tmp_path))
