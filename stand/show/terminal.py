"""What commands write: text that strangers sent is shown by a terminal, and never obeyed.

Every command writes through `echo` and `line`, or draws on `stand.show.console`.
"""

from __future__ import annotations

import typer

from aimaq.language.visible import visible


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write a text, which may have several lines, to standard output or to standard error."""
    typer.echo(visible(text), err=err, nl=nl)


def line(text: str, *, err: bool = False) -> None:
    """Write one line: an end of a line in the text is shown too, so that no stranger adds a line of his own."""
    echo(text.replace("\n", "\\n"), err=err)
