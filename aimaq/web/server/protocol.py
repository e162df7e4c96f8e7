"""One connection of a client, within limits of time: uvicorn by itself lets a client be as slow as it likes."""

from __future__ import annotations

import asyncio
import enum
from typing import Any, cast

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from aimaq.language.errors import AimaqError, Unavailable
from aimaq.web.app import RETRY
from aimaq.web.problems import answer, language
from aimaq.web.server.errors import ALL_IN_USE, SLOW_BODY, SLOW_HEAD, TooSlow
from aimaq.web.server.request_limit import GONE
from aimaq.web.server.request_reader import Part, RequestReader, ServerConfig

TAKEN = 16 * 1024
"""Bytes of an answer that a client must take in `write_seconds`."""
LINGER = 2.0
"""Seconds for which what a refused client still sends is dropped: it reads the refusal only once it has sent."""
SECOND_LOOK = 0.25
"""Seconds from the end of a limit until it counts: a process that was held up first reads what came meanwhile."""


class Phase(enum.Enum):
    """What a connection waits for, and so which limit it is under."""

    NEW = enum.auto()
    IDLE = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()
    ANSWER = enum.auto()
    WRITE = enum.auto()
    """The client is to take more of an answer."""
    CLOSING = enum.auto()
    """The client is to take the rest of the last answer."""
    REFUSED = enum.auto()
    """The client has been refused, and may take note of that."""


class ServerProtocol(RequestReader):
    """A connection whose client has so long for a request, and for taking the answer.

    What is being answered has no limit here: a call may wait for its case (`Prefer: wait`).
    """

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._connections = config.connections
        self.timeout_keep_alive = config.settings.idle_seconds  # type: ignore[assignment]
        self._watched: Phase | None = None
        self._request = 0
        """The phase that the timer is about, and the number of the request."""
        self._timer: asyncio.TimerHandle | None = None
        self._unsent = 0
        """Bytes of answers that the client had not taken when the timer was set."""
        self._refused = self._lost = False

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come; it is refused if there is no room."""
        super().connection_made(transport)
        if self._connections.enter(self):
            self._watch()
        else:
            self._write(Unavailable(ALL_IN_USE))
            transport.close()
            self._watch()

    def data_received(self, data: bytes) -> None:
        """Read on, and see what is waited for then."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._lost = True
        if self.answering:
            cast("dict[str, Any]", self.cycle.scope)[GONE] = True
        self._unset()
        self._connections.leave(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client takes less of an answer than there is."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """It has taken most of that."""
        super().resume_writing()
        self._watch()

    # --- what uvicorn calls ---

    def on_response_complete(self) -> None:
        """An answer is written."""
        super().on_response_complete()
        self._watch()

    def timeout_keep_alive_handler(self) -> None:
        """No further request has come."""
        self._late()

    # --- what the other connections call ---

    def give_way(self) -> None:
        """Close at once, without an answer."""
        self.transport.abort()

    # --- limits ---

    @property
    def _phase(self) -> Phase:
        if self.transport.is_closing():
            return Phase.CLOSING
        if self._refused:
            return Phase.REFUSED
        if self.flow.write_paused:
            return Phase.WRITE
        if self.part is not Part.NONE:
            return Phase.HEAD if self.part is Part.HEAD else Phase.BODY
        if self.answering:
            return Phase.ANSWER
        return Phase.IDLE if self.requests else Phase.NEW

    def _watch(self) -> None:
        """Have the timer be about what the connection waits for now, if that is something else than before."""
        if self._lost:
            return
        phase, timed = self._phase, self._timer is not None or self.timeout_keep_alive_task is not None
        if phase is self._watched and self.requests == self._request and (timed or phase is Phase.ANSWER):
            return
        self._watched, self._request = phase, self.requests
        self._unset()
        if phase is Phase.ANSWER:
            self._connections.busy(self)
        elif phase is Phase.IDLE:
            self._connections.idle(self)
            if self.timeout_keep_alive_task is None:  # uvicorn's own, which any byte unsets
                self._timer = self.loop.call_later(self.settings.idle_seconds, self._late)
        else:
            if phase in (Phase.HEAD, Phase.BODY):
                self._connections.incomplete(self)
            elif phase in (Phase.WRITE, Phase.CLOSING):
                self._connections.busy(self)
                self._unsent = self.transport.get_write_buffer_size()
            self._timer = self.loop.call_later(self._seconds(phase), self._late)

    def _seconds(self, phase: Phase) -> float:
        settings = self.settings
        match phase:
            case Phase.NEW | Phase.HEAD:
                return settings.head_seconds
            case Phase.BODY:
                return settings.body_seconds
            case Phase.REFUSED:
                return LINGER
            case _:
                return settings.write_seconds

    def _unset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._unset()
        self._timer = self.loop.call_later(SECOND_LOOK, self._expired)

    def _expired(self) -> None:
        """A limit is over, and nothing came while it was looked at again."""
        self._timer, settings = None, self.settings
        match self._phase:
            case Phase.NEW | Phase.IDLE:
                self.transport.close()
            case Phase.HEAD:
                self.refuse(TooSlow(SLOW_HEAD.format(seconds=settings.head_seconds)))
            case Phase.BODY if not self.flow.read_paused:
                self.refuse(TooSlow(SLOW_BODY.format(seconds=settings.body_seconds)))
            case Phase.WRITE | Phase.CLOSING if self._unsent - self.transport.get_write_buffer_size() >= TAKEN:
                self._watched = None  # it takes the answer: it has as long for more of it
            case Phase.BODY:
                self._watched = None  # nobody has read what there is of it
            case _:
                self.transport.abort()
        self._watch()

    def refuse(self, error: AimaqError) -> None:
        """Read no more, say why if nothing is being answered, and hang up."""
        if self.deaf:
            return
        self.deaf, incomplete, self.part = True, self.part is Part.BODY, Part.NONE
        if self.answering and not incomplete:
            self.cycle.keep_alive = False  # those before it are answered, and then it ends
            return
        if self.answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.answering and self.cycle.response_started:
            self.transport.abort()
            return
        if self.answering or not incomplete:
            self._write(error)
        self._refused = True
        if not self.transport.is_closing():
            self.transport.write_eof()

    def _write(self, error: AimaqError) -> None:
        response = answer(error, language(Request({"type": "http", "headers": self.headers or []})))
        headers = [*response.raw_headers, (b"date", self.config.dated.date()), (b"connection", b"close")]
        if error.status == Unavailable.status:
            headers.append(RETRY)
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[error.status] + lines + b"\r\n" + bytes(response.body))
