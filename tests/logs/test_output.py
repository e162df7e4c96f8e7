"""What a command writes when its reader has gone, or reads another alphabet."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

from stand.show.output import GONE, UNWRITABLE


async def test_a_reader_that_goes_ends_the_command_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "stand", "law", "list"]
    process = await asyncio.create_subprocess_exec(*command, stdout=write, stderr=PIPE)
    os.close(write)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, err) == (GONE, b"")


async def test_an_output_that_cannot_be_written_is_one_line() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    command = [sys.executable, "-m", "stand", "law", "list"]
    process = await asyncio.create_subprocess_exec(*command, stdout=full, stderr=PIPE)
    os.close(full)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    text = b"aimaq: the output cannot be written: No space left on device\n"
    assert (process.returncode, err) == (UNWRITABLE, text)


async def test_a_command_without_an_output_does_its_work() -> None:
    done = "import os, sys; from stand.show.output import robust; robust(); print('x'); sys.stderr.write('y')"
    command = ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, f"{done}; assert os.pipe()[0] > 2"]
    process = await asyncio.create_subprocess_exec(*command)
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_a_terminal_of_another_alphabet_gets_escapes() -> None:
    command = [sys.executable, "-m", "stand", "law", "show", "unemployed-certificate-2012"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=PIPE, stderr=PIPE, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, err) == (0, b"")
    assert rb"\u04" in out
