"""Fuzzing guided by coverage: some thousand inputs for each parser, the same in every run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.fuzz.targets import MAKE

RUNS = 2000
HALVES = (sorted(MAKE)[::2], sorted(MAKE)[1::2])
"""The targets in two processes, each of which instruments the code once."""


def fuzzed(*words: object) -> subprocess.CompletedProcess[str]:
    """The fuzzer with these words, whose hashes are the same each time."""
    command = [sys.executable, "-m", "tests.fuzz.run", *map(str, words)]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)


@pytest.mark.long
@pytest.mark.parametrize("names", HALVES, ids=["one half", "the other half"])
def test_no_parser_raises_what_it_does_not_document(names: list[str]) -> None:
    done = fuzzed(RUNS, *names)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines() == [f"{name}: ok" for name in names]


@pytest.mark.long
def test_the_fuzzer_tells_of_a_fault() -> None:
    done = fuzzed(RUNS, "disturbed")
    assert done.returncode == 1
    assert "disturbed: failed" in done.stdout
    assert "KeyError: 'nobody foresaw this'" in done.stdout
