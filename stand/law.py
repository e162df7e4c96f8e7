"""`aimaq law`: the regulations as the stand understands them, for people and for programs, and what is wrong with them.

Exit codes: 0 all is well, 2 a regulation's file has mistakes or the command was used wrongly.
"""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aimaq import errors
from aimaq.regulation import Catalogue, Evidence, Flow, Limit, Norm, Regulation, Step
from aimaq.regulation.catalogue import files
from aimaq.regulation.check import Mistake
from aimaq.regulation.check import check as mistakes_in
from aimaq.regulation.export import export as public_form
from aimaq.regulation.load import FOLDER

USAGE = 2
"""The exit code for a file with mistakes, and for a command that cannot be done as asked."""


WIDE = 160
"""How many characters a line may have where the answer goes to a file or a pipe."""


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

app = typer.Typer(
    name="law", help="The regulations: list, show, check, export.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_(output: OutputOption = Output.PRETTY) -> None:
    """List the regulations and their flows."""
    with _told():
        catalogue = Catalogue.bundled()
    if output is Output.JSON:
        _json([_summary(regulation) for regulation in catalogue])
        return
    table = _table("id", "act", "title", "channels", "steps", "rows")
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
    language: Annotated[Language, typer.Option(help="The language of titles and actions.")] = Language.EN,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Show a regulation: its steps, the rows of its tables, and where a reading applies."""
    with _told():
        found = Catalogue.bundled().regulation(regulation)
        flows = list(found.flows.values()) if channel is None else [found.flow(channel)]
    if output is Output.JSON:
        _json(msgspec.structs.replace(found, flows={flow.channel: flow for flow in flows}))
        return
    console = _console()
    console.print(_heading(found))
    for flow in flows:
        console.print(_steps(flow, language))
        if flow.table:
            console.print(_rows(flow, language))
    named = set(found.readings) if channel is None else _applied(flows[0])
    if applied := [name for name in found.readings if name in named]:
        console.print(_readings(found, applied))


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
def export(output: OutputOption = Output.PRETTY) -> None:
    """Print the catalogue as JSON, in its stable public form; `-o json` puts it on one line."""
    with _told():
        plain = public_form(Catalogue.bundled())
    _json(plain, indent=0 if output is Output.JSON else 2)


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


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title and f"\n{title}", title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


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


def _heading(regulation: Regulation) -> Text:
    act = regulation.act
    lines = [
        regulation.id,
        *(f"  {text}" for text in (regulation.title.kk, regulation.title.ru, regulation.title.en)),
        f"  {act.authority.en}, No {act.number} of {act.date}",
    ]
    if act.registered is not None:
        lines.append(f"  registered under No {act.registered.number} on {act.registered.date}")
    if act.repealed_on is not None:
        lines.append(f"  repealed on {act.repealed_on}" + (f" by No {act.repealed_by}" if act.repealed_by else ""))
    return Text("\n".join(lines))


def _steps(flow: Flow, language: str) -> Table:
    title = f"{flow.channel}: paragraph {flow.paragraph}{_mark((' '.join(flow.readings),) if flow.readings else ())}"
    table = _table("ref", "para", "step", "by", "does", "limit", "next", title=title)
    for step in flow.steps.values():
        table.add_row(
            f"{step.ref}{' (optional)' if step.optional else ''}{_mark(step.readings)}",
            step.paragraph,
            step.title.say(language),
            "\n".join(part.by for part in step.parts),
            "\n".join(part.does for part in step.parts) + (f"\non ground: {step.ground}" if step.ground else ""),
            _limits(step),
            "\n".join(f"{outcome}: {there}" for outcome, there in step.next.items()),
        )
    return table


def _rows(flow: Flow, language: str) -> Table:
    table = _table("no", "unit", "action", "limit", "next", "met by", title=f"{flow.channel}: table")
    for norm in flow.table:
        table.add_row(
            f"{norm.no}{_mark(norm.readings)}",
            _unit(norm),
            norm.action.say(language),
            _limit(norm.limit) + "".join(f"\nwithout {day}" for day in norm.not_counting),
            ", ".join(map(str, norm.next)) or "-",
            "\n".join(_evidence(piece) for piece in norm.met_by) or "-",
        )
    return table


def _unit(norm: Norm) -> str:
    return f"{norm.unit}\n({norm.party})"


def _readings(regulation: Regulation, names: list[str]) -> Table:
    table = _table("reading", "place", "printed", "taken", title="* readings")
    for name in names:
        reading = regulation.readings[name]
        table.add_row(name, reading.place, reading.printed, reading.taken)
    return table


def _applied(flow: Flow) -> set[str]:
    bearers: list[Flow | Step | Norm] = [flow, *flow.steps.values(), *flow.table]
    return {name for bearer in bearers for name in bearer.readings}


def _mark(readings: tuple[str, ...]) -> str:
    return "".join(f"\n* {name}" for name in readings)


def _limits(step: Step) -> str:
    if step.limits is None:
        return _limit(step.limit)
    return "\n".join(f"{output}: {_limit(limit)}" for output, limit in step.limits.items())


def _limit(limit: Limit | None) -> str:
    if limit is None:
        return "-"
    numbers = [f"{number:g}" for number in (limit.min, limit.max) if number is not None]
    most = limit.max if limit.max is not None else limit.min
    unit = limit.unit.replace("-", " ") + ("s" if most != 1 else "")
    return f"{'from ' if limit.max is None else ''}{' to '.join(numbers)} {unit}"


def _evidence(piece: Evidence) -> str:
    if piece.step is not None:
        return piece.step
    if piece.shown is not None:
        return f"{piece.shown} shown at {piece.at}"
    verb, message = ("sent", piece.sent) if piece.sent is not None else ("routed", piece.routed)
    status = f" {piece.status}" if piece.status else ""
    return f"{message}{status} {verb}{f' from {piece.from_}' if piece.from_ else ''} to {piece.to}"
