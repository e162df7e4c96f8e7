"""Ask one service whether it lets us in: `answers.py rabbitmq|postgresql`. Exit code 1, and a line, if not.

Its URL comes on standard input: arguments are for everybody on the machine to see, and it may hold a password.
"""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import urlsplit

import aio_pika
import asyncpg

PATIENCE = 10.0
"""How long a service may take to answer, in seconds."""


async def rabbitmq(url: str) -> None:
    """Connect and open a channel; raises what the client raises."""
    connection = await aio_pika.connect(url, timeout=PATIENCE)
    async with connection, connection.channel():
        pass


async def postgresql(url: str) -> None:
    """Connect as one who may create databases; PermissionError if this user may not."""
    connection = await asyncpg.connect(url, timeout=PATIENCE)
    try:
        allowed = await connection.fetchval("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
    finally:
        await connection.close()
    if not allowed:
        raise PermissionError("this user may not create databases")


def main(arguments: list[str]) -> int:
    """Ask the service that the one argument names and return the exit code."""
    (name,), url = arguments, sys.stdin.read()
    place = urlsplit(url)
    try:
        asyncio.run(asyncio.wait_for({"rabbitmq": rabbitmq, "postgresql": postgresql}[name](url), PATIENCE))
    except Exception as error:  # whatever it is, the service does not answer
        sys.stderr.write(
            f"{name} does not answer on {place.hostname}:{place.port}: {str(error) or type(error).__name__}\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
