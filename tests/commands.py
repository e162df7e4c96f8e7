"""Command lines as people write them, held against the commands that exist."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import Any

import typer.main

from stand.commands.cli import load
from tests.house import ROOT


@cache
def everything() -> Any:
    """The command `aimaq` with all that it can do."""
    return typer.main.get_command(load())


def aimaq(line: str) -> str:
    """What is wrong with the command line `aimaq …`; empty if nothing is. Runs nothing."""
    _, *words = shlex.split(line)
    command = everything()
    path = ["aimaq"]
    while hasattr(command, "commands"):
        if not words or words[0] not in command.commands:
            return f"{' '.join(path)} has no command {words[0] if words else '(none given)'}"
        path.append(words.pop(0))
        command = command.commands[path[-1]]
    try:
        command.make_context(" ".join(path), words)
    except Exception as error:
        return f"{' '.join(path)}: {getattr(error, 'message', error)}"
    return ""


def targets() -> set[str]:
    """The targets of the Makefile that have a description."""
    return set(re.findall(r"^([a-z][a-z-]*):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def make(line: str) -> str:
    """What is wrong with the command line `make …`; empty if nothing is."""
    unknown = [word for word in shlex.split(line)[1:] if "=" not in word and word not in targets()]
    return f"the Makefile has no target {unknown[0]}" if unknown else ""


def wrong(line: str) -> str:
    """What is wrong with a command line of the project's documents; empty if nothing is."""
    words = shlex.split(line)
    program = words[0].removeprefix(".venv/bin/")
    if program == "aimaq":
        return aimaq(line)
    if program == "make":
        return make(line)
    if program == "docker" and words[1:2] == ["compose"]:
        return ""
    if "/" in words[0] and not words[0].startswith(".venv/"):
        return "" if (ROOT / words[0]).exists() else f"there is no {words[0]}"
    return f"nobody knows the command {program}"
