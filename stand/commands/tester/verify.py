"""`aimaq verify`: checks a bundle that `aimaq case export` wrote, with no stand, no database and no network.

Exit codes: 0 all of it holds, 1 something does not, and the places are named, 2 the file is no bundle, 3 it agrees with
itself, and no root was named that it must lead to. What could not be had when the bundle was made, and is not needed
for the rest, is named as not checked and changes no code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
import typer

from stand.commands.options import COULD_NOT_TELL, HOME, Language, Output, OutputOption
from stand.show.terminal import echo, line

if TYPE_CHECKING:
    from stand.bundle.inspection.evidence import Check, Remark

DOES_NOT_HOLD, NOT_A_BUNDLE = 1, 2


def verify(
    bundle: Annotated[Path, typer.Argument(help="The ZIP file that `aimaq case export` wrote.", metavar="BUNDLE")],
    ca: Annotated[
        Path | None, typer.Option("--ca", help="PEM file of the root to trust; if none, that of the stand in --home.")
    ] = None,
    home: Annotated[Path, typer.Option("--home", envvar="AIMAQ_HOME", help="Home of a stand, for its root.")] = HOME,
    language: Annotated[Language, typer.Option(help="The language of the sentences.")] = Language.EN,
    output: OutputOption = Output.PRETTY,
) -> None:
    """Check a case's bundle, and say line by line what was checked."""
    from stand.bundle.archive import LARGEST, NotABundle
    from stand.bundle.inspection import inspect, wording

    try:
        root = _root_of(ca, home)
        with bundle.open("rb") as file:
            checks = inspect(file.read(LARGEST + 1), root)
    except OSError as error:
        _refuse(f"{error.filename} cannot be read: {error.strerror}")
    except NotABundle as error:
        _refuse(f"{bundle} is not a bundle: {error}")
    good = all(check.ok for check in checks)
    if output is Output.JSON:
        described = {"ok": good and root is not None, "checks": [_as_data(check) for check in checks]}
        echo(msgspec.json.format(msgspec.json.encode(described)).decode())
    else:
        for one in _lines(checks, language):
            line(one)
        unchecked = sum(len(check.unchecked) for check in checks)
        end = wording.SOME_UNCHECKED.say(language).format(unchecked) if unchecked else wording.ALL_HOLDS.say(language)
        if root is None:
            end = wording.NO_ROOT.say(language)
        line(f"{bundle}: {end if good else wording.DOES_NOT_HOLD.say(language)}")
    if not good:
        raise typer.Exit(DOES_NOT_HOLD)
    if root is None:
        raise typer.Exit(COULD_NOT_TELL)


def _as_data(check: Check) -> dict[str, object]:
    from stand.bundle.inspection import wording

    def places(those: Sequence[Remark]) -> list[dict[str, str]]:
        return [{"place": place, "what": what} for place, what in those]

    return {
        "check": check.name,
        "ok": check.ok,
        "title": wording.TITLES[check.name],
        "said": check.summary,
        "faults": places(check.faults),
        "unchecked": places(check.unchecked),
        "told": places(check.particulars),
    }


def _lines(checks: Sequence[Check], language: str) -> Iterator[str]:
    """Each check in a line: whether it holds, and the sentence that it makes true; below, the particulars."""
    from stand.bundle.inspection import wording

    holds, fails, unchecked = (words.say(language) for words in (wording.HOLDS, wording.FAILS, wording.UNCHECKED))
    width, margin = max(map(len, (holds, fails))), " " * 4
    for number, check in enumerate(checks, 1):
        yield f"{holds if check.ok else fails:<{width}}  {number:>2}. {wording.TITLES[check.name].say(language)}"
        if check.ok and check.summary:
            yield f"{margin}{check.name}: {check.summary}"
        for place, what in check.particulars if check.ok else ():
            yield f"{margin}{margin}{place}: {what}"
        for place, what in check.faults:
            yield f"{margin}{place}: {what}"
        for place, what in check.unchecked:
            yield f"{margin}{unchecked}: {place}: {what}"


def _root_of(ca: Path | None, home: Path) -> bytes | None:
    """The root to trust: the one that was given, or that of the stand in this home; None if there is neither."""
    from aimaq.access.systems.keystore import AUTHORITIES, trust_of

    known = trust_of(home) / AUTHORITIES
    if ca is None and not known.exists():
        return None
    return _root_in(ca or known)


def _root_in(path: Path) -> bytes:
    """The root certificate in a PEM file: the one in it that is its own issuer."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (ValueError, x509.InvalidVersion):
        certificates = []
    roots = [one for one in certificates if one.issuer == one.subject]
    if len(roots) != 1:
        _refuse(f"{path} does not hold one root certificate as PEM")
    return roots[0].public_bytes(Encoding.DER)


def _refuse(why: str) -> NoReturn:
    line(f"aimaq verify: {why}", err=True)
    raise typer.Exit(NOT_A_BUNDLE)
