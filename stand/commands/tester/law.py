"""`aimaq law`: the regulations as the stand understands them, for people and for programs, and what is wrong with them.

Exit codes: 0 all is well, 2 a regulation's file has mistakes or the command was used wrongly.
"""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from aimaq.language import errors
from aimaq.regulation import Flow, Regulation
from aimaq.regulation.catalogue import files
from aimaq.regulation.validation.check import Mistake
from aimaq.regulation.validation.check import check as mistakes_in
from aimaq.regulation.export import export as public_form
from aimaq.regulation.files.loading import FOLDER
from stand.show.diagram import Diagram, draw
from stand.show.diagram.formats import bpmn, mermaid
from stand.show.lawbook import pages, table_of
from stand.runtime.catalogue import LawOption, laws

USAGE = 2
"""The exit code for a file with mistakes, and for a command that cannot be done as asked."""


WIDE = 160
"""How many characters a line may have where the answer goes to a file or a pipe."""


class Output(enum.StrEnum):
    """How a command answers."""

    PRETTY = "pretty"
    JSON = "json"


class Form(enum.StrEnum):
    """How `show` answers: as the other commands, or as a diagram of one flow."""

    PRETTY = "pretty"
    JSON = "json"
    BPMN = "bpmn"
    MERMAID = "mermaid"


class Language(enum.StrEnum):
    """The languages of the texts."""

    KK = "kk"
    RU = "ru"
    EN = "en"


DIAGRAMS: dict[Form, Callable[[Diagram], str | bytes]] = {Form.BPMN: bpmn, Form.MERMAID: mermaid}
"""The forms that are diagrams, with what writes each down."""

OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to answer.")]

app = typer.Typer(
    name="law", help="The regulations: list, show, check, export.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_(law: LawOption = None, output: OutputOption = Output.PRETTY) -> None:
    """List the regulations and their flows."""
    with _told():
        catalogue = laws(law)
    if output is Output.JSON:
        _json([_summary(regulation) for regulation in catalogue])
        return
    table = table_of("id", "act", "title", "channels", "steps", "rows")
    for regulation in catalogue:
        flows = regulation.flows.values()
        table.add_row(
            regulation.id,
            f"No {regulation.act.number} of {regulation.act.date}",
            regulation.title.en,
            "\n".join(regulation.flows),
            "\n".join(str(len(flow.steps)) for flow in flows),
            "\n".join(str(len(flow.table)) for flow in flows),
        )
    _console().print(table)


@app.command()
def show(
    regulation: Annotated[str, typer.Argument(help="The id of a regulation, as `law list` gives it.", metavar="ID")],
    channel: Annotated[str | None, typer.Option(help="Only this channel: provider, con, portal or akim.")] = None,
    language: Annotated[
        Language | None, typer.Option("--language", "--lang", help="The language of the texts; a diagram's is kk.")
    ] = None,
    output: Annotated[Form, typer.Option("--output", "-o", help="How to answer; a diagram is of one channel.")] = (
        Form.PRETTY
    ),
    law: LawOption = None,
) -> None:
    """Show a regulation: its steps, the rows of its tables, and where a reading applies; or a flow as a diagram."""
    with _told():
        found = laws(law).regulation(regulation)
        flows = list(found.flows.values()) if channel is None else [found.flow(channel)]
        if output in DIAGRAMS:
            typer.echo(DIAGRAMS[output](draw(found, _one(flows), language or Language.KK)), nl=False)
            return
    if output is Form.JSON:
        _json(msgspec.structs.replace(found, flows={flow.channel: flow for flow in flows}))
        return
    language = language or Language.EN
    console = _console()
    for page in pages(found, flows, language, whole=channel is None):
        console.print(page)


@app.command()
def check(
    file: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; those that come with Aimaq if none.")
    ] = None,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Name every mistake in regulation files, with file, line and rule."""
    with _told():
        checked = files(file or [FOLDER])
    found = [mistake for path in checked for mistake in mistakes_in(path)]
    if output is Output.JSON:
        _json({"files": [str(path) for path in checked], "mistakes": found})
    else:
        _report(checked, found)
    if found:
        raise typer.Exit(USAGE)


@app.command()
def export(law: LawOption = None, output: OutputOption = Output.PRETTY) -> None:
    """Print the catalogue as JSON, in its stable public form; `-o json` puts it on one line."""
    with _told():
        plain = public_form(laws(law))
    _json(plain, indent=0 if output is Output.JSON else 2)


def _one(flows: list[Flow]) -> str:
    """The channel of a diagram; InvalidInput where none was named and there are several."""
    if len(flows) > 1:
        raise errors.InvalidInput(f"a diagram is of one flow: add --channel {', '.join(f.channel for f in flows)}")
    return flows[0].channel


@contextmanager
def _told() -> Iterator[None]:
    """Turn an error of ours into one line on stderr and an exit code."""
    try:
        yield
    except errors.AimaqError as error:
        typer.echo(f"aimaq law: {error.detail}", err=True)
        raise typer.Exit(USAGE) from None


def _json(value: Any, indent: int = 2) -> None:
    encoded = msgspec.json.encode(value)
    typer.echo((msgspec.json.format(encoded, indent=indent) if indent else encoded).decode())


def _console() -> Console:
    """The terminal; a file or a pipe, which has no width of its own, is wide enough for the tables."""
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(highlight=False, width=wide)


def _summary(regulation: Regulation) -> dict[str, Any]:
    return {
        "id": regulation.id,
        "act": regulation.act,
        "title": regulation.title,
        "flows": [
            {"channel": flow.channel, "paragraph": flow.paragraph, "steps": len(flow.steps), "rows": len(flow.table)}
            for flow in regulation.flows.values()
        ],
    }


def _report(checked: list[Path], found: list[Mistake]) -> None:
    for mistake in found:
        typer.echo(str(mistake))
    good = len(checked) - len({mistake.file for mistake in found})
    typer.echo(f"{good} of {len(checked)} without a mistake, {len(found)} found", err=bool(found))
