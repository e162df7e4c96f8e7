"""`aimaq verify`: checks a bundle that `aimaq case export` wrote, with no stand, no database and no network.

Exit codes: 0 all of it holds, 1 something does not, and the places are named, 2 the file is no bundle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from stand.bundle import NotABundle
from stand.inspection import inspect
from stand.law import Output, OutputOption

DOES_NOT_HOLD, NOT_A_BUNDLE = 1, 2


def verify(
    bundle: Annotated[Path, typer.Argument(help="The ZIP file that `aimaq case export` wrote.", metavar="BUNDLE")],
    ca: Annotated[
        Path | None, typer.Option("--ca", help="PEM file of the root to trust; if none, the bundle's own is believed.")
    ] = None,
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
        told = [
            {"check": check.name, "ok": check.ok, "said": check.said,
             "faults": [{"place": place, "what": what} for place, what in check.faults]}
            for check in checks
        ]  # fmt: skip
        typer.echo(msgspec.json.format(msgspec.json.encode({"ok": good, "checks": told})).decode())
    else:
        for check in checks:
            typer.echo(
                f"{'holds' if check.ok else 'FAILS'}  {check.name:<12} {check.said if check.ok else ''}".rstrip()
            )
            for place, what in check.faults:
                typer.echo(f"         {place}: {what}")
        typer.echo(f"{bundle}: {'all of it holds' if good else 'it does not hold'}")
    if not good:
        raise typer.Exit(DOES_NOT_HOLD)


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
