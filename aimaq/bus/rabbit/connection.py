"""Connecting to RabbitMQ, and saying in one line why it did not work or did not last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import NoReturn

from aio_pika import Connection
from aiormq.exceptions import AMQPError, ProbableAuthenticationError
from yarl import URL

from aimaq.bus.rabbit.channel import REFUSED, ChannelEnded
from aimaq.bus.rabbit.transport import Tap, Tapped
from aimaq.bus.rabbit.frames import OVERHEAD
from aimaq.language.errors import Unavailable, Unconfigured

CONNECT_WITHIN = 10.0
"""How long connecting and logging in may take, in seconds."""

CLOSE_WITHIN = 5.0
"""How long a farewell may take, in seconds."""

HEARTBEAT = 10
"""Seconds between signs of life; a peer that gave none for three times as long is gone."""

NO_ENTRY = 530
PORTS = {"amqp": 5672, "amqps": 5671}


class Address:
    """Where the broker is, as whom one connects and to which virtual host; Unconfigured if `url` does not say so."""

    def __init__(self, url: str) -> None:
        try:
            parsed = URL(url)
            if parsed.scheme not in PORTS or not parsed.host:
                raise ValueError(url)
        except ValueError:
            raise Unconfigured(
                "a broker's address is amqp[s]://USER:PASSWORD@HOST[:PORT]/VHOST", field="broker"
            ) from None
        self.url = parsed if "heartbeat" in parsed.query else parsed.update_query(heartbeat=HEARTBEAT)
        self.user = parsed.user or "guest"
        self.place = f"{parsed.host}:{parsed.port or PORTS[parsed.scheme]}"
        self.vhost = parsed.path.removeprefix("/").replace("%2F", "/") or "/"

    @contextlib.asynccontextmanager
    async def connected(self, name: str) -> AsyncIterator[tuple[Tap, asyncio.Future[None]]]:
        """A connection that the broker shows under this name, and its end; Unavailable if it does not come about."""
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # prints tracebacks of what is one line here
        factory = Tapped()
        connection = Connection(self.url, client_properties={"connection_name": name})
        connection.kwargs["transport_factory"] = factory
        try:
            try:
                await connection.connect(timeout=CONNECT_WITHIN)
            except (AMQPError, OSError, TimeoutError) as error:
                raise Unavailable(self._obstacle(error, factory.tap)) from error
            assert connection.transport is not None
            assert factory.tap is not None
            amqp = connection.transport.connection
            factory.tap.most = amqp.connection_tune.frame_max - OVERHEAD
            yield factory.tap, amqp.closing
        finally:
            with contextlib.suppress(TimeoutError, AMQPError, OSError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await connection.close()

    async def watch(self, tap: Tap, closing: asyncio.Future[None]) -> NoReturn:
        """Wait for the end of a connection, then raise ChannelEnded with its reason."""
        await asyncio.wait((closing,))
        why = f": {tap.farewell.reply_text}" if tap.farewell else ""
        raise ChannelEnded(0, f"the connection to the broker at {self.place} is lost{why}")

    def _obstacle(self, error: BaseException, tap: Tap | None) -> str:
        said = tap.farewell if tap else None
        if isinstance(error, ProbableAuthenticationError) or (said and said.reply_code == REFUSED):
            return f"the broker at {self.place} refused the login of {self.user}"
        if said and said.reply_code == NO_ENTRY:
            return f"the broker at {self.place} does not let {self.user} into the virtual host {self.vhost}"
        if said:
            return f"the broker at {self.place} closed the connection: {said.reply_text}"
        if isinstance(error, TimeoutError):
            return f"the broker at {self.place} did not answer within {CONNECT_WITHIN:g} s"
        if tap is not None:
            return f"what answers at {self.place} does not talk like a RabbitMQ"
        return f"no broker answers at {self.place}"
