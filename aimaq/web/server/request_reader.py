"""The requests of one connection, as uvicorn reads them, with bounds on what each may have."""

from __future__ import annotations

import asyncio
import enum
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from aimaq.language import texts
from aimaq.language.errors import AimaqError, BodyTooLarge
from aimaq.settings import Settings
from aimaq.web.app import Dated
from aimaq.web.server.connections import Connections
from aimaq.web.server.errors import LARGE_HEAD, NOT_HTTP, HeadTooLarge, MalformedRequest

AHEAD = 16
"""Requests of one connection that may wait while one is being answered."""
FRAMING = 8
"""How many times as many bytes as its content a body may take, in small chunks."""
_FIELD = 32
"""What a header counts beside its name and its value (RFC 9113, 6.5.2)."""

_HOSTS = {"1.0": (0, 1), "1.1": (1,)}
"""The versions of HTTP that are spoken here, and how many Host headers a request may have."""


class ServerConfig(Config):
    """uvicorn's configuration for one service, with the limits of its connections."""

    def __init__(
        self, app: Dated, protocol: type[asyncio.Protocol], settings: Settings, connections: Connections
    ) -> None:
        super().__init__(
            app,
            http=protocol,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
            server_header=False,
            date_header=False,
            proxy_headers=False,
        )
        self.dated, self.settings, self.connections = app, settings, connections


class Part(enum.Enum):
    """Which part of a request is being read."""

    NONE = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()


class RequestReader(HttpToolsProtocol):
    """Reads requests until one is none, or has no bounds: then it calls `refuse`, and reads no more."""

    config: ServerConfig

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.settings, self._most = config.settings, config.settings.max_head
        self.part = Part.NONE
        self.requests = 0
        """How many have begun."""
        self.deaf = False
        """Whether what comes is dropped."""
        self._chunk = self._first = self._came = self._fields = 0
        """Bytes that have just come; that came when the request began; that came of the part that is being read, after
        its first; headers of the head."""
        self._cause: AimaqError | None = None

    @property
    def answering(self) -> bool:
        """Whether a request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is not None and not cycle.response_complete

    def refuse(self, error: AimaqError) -> None:
        """Read no more, and say why."""
        raise NotImplementedError

    # --- what asyncio calls ---

    def data_received(self, data: bytes) -> None:
        """Read on, within the bounds of a request."""
        if self.deaf:
            return
        self._chunk = len(data)
        self._came += self._chunk
        super().data_received(data)
        if self._came <= self._most:
            return
        most = self.settings.max_body
        if self.part is Part.HEAD:
            self.refuse(self._head_too_large())
        elif self.part is Part.BODY and self._came > FRAMING * most + self._most:
            self.refuse(BodyTooLarge(texts.too_large(most), rule=f"at most {most} bytes"))

    # --- what the parser calls ---

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self.requests += 1
        self.part, self._first, self._came = Part.HEAD, self._chunk, 0

    def on_headers_complete(self) -> None:
        """The head is there; the request is answered, or waits for those before it."""
        if len(self.pipeline) >= AHEAD:
            raise MalformedRequest(NOT_HTTP)  # which ends the reading; those before it are answered
        self._check_head(self._first + self._came)
        self._check_framing()
        super().on_headers_complete()
        self.part, self._came, self._fields = Part.BODY, 0, len(self.headers)

    def on_message_complete(self) -> None:
        """The request is there in full, with the trailers behind its body, if it has any."""
        if len(self.headers) != self._fields:
            self._check_head(self._most)
        super().on_message_complete()
        self.part = Part.NONE

    # --- what uvicorn calls ---

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP, or has no bounds."""
        self.refuse(self._cause or MalformedRequest(NOT_HTTP))

    def _unsupported_upgrade_warning(self) -> None:
        """A client would speak another protocol: it is answered, and what it sends after that is not read."""
        self.cycle.keep_alive = False

    def _check_framing(self) -> None:
        """Raise, so that the parser reads no more, what two readers could take for two requests, or for two hosts'.

        That is RFC 9112, 3.2 and 6.1: one Host, no coding but chunks, no version that is not spoken here.
        """
        version = self.parser.get_http_version()
        hosts = sum(name == b"host" for name, _ in self.headers)
        codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if version not in _HOSTS or hosts not in _HOSTS[version] or codings not in ([], [b"chunked"]):
            raise MalformedRequest(NOT_HTTP)
        if version == "1.0":
            self.expect_100_continue = False  # such a client does not know that answer (RFC 9110, 10.1.1)

    def _check_head(self, at_most: int) -> None:
        """Raise what the client is refused with if the head, of so many bytes at most, is too large.

        Then the parser reads no more.
        """
        if at_most + _FIELD * len(self.headers) > self._most:
            size = len(self.url) + sum(len(name) + len(value) + _FIELD for name, value in self.headers)
            if size > self._most:
                self._cause = self._head_too_large()
                raise self._cause

    def _head_too_large(self) -> HeadTooLarge:
        return HeadTooLarge(LARGE_HEAD.format(most=self._most), rule=f"at most {self._most} bytes")
