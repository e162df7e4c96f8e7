"""`aimaq down`: stops the stand that runs in a home, and takes away what it made if that is asked."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from aimaq.language.errors import Technical, Unavailable, Unconfigured
from stand.provision import broker, databases
from stand.runtime.home_lock import FILE, process_in

PATIENCE = 60.0
"""Seconds that a stand has to finish what is under way and to stop."""

MADE = ("data", "keys", "nca", "clock", FILE)
"""What a stand makes in its home."""


async def stop(home: Path) -> int | None:
    """Stop the stand that runs in this home, and return once it has; its process id, or None if none ran.

    Unavailable if it may not be stopped, or has not stopped within `PATIENCE`.
    """
    pid = process_in(home)
    if pid is None:
        return None
    try:
        if pid:  # 0, while the stand begins or ends, would be this process's own group
            os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise Unavailable(Technical(f"process {pid}, the stand in {home}, is another user's")) from None
    except ProcessLookupError:
        pass  # it has ended since
    due = asyncio.get_running_loop().time() + PATIENCE
    while process_in(home) is not None:
        if asyncio.get_running_loop().time() > due:
            raise Unavailable(Technical(f"the stand in {home}, process {pid}, did not stop within {PATIENCE:.0f} s"))
        await asyncio.sleep(0.05)
    return pid


async def remove(
    home: Path, broker_url: str | None, database: str | None, management: str | None, vhost: str, prefix: str
) -> tuple[list[str], list[str]]:
    """Take away what `aimaq up` made with these options: the virtual host, the users, the databases, keys and data.

    Returns what was taken away, and what was named and not there. Unavailable, before anything is deleted, if it is in
    use.
    """
    if process_in(home) is not None:
        raise Unavailable(Technical(f"a stand runs in {home}"))
    removed, missing = ["its keys and data"], list[str]()
    beginning = prefix.replace("-", "_")
    async with AsyncExitStack() as stack:
        if database is not None:
            await stack.enter_async_context(databases.reserved(database, beginning))
        if broker_url is not None:
            admin = broker.admin_of(broker_url, management)
            there = await broker.removable(prefix, vhost, admin)
            await broker.remove(prefix, vhost, admin)
            (removed if there else missing).append(f"the virtual host {vhost}")
        if database is not None:
            dropped = await databases.drop(database, beginning)
            (removed if dropped else missing).append(f"the databases {beginning}_*")
    try:
        for name in MADE:
            path = home / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise Unconfigured(f"{error.filename} cannot be deleted: {error.strerror}", field="home") from None
    return removed, missing
