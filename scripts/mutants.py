"""Change the code that decides, one small change at a time, and see that a test notices: `make mutants`.

`tests/mutants.toml` names the rooms, the tests beside each, how many mutants are drawn, and known survivors.
mutmut makes the mutants and forks a process for each; it works in a copy of the tree, since it writes beside the code,
and a room at a time, since it would otherwise try each mutant on the slow tests of every other room.

Exit codes: 0 enough were killed, 1 too few or an unlisted survivor, 2 the tests do not pass on the code as it is.
"""

from __future__ import annotations

import fnmatch
import json
import os
import random
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "mutants.toml"
COPIES = ROOT / "var" / "mutants"
KILLED = frozenset({1, 3, 24, 36, 152, 255, -24})
"""Exit codes of a mutant's tests that mean it was noticed: a test failed, or the tests ran without end."""


@dataclass(frozen=True)
class Mutant:
    """One change that was tried: what it changes, and whether a test noticed."""

    name: str
    killed: bool
    change: str


def drawn(names: list[str], functions: list[str], most: int, seed: int) -> list[str]:
    """Up to `most` of the mutants in these functions, the same ones for the same seed."""
    mine = sorted(name for name in names if any(fnmatch.fnmatch(function_of(name), one) for one in functions))
    return sorted(random.Random(f"{seed}").sample(mine, min(most, len(mine))))  # noqa: S311 - a sample, and the same one each time


def function_of(name: str) -> str:
    """`Limiter.admit` of mutmut's `xǁLimiterǁadmit__mutmut_3`; `begin` of `x_begin__mutmut_1`."""
    function = name.rpartition(".")[2].rpartition("__mutmut_")[0]
    return function.removeprefix("xǁ").replace("ǁ", ".") if function.startswith("xǁ") else function.removeprefix("x_")


def change_of(diff: str) -> str:
    """A mutant's diff as one line, without the numbers of lines: they move with every edit."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    parts = [" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+"]
    return " => ".join(parts)


def copy_of(tree: Path) -> None:
    """Make a copy of the tracked and new files of this tree."""
    shutil.rmtree(tree, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0"):  # noqa: S603
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def settings_of(room: dict[str, Any], skip: list[str]) -> str:
    """mutmut's settings for one room, as a table of pyproject.toml."""
    others = sorted(path.name for path in ROOT.iterdir() if path.name not in ("aimaq", "var", "reports", "tests"))
    values = {
        "source_paths": ["aimaq"],
        "only_mutate": [room["file"]],
        "do_not_mutate_patterns": skip,
        "also_copy": [name for name in others if not name.startswith(".")],
        "pytest_add_cli_args_test_selection": room["tests"],
        "pytest_add_cli_args": ["-m", "not services and not slow", "-p", "no:cacheprovider", *room.get("options", [])],
        "use_git_change_detection": False,
        "process_isolation": "forkserver",  # what the tests of the code as it is have cached would hide a mutant
        "debug": True,
    }
    return "\n[tool.mutmut]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def tried(room: dict[str, Any], skip: list[str], seed: int, workers: int) -> tuple[int, list[Mutant]]:
    """Try a room's mutants; how many there are in all, and those that were drawn. SystemExit(2) if mutmut fails."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.mutation.file_mutation import mutate_file_contents

    copy = COPIES / Path(room["file"]).stem
    copy_of(copy)
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(settings_of(room, skip))
    os.chdir(copy)
    path = room["file"]
    names = mutate_file_contents(path, Path(path).read_text(encoding="utf-8")).mutant_names
    module = path.removesuffix(".py").replace("/", ".")
    chosen = [f"{module}.{name}" for name in drawn(list(names), room.get("functions", ["*"]), room["most"], seed)]
    run = [sys.executable, "-m", "mutmut", "run", "--max-children", str(workers), *chosen]
    environment = os.environ | {"CI": "1", "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONPATH", None)  # a path into the tree would let the tests find the code as it is
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    data = SourceFileMutationData(path=path)
    data.load()
    codes = {name: data.exit_code_by_key.get(name) for name in chosen}
    if done.returncode or None in codes.values():
        sys.stderr.write(f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}\nmutants: {path} could not be tried\n")
        raise SystemExit(2)
    found = [
        Mutant(f"{module}.{function_of(name)}", code in KILLED, change_of(get_diff_for_mutant(name, path=path)))
        for name, code in codes.items()
    ]
    os.chdir(ROOT)
    return len(names), found


def unlisted(survivors: list[Mutant], known: list[dict[str, str]]) -> Iterator[Mutant]:
    """The survivors that no entry of the list names with a reason."""
    reasons = {(entry["where"], entry["change"]): entry["reason"] for entry in known}
    for mutant in survivors:
        if not reasons.get((mutant.name, mutant.change)):
            yield mutant


def say(line: str) -> None:
    """Print at once: a run is long, and somebody waits for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Try the rooms whose file has one of the words in it, or all; print the score and what survived."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    workers = int(os.environ.get("WORKERS", "2"))
    killed, survivors, total = 0, list[Mutant](), 0
    for room in listed["room"]:
        if arguments and not any(word in room["file"] for word in arguments):
            continue
        begin = time.monotonic()
        count, mutants = tried(room, listed["skip"], listed["seed"], workers)
        alive = [mutant for mutant in mutants if not mutant.killed]
        killed, total, survivors = killed + len(mutants) - len(alive), total + len(mutants), survivors + alive
        dead = len(mutants) - len(alive)
        took = time.monotonic() - begin
        say(f"{room['file']}: {dead} of {len(mutants)} killed, drawn from {count}, {took:.0f} s")
    new = list(unlisted(survivors, listed.get("survivor", [])))
    for mutant in new:
        change = json.dumps(mutant.change, ensure_ascii=False)
        say(f'\n[[survivor]]\nwhere = "{mutant.name}"\nchange = {change}\nreason = ""')
    score = 100 * killed / total if total else 0.0
    say(
        f"mutants: {killed} of {total} killed, {score:.1f} % (at least {listed['least']}); "
        f"{len(survivors)} survive, {len(new)} of them unlisted"
    )
    return 1 if new or score < listed["least"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
