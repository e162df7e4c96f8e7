"""The project as it is installed: a wheel has all that the commands need, wherever they are called from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house import CODE, ROOT

pytestmark = pytest.mark.slow

FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy of the project: a build leaves things behind."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in (*CODE, "flows"):
        shutil.copytree(ROOT / name, folder / "project" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / "project" / name)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    _run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder / "built", folder / "project", at=folder)
    (built,) = (folder / "built").glob("aimaq-*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in, and nothing but it."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    _run(sys.executable, "-m", "pip", "install", *options, "--target", folder, wheel, at=folder)
    return folder


def _run(*command: object, at: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=at,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def aimaq(site: Path, at: Path, *words: str) -> str:
    """What `aimaq`, as it is installed there, says in an empty folder."""
    return _run(sys.executable, "-m", "stand", *words, at=at, PYTHONPATH=str(site), AIMAQ_HOME="var/stand")


def test_a_wheel_has_every_file_that_is_no_code(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (*CODE, "flows"):
        for path in (ROOT / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".md"):
                inside = path.relative_to(ROOT).as_posix()
                assert inside.replace("flows/", "stand/flowfile/bundled/", 1 if name == "flows" else 0) in names
    assert not any(name.startswith(("tests/", "scripts/", "flows/", "setup")) for name in names)


def test_the_installed_code_is_what_answers(site: Path, tmp_path: Path) -> None:
    output = _run(sys.executable, "-c", "import stand; print(stand.__file__)", at=tmp_path, PYTHONPATH=str(site))
    assert Path(output.strip()).is_relative_to(site)


def test_the_law_and_the_flows_are_there_after_an_install(site: Path, tmp_path: Path) -> None:
    listed = json.loads(aimaq(site, tmp_path, "law", "list", "-o", "json"))
    assert (len(listed), sum(len(one["flows"]) for one in listed)) == (16, 38)
    assert "16 of 16 without a mistake" in aimaq(site, tmp_path, "law", "check")
    count = len(list((ROOT / "flows").glob("*/*.yaml")))
    assert f"{count} of {count} without a mistake" in aimaq(site, tmp_path, "flow", "check")


def test_a_flow_is_played_by_an_installed_stand(site: Path, tmp_path: Path) -> None:
    output = aimaq(site, tmp_path, "replay", "unemployed-certificate-2012/portal-certificate", "--report", "html")
    assert "1/1 flows conform" in output
    assert list((tmp_path / "reports").glob("*.html"))
