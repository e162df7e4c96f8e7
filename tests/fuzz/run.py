"""Fuzzes targets guided by coverage (atheris), each in a process of its own: `python -m tests.fuzz.run RUNS TARGET…`.

The seed is always the same, and so is the corpus: the examples of the target, among them the pack of signatures. Each
target's end is a line, `NAME: ok` or `NAME: failed` with what it said before; the exit code is 1 if one failed.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random

import atheris

INSTRUMENTED = ["aimaq", "registry_svc", "gateway_svc", "stand"]
SEED, HANG, MEMORY, LONGEST = 20260302, 30, 2048, 32_768
"""The seed; seconds for one input; megabytes for the process; bytes of an input."""
DISTURBED = "disturbed"
"""A target that fails, to show that a failure is told."""

with atheris.instrument_imports(include=INSTRUMENTED):
    from tests.fuzz import targets

from tests.fuzz.mutation import spoilt  # noqa: E402 - what is instrumented has to come first


def _mutated(data: bytes, most: int, seed: int) -> bytes:
    """A mutation of DER, or one of the fuzzer's own."""
    chance = Random(seed)
    if data and chance.random() < 0.5:
        return spoilt(data, chance)[:most]
    return bytes(atheris.Mutate(data, most))


def _fuzz(read: Callable[[bytes], object], seeds: tuple[bytes, ...], runs: int, folder: Path) -> None:
    """Fuzz in this process, which ends with it."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(seeds):
        (corpus / f"{number:03}").write_bytes(data)
    words = [
        "fuzz",
        f"-runs={runs}",
        f"-seed={SEED}",
        f"-timeout={HANG}",
        f"-rss_limit_mb={MEMORY}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={folder}/",
        "-verbosity=0",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup(words, read, custom_mutator=_mutated)
    atheris.Fuzz()


def _disturbed(data: bytes) -> None:
    """Raises what it does not document, as soon as the fuzzer has found its way in."""
    if data[:1] == b"\x31":
        raise KeyError("nobody foresaw this")


def fuzzed(name: str, runs: int) -> tuple[bool, str]:
    """Whether a target held, and what the fuzzer said of it."""
    with tempfile.TemporaryDirectory(prefix="aimaq-fuzz-") as folder:
        report = Path(folder) / "said"
        child = os.fork()
        if child == 0:
            with report.open("wb") as out:
                os.dup2(out.fileno(), 1)
                os.dup2(out.fileno(), 2)
            with contextlib.suppress(SystemExit):
                if name == DISTURBED:
                    _fuzz(_disturbed, (b"\x30\x00",), runs, Path(folder))
                else:
                    one = targets.target(name)
                    _fuzz(one, one.seeds, runs, Path(folder))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        text = report.read_text(errors="replace")
        # the fuzzer may try an input or two once more
        done = re.search(r"number_of_executed_units:\s*(\d+)", text)
        return status == 0 and done is not None and int(done[1]) >= runs, text


def main() -> int:
    """Fuzz the targets named, all if none is."""
    runs, names = int(sys.argv[1]), sys.argv[2:] or list(targets.MAKE)
    warnings.simplefilter("error")  # as in the tests: what a reader makes others say is its own fault
    failed = False
    for name in names:
        passed, text = fuzzed(name, runs)
        failed |= not passed
        sys.stdout.write(f"{name}: {'ok' if passed else f'failed{os.linesep}{text[-4000:]}'}\n")
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
