"""The scripts around the code: what counts as passed, what is said of a missing service, what `make help` lists."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import targets
from tests.house import ROOT


def report(*cases: str) -> str:
    """A JUnit report with these verdicts, one a test."""
    tests = "".join(f'<testcase classname="t" name="n{n}">{verdict}</testcase>' for n, verdict in enumerate(cases))
    return f'<?xml version="1.0"?><testsuites><testsuite name="pytest">{tests}</testsuite></testsuites>'


def judged(path: Path, text: str) -> subprocess.CompletedProcess[str]:
    """What `scripts/passed.py` says to a report."""
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, str(ROOT / "scripts" / "passed.py"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_run_in_which_every_test_passed_has_passed(tmp_path: Path) -> None:
    assert judged(tmp_path / "r.xml", report("", "")).returncode == 0


@pytest.mark.parametrize(
    ("verdict", "message"),
    [
        ('<skipped type="pytest.skip" message="no broker"/>', "skipped: t.n1: no broker"),
        ('<skipped type="pytest.xfail" message="known"/>', "skipped: t.n1: known"),
        ('<failure message="boom"/>', "failure: t.n1: boom"),
        ('<error message="setup"/>', "error: t.n1: setup"),
    ],
)
def test_a_run_with_a_test_that_did_not_pass_has_not(tmp_path: Path, verdict: str, message: str) -> None:
    done = judged(tmp_path / "r.xml", report("", verdict))
    assert done.returncode == 1
    assert message in done.stderr


def test_a_run_without_a_test_has_not_passed(tmp_path: Path) -> None:
    done = judged(tmp_path / "r.xml", report())
    assert (done.returncode, done.stderr.strip()) == (1, "passed: no test was run")


def test_a_report_that_cannot_be_read_is_not_a_pass(tmp_path: Path) -> None:
    assert judged(tmp_path / "r.xml", "<testsuites>").returncode == 2


def test_a_missing_service_is_named_and_nothing_is_skipped_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    python, commands = tmp_path / "bin" / "python", tmp_path / "commands"
    python.write_text(f'#!/bin/sh\necho "$@" >>{commands}\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    environment = {
        **os.environ,
        "VENV": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "AIMAQ_TEST_BROKER": "amqp://guest:a-password@127.0.0.1:1/",
        "AIMAQ_TEST_DATABASE": "postgresql://postgres:a-password@127.0.0.1:1/postgres",
    }
    script = [ROOT / "scripts" / "services"]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "rabbitmq does not answer on 127.0.0.1:1" in done.stderr
    assert "postgresql does not answer on 127.0.0.1:1" in done.stderr
    assert "missing: rabbitmq postgresql" in done.stderr
    assert "a-password" not in done.stderr + commands.read_text(encoding="utf-8")
    assert "Traceback" not in done.stderr


def test_make_lists_the_commands_that_there_are() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    listed = {line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("make ")}
    assert listed == targets() >= {"help", "setup", "demo", "up", "test", "check", "bench", "clean"}
