"""Connecting to RabbitMQ, and saying in one line why it did not work or did not last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

from aio_pika import Connection
from aiormq.exceptions import AMQPError, ProbableAuthenticationError
from yarl import URL

from aimaq.bus.rabbit.channel import REFUSED, ChannelEnded
from aimaq.bus.rabbit.frames import OVERHEAD
from aimaq.bus.rabbit.transport import FrameTransport, FrameTransportFactory
from aimaq.language.errors import Technical, Unavailable, Unconfigured

CONNECT_WITHIN = 10.0
"""How long connecting and logging in may take, in seconds."""

CLOSE_WITHIN = 5.0
"""How long a farewell may take, in seconds."""

HEARTBEAT = 10
"""Seconds between signs of life; a peer that gave none for three times as long is gone."""

NO_ENTRY = 530
PORTS = {"amqp": 5672, "amqps": 5671}

_FILES = ("cafile", "certfile", "keyfile")
_VERIFY = "no_verify_ssl"
PARAMETERS = (*_FILES, "capath", "cadata", _VERIFY, "auth", "heartbeat", "name", "timeout")
"""The parameters that a broker's address may have. aiormq passes over others, and takes `no_verify_ssl=false` for yes.
"""


class Address:
    """Where the broker is, as whom one connects and to which virtual host; Unconfigured if `url` does not say so.

    With `amqps` it is by TLS: `cafile` names the authorities to believe, if they are not the system's; `certfile` and
    `keyfile` one's own certificate and key.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = URL(url)
            if parsed.scheme not in PORTS or not parsed.host:
                raise ValueError(url)
        except ValueError:
            raise Unconfigured(
                "a broker's address is amqp[s]://USER:PASSWORD@HOST[:PORT]/VHOST", field="broker"
            ) from None
        for name, value in parsed.query.items():
            _check(name, value)
        self.url = parsed if "heartbeat" in parsed.query else parsed.update_query(heartbeat=HEARTBEAT)
        self.user = parsed.user or "guest"
        self.place = f"{parsed.host}:{parsed.port or PORTS[parsed.scheme]}"
        self.vhost = parsed.path.removeprefix("/").replace("%2F", "/") or "/"

    @contextlib.asynccontextmanager
    async def connected(self, name: str) -> AsyncIterator[tuple[FrameTransport, asyncio.Future[None]]]:
        """A connection that the broker shows under this name, and its end; Unavailable if it does not come about."""
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # prints tracebacks of what is one line here
        factory = FrameTransportFactory()
        connection = Connection(self.url, client_properties={"connection_name": name})
        connection.kwargs["transport_factory"] = factory
        try:
            try:
                await connection.connect(timeout=CONNECT_WITHIN)
            except (AMQPError, OSError, TimeoutError) as error:
                raise Unavailable(Technical(self._obstacle(error, factory.frames_transport))) from error
            assert connection.transport is not None
            assert factory.frames_transport is not None
            amqp = connection.transport.connection
            factory.frames_transport.most = amqp.connection_tune.frame_max - OVERHEAD
            yield factory.frames_transport, amqp.closing
        finally:
            with contextlib.suppress(TimeoutError, AMQPError, OSError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await connection.close()

    async def watch(self, frames_transport: FrameTransport, closing: asyncio.Future[None]) -> NoReturn:
        """Wait for the end of a connection, then raise ChannelEnded with its reason."""
        await asyncio.wait((closing,))
        why = f": {frames_transport.farewell.reply_text}" if frames_transport.farewell else ""
        raise ChannelEnded(0, f"the connection to the broker at {self.place} is lost{why}")

    def _obstacle(self, error: BaseException, frames_transport: FrameTransport | None) -> str:
        text = frames_transport.farewell if frames_transport else None
        if (refusal := _refusal(error)) is not None:
            return f"no TLS with the broker at {self.place}: {refusal}"
        if isinstance(error, ProbableAuthenticationError) or (text and text.reply_code == REFUSED):
            return f"the broker at {self.place} refused the login of {self.user}"
        if text and text.reply_code == NO_ENTRY:
            return f"the broker at {self.place} does not let {self.user} into the virtual host {self.vhost}"
        if text:
            return f"the broker at {self.place} closed the connection: {text.reply_text}"
        if isinstance(error, TimeoutError):
            return f"the broker at {self.place} did not answer within {CONNECT_WITHIN:g} s"
        if frames_transport is not None:
            return f"what answers at {self.place} does not talk like a RabbitMQ"
        return f"no broker answers at {self.place}"


def _check(name: str, value: str) -> None:
    why = ""
    if name not in PARAMETERS:
        why = f"there is no such parameter; there are {', '.join(PARAMETERS)}"
    elif name in _FILES and not Path(value).is_file():
        why = f"there is no file {value}"
    elif name == _VERIFY and value not in ("0", "1"):
        why = f"it must be 0 or 1, not {value!r}"
    if why:
        raise Unconfigured(f"the broker URL's parameter {name}: {why}", field="broker_url", rule=name)


def _refusal(error: BaseException | None) -> ssl.SSLError | None:
    """What TLS has refused, if an error comes of that. Errors that came of one another may be a circle."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        if isinstance(error, ssl.SSLError):
            return error
        chain.append(error)
        error = error.__cause__ or error.__context__
    return None
