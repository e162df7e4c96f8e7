"""`aimaq law`: the regulations as the stand understands them, for people and for programs, and what is wrong with them.

Exit codes: 0 all is well, 2 a regulation's file has mistakes or the command was used wrongly.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from aimaq.language import errors
from stand.commands.options import USAGE, WIDE, Language, Output, OutputOption
from stand.runtime.catalogue import LawOption, laws
from stand.show.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Callable

    from aimaq.regulation import Flow, Regulation
    from aimaq.regulation.diagram.model import Diagram
    from aimaq.regulation.validation.check import Mistake
    from aimaq.regulation.validation.completeness import Lack


class Form(enum.StrEnum):
    """How `show` answers: as the other commands, or as a diagram of one flow."""

    PRETTY = "pretty"
    JSON = "json"
    BPMN = "bpmn"
    MERMAID = "mermaid"


app = typer.Typer(
    name="law", help="The regulations: list, show, check, export.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_(law: LawOption = None, output: OutputOption = Output.PRETTY) -> None:
    """List the regulations and their flows."""
    from stand.show.lawbook import table_of

    with _one_line_errors():
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
    from stand.show.console import console

    console(WIDE).print(table)


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
    from aimaq.regulation.diagram import bpmn, draw, mermaid
    from stand.show.lawbook import pages

    diagrams: dict[Form, Callable[[Diagram], bytes | str]] = {Form.BPMN: bpmn, Form.MERMAID: mermaid}
    with _one_line_errors():
        found = laws(law).regulation(regulation)
        flows = list(found.flows.values()) if channel is None else [found.flow(channel)]
        if output in diagrams:
            drawn = diagrams[output](draw(found, _one(flows), language or Language.KK))
            echo(drawn.decode() if isinstance(drawn, bytes) else drawn, nl=False)
            return
    if output is Form.JSON:
        _json(msgspec.structs.replace(found, flows={flow.channel: flow for flow in flows}))
        return
    language = language or Language.EN
    from stand.show.console import console

    out = console(WIDE)
    for page in pages(found, flows, language, whole=channel is None):
        out.print(page)


@app.command()
def check(
    file: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; those that come with Aimaq if none.")
    ] = None,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Name every mistake in regulation files, with file, line and rule; and what is declared and not implemented."""
    from aimaq.regulation.catalogue import files
    from aimaq.regulation.files.loading import FOLDER
    from aimaq.regulation.validation.check import check as mistakes_in
    from stand.replay.played import everywhere, unimplemented

    with _one_line_errors():
        checked = files(file or [FOLDER])
        lacks = sorted(set(everywhere()))
    found = [mistake for path in checked for mistake in mistakes_in(path, unimplemented(lacks))]
    if output is Output.JSON:
        _json({"files": [str(path) for path in checked], "mistakes": found, "lacks": lacks})
    else:
        _report(checked, found, lacks)
    if found or lacks:
        raise typer.Exit(USAGE)


@app.command()
def export(law: LawOption = None, output: OutputOption = Output.PRETTY) -> None:
    """Print the catalogue as JSON, in its stable public form; `-o json` puts it on one line."""
    from aimaq.regulation.export import export as public_form

    with _one_line_errors():
        plain = public_form(laws(law))
    _json(plain, indent=0 if output is Output.JSON else 2)


def _one(flows: list[Flow]) -> str:
    """The channel of a diagram; InvalidInput where none was named and there are several."""
    if len(flows) > 1:
        raise errors.InvalidInput(
            errors.Technical(f"a diagram is of one flow: add --channel {', '.join(f.channel for f in flows)}")
        )
    return flows[0].channel


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn an error of ours into one line on stderr and an exit code."""
    try:
        yield
    except errors.AimaqError as error:
        echo(f"aimaq law: {error.detail}", err=True)
        raise typer.Exit(USAGE) from None


def _json(value: Any, indent: int = 2) -> None:
    encoded = msgspec.json.encode(value)
    echo((msgspec.json.format(encoded, indent=indent) if indent else encoded).decode())


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


def _report(checked: list[Path], found: list[Mistake], lacks: list[Lack]) -> None:
    """Every mistake and every lack, and last how much is well and how many there are of each."""
    for mistake in found:
        echo(str(mistake))
    for lack in lacks:
        echo(str(lack), err=True)
    good = len(checked) - len({mistake.file for mistake in found})
    lacking = f", {len(lacks)} lack{'s' * (len(lacks) > 1)} in the code" if lacks else ""
    echo(f"{good} of {len(checked)} without a mistake, {len(found)} found{lacking}", err=bool(found or lacks))
