"""A command shows its help, and its version, before it loads what it would run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = frozenset(
    {
        "aio_pika",
        "aiohttp",
        "aiormq",
        "aiosqlite",
        "asyncpg",
        "cryptography",
        "fastapi",
        "holidays",
        "httpcore",
        "httpx",
        "jinja2",
        "joserfc",
        "jsonschema",
        "jsonschema_rs",
        "psutil",
        "pyhanko",
        "sqlalchemy",
        "starlette",
        "typst",
        "uvicorn",
        "uvloop",
        "yaml",
        "yarl",
    }
)
"""What services, flows, signatures and papers are made of: together they take four times as long to load as the help.
"""

RUN = """
import json, sys
from stand.commands.cli import main
sys.argv = ["aimaq", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    code = ended.code
sys.stderr.write(json.dumps({"code": code, "loaded": [*sys.modules]}))
"""


def ran(*words: str) -> tuple[str, set[str]]:
    """What `aimaq` with these words prints, and what it has loaded by its end."""
    done = subprocess.run([sys.executable, "-c", RUN, *words], capture_output=True, text=True, timeout=60)
    answer = json.loads(done.stderr)
    assert not answer["code"], done.stderr
    return done.stdout, {name.partition(".")[0] for name in answer["loaded"]}


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("--help",), "aimaq [OPTIONS] COMMAND"),
        (("version",), "."),
        (("replay", "--help"), "junit,html"),
        (("ca", "issue", "--help"), "can-sign-financial"),
    ],
)
def test_help_and_version_load_nothing_of_what_a_stand_is_made_of(words: tuple[str, ...], printed: str) -> None:
    out, loaded = ran(*words)
    assert printed in out
    assert loaded & HEAVY == set()


def test_a_command_that_does_its_work_is_seen_to_load_it() -> None:
    """The test above can fail: the same way of looking finds what `law list` reads the regulations with."""
    out, loaded = ran("law", "list", "-o", "json")
    assert json.loads(out)
    assert loaded & HEAVY >= {"yaml"}
