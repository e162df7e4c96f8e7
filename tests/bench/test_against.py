"""The comparison of two checkouts: what runs is the revision that was named, and the figures follow from windows."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

import psutil
import pytest
import typer

from aimaq.http.client import http_client
from aimaq.language.errors import AimaqError, InvalidInput, Technical, Unavailable, Unconfigured
from stand.bench.against import Comparison, Window
from stand.bench.checkouts import exported, working
from stand.bench.stands import ROOT, in_one_process
from stand.commands.tester.bench import run
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PACKAGES = ("aimaq", "conformance", "stand", "portal_svc", "con_svc", "lea_svc", "gateway_svc", "registry_svc")


def git(folder: Path, *arguments: str) -> None:
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.kz", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *author, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git checkout of the packages as they are here, whose one commit is `now`."""
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    git(folder, "init", "--quiet")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "now")
    git(folder, "tag", "now")
    return folder


def revision(copy: Path, name: str, files: Mapping[str, str], without: str = "") -> str:
    """A branch that differs from `now` in these files, and lacks a folder; the checkout itself stays at `now`."""
    git(copy, "checkout", "--quiet", "-b", name, "now")
    for path, text in files.items():
        (copy / path).write_text(text, encoding="utf-8")
    if without:
        git(copy, "rm", "-r", "--quiet", without)
    git(copy, "commit", "--quiet", "-a", "-m", name)
    git(copy, "checkout", "--quiet", "now")
    return name


async def bench(copy: Path, temporary: Path, *options: str) -> Process:
    """`aimaq bench` of the copy, with a folder of its own for what it leaves behind."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "TMPDIR": str(temporary)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "stand", "bench", "--against", *options, env=environment, stdout=PIPE, stderr=PIPE
    )


def test_the_ratio_is_that_of_windows_side_by_side_and_survives_a_machine_that_slows_down() -> None:
    """Half way through the machine takes twice as long for everything: one fifth more stays one fifth more."""
    this = [Window(100, 6, 2), Window(50, 12, 4), Window(100, 7, 2)]
    other = [Window(100, 5, 2), Window(50, 10, 4), Window(100, 5, 2)]
    found = Comparison("embedded", this, other)
    assert astuple(found.ratio) == pytest.approx((1.2, 1.2, 1.4))
    assert found.as_dict()["this"] == {
        "cost": {"median": 3.0, "lowest": 3.0, "highest": 3.5},
        "windows": [
            {"cases_per_second": w.cases_per_second, "stand_ms": w.stand_ms, "load_ms": w.load_ms} for w in this
        ],
    }


async def test_the_revision_that_was_named_is_what_runs_and_its_folder_is_removed(copy: Path) -> None:
    """The packages are installed from elsewhere too, and the working folder holds others of the same names."""
    name = revision(copy, "older", {"aimaq/__init__.py": '__version__ = "0.0.7"\n'})
    async with exported(name, copy) as checkout:
        assert checkout.name.startswith("older (")
        async with in_one_process({}, checkout.root) as stand, http_client() as http:
            shown = await http.get(f"{stand.urls['portal']}/openapi.json")
            assert shown.json()["info"]["version"] == "0.0.7"
            assert stand.cpu() > 0
    assert not checkout.root.parent.exists()


async def test_what_cannot_be_compared_is_refused_with_what_to_do(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"'nowhere' is not a revision of .*: name a commit, a branch or a tag"):
        async with exported("nowhere", copy):
            pass
    with pytest.raises(InvalidInput, match="'--output=x' is not a revision"):
        async with exported("--output=x", copy):
            pass
    with pytest.raises(Unconfigured, match="is not a git checkout: --against needs one"):
        await working(tmp_path)
    with pytest.raises(Unconfigured, match="is not a git checkout"):
        await working(copy / "stand")
    name = revision(copy, "before-the-stand", {}, without="stand")
    with pytest.raises(Unavailable, match="before-the-stand has not the packages aimaq, stand"):
        async with exported(name, copy):
            pass


async def test_a_revision_that_does_not_start_is_told_with_the_last_line_of_its_log(copy: Path) -> None:
    name = revision(copy, "broken", {"stand/__main__.py": 'raise SystemExit("broken on purpose")\n'})
    async with exported(name, copy) as checkout:
        with pytest.raises(Unavailable, match=r"exit code 1; the last line of its log: broken on purpose$"):
            async with in_one_process({}, checkout.root):
                pass


@pytest.mark.long
async def test_two_checkouts_are_measured_in_turn_and_the_interpreter_is_named(copy: Path, tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    process = await bench(copy, tmp_path, "now", "--windows", "1", "--cases", "8", "--report", str(report))
    out, err = (text.decode() for text in await process.communicate())
    assert process.returncode == 0, err
    lines = [line for line in err.splitlines() if line.startswith("embedded, window 1 of 1")]
    assert ["now (" in line for line in lines] == [False, True]
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["interpreter"]["version"].endswith(sys.version.replace("\n", " "))
    assert found["interpreter"]["version"] in out
    (comparison,) = found["comparisons"]
    (mine,), (theirs,) = comparison["this"]["windows"], comparison["other"]["windows"]
    assert all(value > 0 for window in (mine, theirs) for value in window.values())
    ratio = (mine["stand_ms"] / mine["load_ms"]) / (theirs["stand_ms"] / theirs["load_ms"])
    assert comparison["ratio"]["median"] == pytest.approx(ratio)
    assert f"{ratio:.3f}" in out
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]


@pytest.mark.long
async def test_a_comparison_that_is_interrupted_leaves_no_stand_and_no_folder(copy: Path, tmp_path: Path) -> None:
    process = await bench(copy, tmp_path, "now", "--cases", "100000")
    own = psutil.Process(process.pid)
    (stand,) = await eventually(lambda: [one for one in own.children() if "up" in one.cmdline()], within=60)
    await eventually(lambda: list(tmp_path.glob("aimaq-bench-*/keys/gateway/admin.token")), within=60)
    process.send_signal(signal.SIGTERM)
    _, err = await process.communicate()
    assert process.returncode == 128 + signal.SIGTERM, err.decode()
    assert not stand.is_running()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput(Technical("no such revision")), 2),
        (Unconfigured("no checkout"), 2),
        (Unavailable(Technical("down")), 3),
    ],
)
def test_a_wrong_use_and_what_is_out_of_reach_have_exit_codes_of_their_own(
    error: AimaqError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async def measurement() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        run(measurement())
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == f"aimaq: {error.detail}\n"
