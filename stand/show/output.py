"""Standard output and standard error of a command, whatever is at their other end."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import NoReturn, TextIO

from stand.show.terminal import line

GONE = 141
"""The exit code where nobody reads on: 128 and the number of SIGPIPE, as shells have it."""
UNWRITABLE = 2
"""The exit code where what is written cannot be kept, on a full disk: that of a file which cannot be used."""


class Output(io.TextIOWrapper):
    """A stream that ends the process, quietly, once its reader has gone (`aimaq replay | head -1`).

    One that cannot be written, since its disk is full, ends the process with a line. A character that the stream's
    encoding lacks is written as its escape.
    """

    def write(self, text: str, /) -> int:
        """See `TextIOBase.write`."""
        try:
            return super().write(text)
        except OSError as error:
            self._end(error)

    def flush(self) -> None:
        """See `TextIOBase.flush`."""
        try:
            super().flush()
        except OSError as error:
            self._end(error)

    def _end(self, error: OSError) -> NoReturn:
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())  # what is still in the buffer goes there
        if isinstance(error, BrokenPipeError):
            raise SystemExit(GONE)
        line(f"aimaq: the output cannot be written: {error.strerror}", err=True)
        raise SystemExit(UNWRITABLE)


def robust() -> None:
    """Let standard output and standard error be of this kind from now on.

    One that the command was started without (`>&-`) leads nowhere: a socket in its place ends the process.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode)  # noqa: SIM115 - it takes the free number, and keeps it
            setattr(sys, name, nowhere)
            setattr(sys, f"__{name}__", nowhere)
    sys.stdout, sys.stderr = _robust(sys.stdout), _robust(sys.stderr)


def _robust(stream: TextIO) -> TextIO:
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        return stream
    stream.flush()
    return Output(buffer, encoding=stream.encoding, errors="backslashreplace", line_buffering=stream.isatty())
