"""The checkouts that a comparison runs: this one as it is, and an older revision of it in a folder of its own."""

from __future__ import annotations

import asyncio
import sys
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aimaq.language.errors import InvalidInput, Technical, Unavailable, Unconfigured
from stand.bench.stands import ROOT, environment

PACKAGES = ("aimaq", "stand")
"""What must come from the folder of a checkout, and not from where this command is installed."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A revision, as people call it, and the folder with its packages."""

    name: str
    root: Path


async def working(root: Path = ROOT) -> Checkout:
    """The checkout in `root` as it is, changes included; Unconfigured if that folder is not one of git."""
    top, _ = await _git(root, "rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != root.resolve():
        raise Unconfigured(f"{root} is not a git checkout: --against needs one, to take another revision from")
    commit, _ = await _git(root, "rev-parse", "--short", "HEAD")
    changes, _ = await _git(root, "status", "--porcelain", "--untracked-files=no")
    return Checkout(f"{commit} with changes" if changes else commit, root)


@asynccontextmanager
async def exported(revision: str, root: Path = ROOT) -> AsyncIterator[Checkout]:
    """A revision in a temporary folder, removed afterwards.

    InvalidInput if there is no such revision; Unavailable if it has not the packages that a stand is made of.
    """
    commit, _ = await _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
    if not commit:
        raise InvalidInput(Technical(f"{revision!r} is not a revision of {root}: name a commit, a branch or a tag"))
    with tempfile.TemporaryDirectory(prefix="aimaq-against-") as folder:
        archive, tree = Path(folder) / "revision.tar", Path(folder) / "tree"
        _, failure = await _git(root, "archive", "--format=tar", f"--output={archive}", commit)
        if failure:
            raise Unavailable(Technical(f"git did not export {revision}: {failure}"))
        with tarfile.open(archive) as packed:
            if (safe := getattr(tarfile, "data_filter", None)) is not None:  # Python has it since 3.11.4
                packed.extraction_filter = safe
            packed.extractall(tree)  # noqa: S202 - Git has just made it of this repository
        await _check(tree, revision)
        yield Checkout(f"{revision} ({commit[:7]})", tree)


async def _check(tree: Path, revision: str) -> None:
    """Unavailable if Python takes one of the packages from elsewhere."""
    names = ", ".join(PACKAGES)
    code = f"import sys, {names}; sys.stdout.write('\\n'.join(p.__file__ for p in ({names})))"
    found, failure = await _output(tree, sys.executable, "-P", "-c", code, env=environment(tree, {}))
    places = [Path(place).resolve() for place in found.splitlines()]
    if len(places) != len(PACKAGES) or not all(place.is_relative_to(tree.resolve()) for place in places):
        raise Unavailable(Technical(f"{revision} has not the packages {names}: {failure or found}"))


async def _git(root: Path, *arguments: str) -> tuple[str, str]:
    """What git prints, and why it failed; one of them is empty."""
    try:
        return await _output(root, "git", *arguments)
    except FileNotFoundError:
        raise Unavailable(Technical("git is not installed: --against needs it, to export the other revision")) from None


async def _output(folder: Path, *command: str, env: dict[str, str] | None = None) -> tuple[str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=env, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    if process.returncode == 0:
        return out.decode().strip(), ""
    lines = err.decode(errors="replace").strip().splitlines()
    return "", lines[-1] if lines else f"it ended with exit code {process.returncode}"
