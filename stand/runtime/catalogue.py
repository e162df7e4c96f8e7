"""Which regulations a command or a stand goes by: those that come with Aimaq, and further ones from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aimaq.language.errors import Unconfigured

if TYPE_CHECKING:
    from aimaq.regulation import Catalogue

LawOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--law",
        envvar="AIMAQ_REGULATIONS",
        help="Further regulations: files or folders. One takes the place of the bundled one of the same id.",
    ),
]


def laws(paths: Sequence[Path] | None = None) -> Catalogue:
    """The regulations that come with Aimaq, with those in these files in place of the ones of the same id.

    Unconfigured if a file is not there or has a mistake.
    """
    from aimaq.regulation import Catalogue

    if not paths:
        return Catalogue.bundled()
    for path in paths:
        if not path.exists():
            raise Unconfigured(f"{path}: no such regulation file or folder")
    own = Catalogue.load(paths)
    return Catalogue([*own, *(regulation for regulation in Catalogue.bundled() if regulation.id not in own)])
