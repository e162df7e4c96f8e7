"""`aimaq verify`: checks a bundle that `aimaq case export` wrote, with no stand, no database and no network.

Exit codes: 0 all of it holds, 1 something does not, and the places are named, 2 the file is no bundle. What could not
be had when the bundle was made, and is not needed for the rest, is named as not checked and changes no code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from stand.bundle.archive import NotABundle
from stand.bundle.inspection import inspect, wording
from stand.bundle.inspection.evidence import Check, Told
from stand.commands.tester.law import Language, Output, OutputOption

DOES_NOT_HOLD, NOT_A_BUNDLE = 1, 2


def verify(
    bundle: Annotated[Path, typer.Argument(help="The ZIP file that `aimaq case export` wrote.", metavar="BUNDLE")],
    ca: Annotated[
        Path | None, typer.Option("--ca", help="PEM file of the root to trust; if none, the bundle's own is believed.")
    ] = None,
    language: Annotated[Language, typer.Option(help="The language of the sentences.")] = Language.EN,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Check a case's bundle, and say line by line what was checked."""
    try:
        checks = inspect(bundle.read_bytes(), _root_in(ca) if ca is not None else None)
    except OSError as error:
        _refuse(f"{error.filename} cannot be read: {error.strerror}")
    except NotABundle as error:
        _refuse(f"{bundle} is not a bundle: {error}")
    good = all(check.ok for check in checks)
    if output is Output.JSON:
        told = {"ok": good, "checks": [_as_data(check) for check in checks]}
        typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
    else:
        for line in _lines(checks, language):
            typer.echo(line)
        unchecked = sum(len(check.unchecked) for check in checks)
        end = wording.SOME_UNCHECKED[language].format(unchecked) if unchecked else wording.ALL_HOLDS[language]
        typer.echo(f"{bundle}: {end if good else wording.DOES_NOT_HOLD[language]}")
    if not good:
        raise typer.Exit(DOES_NOT_HOLD)


def _as_data(check: Check) -> dict[str, object]:
    def places(those: Sequence[Told]) -> list[dict[str, str]]:
        return [{"place": place, "what": what} for place, what in those]

    return {
        "check": check.name, "ok": check.ok, "title": wording.TITLES[check.name], "said": check.said,
        "faults": places(check.faults), "unchecked": places(check.unchecked), "told": places(check.told),
    }  # fmt: skip


def _lines(checks: Sequence[Check], language: str) -> Iterator[str]:
    """Each check in a line: whether it holds, and the sentence that it makes true; below, the particulars."""
    holds, fails, unchecked = (words[language] for words in (wording.HOLDS, wording.FAILS, wording.UNCHECKED))
    width, margin = max(map(len, (holds, fails))), " " * 4
    for number, check in enumerate(checks, 1):
        yield f"{holds if check.ok else fails:<{width}}  {number:>2}. {wording.TITLES[check.name][language]}"
        if check.ok and check.said:
            yield f"{margin}{check.name}: {check.said}"
        for place, what in check.told if check.ok else ():
            yield f"{margin}{margin}{place}: {what}"
        for place, what in check.faults:
            yield f"{margin}{place}: {what}"
        for place, what in check.unchecked:
            yield f"{margin}{unchecked}: {place}: {what}"


def _root_in(path: Path) -> bytes:
    """The root certificate in a PEM file: the one in it that is its own issuer."""
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (ValueError, x509.InvalidVersion):
        certificates = []
    roots = [one for one in certificates if one.issuer == one.subject]
    if len(roots) != 1:
        _refuse(f"{path} does not hold one root certificate as PEM")
    return roots[0].public_bytes(Encoding.DER)


def _refuse(why: str) -> NoReturn:
    typer.echo(f"aimaq verify: {why}", err=True)
    raise typer.Exit(NOT_A_BUNDLE)
