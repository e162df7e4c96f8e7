"""`aimaq flow`: flow files made from a regulation, and what is wrong with those that there are.

Exit codes: 0 all is well, 2 a file has mistakes or the command was used wrongly.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, Technical
from stand.commands.options import USAGE, Output, OutputOption
from stand.runtime.catalogue import LawOption, laws
from stand.show.terminal import echo

if TYPE_CHECKING:
    from aimaq.regulation import Regulation

app = typer.Typer(
    name="flow",
    help="Flow files: new ones from a regulation, and a check of those that there are.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def new(
    regulation: Annotated[str, typer.Argument(help="The id of a regulation, as `law list` gives it.")],
    channel: Annotated[str | None, typer.Option(help="Only this channel: provider, con, portal or akim.")] = None,
    variant: Annotated[str | None, typer.Option(help="Only the file of this name (issued, or con-issued).")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write to; flows/REGULATION if left out.")] = None,
    law: LawOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Make the flow files of a regulation: every outcome, result and part of it comes up in one of them."""
    from aimaq.regulation.validation.completeness import refuse
    from stand.flowfile.writing import write
    from stand.replay.played import played

    folder = out or Path("flows") / regulation
    try:
        refuse(played())
        found = laws(law).regulation(regulation)
        made = _made(found, channel, variant)
        there = [name for name in made if (folder / f"{name}.yaml").exists()]
        if there and not force:
            raise InvalidInput(Technical(f"{folder} has {', '.join(there)} already; write over them with --force"))
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in made.items():
            path = folder / f"{name}.yaml"
            path.write_text(write(data, folder), encoding="utf-8")
            echo(str(path))
    except OSError as error:
        raise _refused("new", InvalidInput(Technical(f"{error.filename}: {error.strerror}"))) from None
    except AimaqError as error:
        raise _refused("new", error) from None


def _made(regulation: Regulation, channel: str | None, variant: str | None) -> dict[str, dict[str, object]]:
    """The files to write, by name; InvalidInput if there is none of the variant asked for."""
    from aimaq.regulation.model.vocabulary import suggest
    from stand.flowfile.scaffold import scaffold

    channels = [channel] if channel else list(regulation.flows)
    known = {name: data for one in channels for name, data in scaffold(regulation, one)}
    if variant is None:
        return known
    found = {name: data for name, data in known.items() if variant in (name, name.partition("-")[2])}
    if not found:
        hint = suggest(variant, [*known, *(name.partition("-")[2] for name in known)])
        raise InvalidInput(
            Technical(f"{regulation.id} has no variant {variant!r}{hint or ', only ' + ', '.join(known)}")
        )
    return found


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Flow files or folders of them; all that come with Aimaq if left out.")
    ] = None,
    law: LawOption = None,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Tell every mistake in flow files: the file, the line, what is wrong and which rule that breaks."""
    from stand.flowfile import FLOWS, files, read

    try:
        catalogue = laws(law)
        looked_at = files(paths or [FLOWS])
        mistakes = [mistake for path in looked_at for mistake in read(path, catalogue)[1]]
    except AimaqError as error:
        raise _refused("check", error) from None
    if output is Output.JSON:
        described = {"files": [str(path) for path in looked_at], "mistakes": mistakes}
        echo(msgspec.json.format(msgspec.json.encode(described)).decode())
    else:
        for mistake in mistakes:
            echo(str(mistake))
        good = len(looked_at) - len({mistake.file for mistake in mistakes})
        echo(f"{good} of {len(looked_at)} without a mistake, {len(mistakes)} found", err=bool(mistakes))
    if mistakes:
        raise typer.Exit(USAGE)


def _refused(command: str, error: AimaqError) -> typer.Exit:
    """Say an error on stderr, and give the exit code that goes with it."""
    echo(f"aimaq flow {command}: {error.detail}", err=True)
    return typer.Exit(USAGE)
