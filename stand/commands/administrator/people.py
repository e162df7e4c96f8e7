"""`aimaq people`: made-up people for the state registers, printed as records or put into a stand.

Exit codes: 0 all is well, 2 bad usage or a bad file, 3 the stand is out of reach.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from aimaq.language.errors import AimaqError, InvalidInput, NotAllowed, Technical, Unavailable, Unconfigured
from stand.commands.options import COULD_NOT_TELL, HERE, HOME, USAGE, WIDE, Output, OutputOption
from stand.people.population import DAY, Line, Population, Record
from stand.show.terminal import echo

if TYPE_CHECKING:
    from stand.client.address import StandAddress

AT_ONCE = 50
"""Records in one call."""

StandOption = Annotated[str, typer.Option(help="Address of a stand's gateway, or a JSON file with its addresses.")]
HomeOption = Annotated[
    Path, typer.Option(envvar="AIMAQ_HOME", help="Home of that stand, where its services' tokens are.")
]
ALL_BORN = 2005
"""The first year in which everybody who can be made is born."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of a file of records."""

    register: str
    record: dict[str, object]


app = typer.Typer(
    name="people", help="Made-up people for the registers: generate, load.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def generate(
    seed: Annotated[str, typer.Option(help="Makes the people; the same people for the same seed.")] = "1",
    count: Annotated[int, typer.Option(help="How many persons.", min=1, max=100_000)] = 10,
    organisations: Annotated[int, typer.Option(help="How many legal entities.", min=0, max=100_000)] = 0,
    cards: Annotated[int, typer.Option(help="How many of the persons have a labour market card.", min=0)] = 0,
    repatriates: Annotated[int, typer.Option(help="How many of them are registered as repatriates.", min=0)] = 0,
    powers: Annotated[int, typer.Option(help="How many powers of attorney among them.", min=0, max=100_000)] = 0,
    day: Annotated[
        datetime,
        typer.Option(
            "--on", help="A day on which documents and powers are good.", formats=["%Y-%m-%d"], show_default=str(DAY)
        ),
    ] = datetime(DAY.year, DAY.month, DAY.day),  # noqa: DTZ001 - a day, which typer knows as a moment only
    load: Annotated[bool, typer.Option("--load", help="Also put the records into a stand.")] = False,
    stand: StandOption = HERE,
    home: HomeOption = HOME,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Make people of nobody with correct numbers, names, addresses and documents; `-o json` prints a record a line."""
    from stand.client.address import find

    try:
        if powers and count < 2:
            raise InvalidInput(Technical("a power of attorney takes two persons: make at least two"), field="count")
        if day.year < ALL_BORN:
            raise InvalidInput(Technical(f"the people are born until {ALL_BORN - 1}: take a later day"), field="on")
        wanted = Population(
            seed=seed,
            persons=count,
            organisations=organisations,
            cards=cards,
            repatriates=repatriates,
            powers=powers,
            day=day.date(),
        )
        lines = list(wanted.lines())
        written = put(find(stand, home), lines) if load else None
    except AimaqError as error:
        raise _refused("generate", error) from None
    if output is Output.JSON:
        for name, record in lines:
            echo(msgspec.json.encode(_Line(name, record)).decode())
    else:
        _show(lines)
    if written is not None:
        echo(_counts(written), err=True)


@app.command("load")
def load_(
    file: Annotated[Path, typer.Argument(help="Records, a JSON object a line, as `generate -o json` prints them.")],
    stand: StandOption = HERE,
    home: HomeOption = HOME,
) -> None:
    """Put records from a file (`-` for standard input) into the registers of a stand."""
    from stand.client.address import find

    try:
        written = put(find(stand, home), list(read(file)))
    except AimaqError as error:
        raise _refused("load", error) from None
    echo(_counts(written))


def read(file: Path) -> Iterator[Line]:
    """The records of a file; Unconfigured if it cannot be read, InvalidInput names the first line that is wrong."""
    from aimaq.regulation.model.registers import register

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unconfigured(f"{file} cannot be read: {error}") from None
    for number, row in enumerate(text.splitlines(), 1):
        if row.strip():
            try:
                line = msgspec.json.decode(row, type=_Line)
                register(line.register, "register")
            except (msgspec.DecodeError, InvalidInput) as error:
                raise InvalidInput(Technical(f"{file}:{number}: {error}")) from None
            yield line.register, line.record


def put(stand: StandAddress, lines: Iterable[Line]) -> Counter[str]:
    """Write records into the registers of a stand; how many into each.

    Unavailable if the stand is out of reach, NotAllowed for a wrong token, InvalidInput for a record that is refused.
    """
    import uvloop

    return uvloop.run(_put(stand, lines))


async def _put(stand: StandAddress, lines: Iterable[Line]) -> Counter[str]:
    from aimaq.http.client import http_client
    from stand.client.http import ServiceClient

    written: Counter[str] = Counter()
    records: dict[str, list[dict[str, object]]] = {}
    for name, record in lines:
        records.setdefault(name, []).append(record)
    async with http_client() as session:
        service_client = ServiceClient(session, stand.urls["registry"])
        for name, all_of_it in records.items():
            rest = iter(all_of_it)
            while some := list(islice(rest, AT_ONCE)):
                answer = await service_client.call(
                    "POST", f"/registers/{name}", {"records": some}, token=stand.tokens["registry"]
                )
                if answer.status in (401, 403):
                    raise NotAllowed(Technical(f"the registry does not take the token: {answer.detail}"))
                if answer.refused:
                    where = f"{name}, {answer.body.get('field')}, after {written[name]} of its records"
                    raise InvalidInput(Technical(f"the registry refuses a record ({where}): {answer.detail}"))
                written[name] += len(some)
    return written


COLUMNS: dict[str, dict[str, Callable[[Record], str]]] = {
    "gbd_fl": {
        "iin": lambda r: r["iin"],
        "name": lambda r: f"{r['surname']} {r['given']} {r['patronymic']}",
        "born": lambda r: r["birth_date"],
        "document": lambda r: r.get("document", {}).get("number", "-"),
        "КАТО": lambda r: r["address"]["kato"],
        "address": lambda r: r["address"]["text"],
    },
    "gbd_ul": {
        "bin": lambda r: r["bin"],
        "name": lambda r: r["name"],
        "head": lambda r: r["head"],
        "КАТО": lambda r: r["address"]["kato"],
        "address": lambda r: r["address"]["text"],
    },
}
"""What is shown of a register's records; of the others, everything."""


def _show(lines: list[Line]) -> None:
    from rich.table import Table

    from aimaq.regulation.model.registers import REGISTERS
    from stand.show.console import console

    out = console(WIDE)
    for name in dict.fromkeys(name for name, _ in lines):
        records = [record for register, record in lines if register == name]
        table = Table(title=f"{REGISTERS[name].title.en}: {len(records)}", title_justify="left")
        columns = COLUMNS.get(name) or {column: itemgetter(column) for column in records[0]}
        for column in columns:
            table.add_column(column, overflow="fold")
        for record in records:
            table.add_row(*(str(tell(record)) for tell in columns.values()))
        out.print(table)


def _counts(written: Counter[str]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in written.items()) or "nothing to write"


def _refused(command: str, error: AimaqError) -> typer.Exit:
    echo(f"aimaq people {command}: {error.detail}", err=True)
    return typer.Exit(COULD_NOT_TELL if isinstance(error, Unavailable) else USAGE)
