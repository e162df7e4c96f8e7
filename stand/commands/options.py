"""What the commands share: the options that name a stand and its home, how to answer, and the exit codes.

Loads little: a command shows its help before it loads what it runs.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from aimaq.settings import PORTS

USAGE = 2
"""The exit code for a file with mistakes, and for a command that cannot be done as asked."""

COULD_NOT_TELL = 3
"""The exit code where a stand, or what it needs, is out of reach."""

WIDE = 160
"""How many characters a line may have where the answer goes to a file or a pipe."""

HERE = f"http://127.0.0.1:{PORTS['gateway']}"
"""The gateway of a stand on this machine."""

HOME = Path("var/stand")
"""The home of a stand that was not told another."""


class Output(enum.StrEnum):
    """How a command answers."""

    PRETTY = "pretty"
    JSON = "json"


class Language(enum.StrEnum):
    """The languages of the texts."""

    KK = "kk"
    RU = "ru"
    EN = "en"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to answer.")]
StandOption = Annotated[
    str, typer.Option("--stand", help="Address of a stand's gateway, or a JSON file with its addresses.")
]
HomeOption = Annotated[
    Path, typer.Option("--home", envvar="AIMAQ_HOME", help="Home of that stand, where its services' tokens are.")
]
