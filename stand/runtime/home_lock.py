"""The lock on a stand's home: one stand at a time runs in it, and `aimaq down` finds its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from aimaq.language.errors import Technical, Unavailable, Unconfigured

FILE = "stand.lock"
"""Holds the process id of the stand that runs; the lock is on the open file and goes with the process."""


@contextmanager
def locked_home(home: Path) -> Iterator[None]:
    """Keep other stands out of this home until the block ends; the home is made if it is missing.

    Unavailable if a stand runs in it, Unconfigured if it cannot be written.
    """
    with _opened(home) as file:
        if not _locked(file):
            raise Unavailable(
                Technical(
                    f"a stand runs in {home} already (process {_pid(file)}): stop it with aimaq down --home {home}"
                )
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n".encode())
        file.flush()
        yield
        file.truncate(0)


def process_in(home: Path) -> int | None:
    """The process id of the stand that runs in a home; None if none does."""
    if not (home / FILE).exists():
        return None
    with _opened(home) as file:
        return None if _locked(file) else _pid(file)


def _opened(home: Path) -> IO[bytes]:
    try:
        os.fspath(home).encode()
    except UnicodeEncodeError:
        raise Unconfigured(f"the home {home} cannot be used: its name is not in UTF-8", field="home") from None
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (home / FILE).open("a+b")
    except OSError as error:
        raise Unconfigured(
            f"the home {home} cannot be used: {error.strerror}: {error.filename}", field="home"
        ) from None


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(file: IO[bytes]) -> int:
    file.seek(0)
    text = file.read(20).strip()
    return int(text) if text.isdigit() else 0
