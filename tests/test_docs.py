"""The documents tell the truth: what they show exists, and where they point to something is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from aimaq.language.messages import PARTIES
from aimaq.settings import PORTS
from tests import commands
from tests.applications import misfit, operation
from tests.house import ROOT

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / "flows").rglob("*.md"),
    ]
)
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]

CHEAP = re.compile(r"^(make help|\.venv/bin/aimaq (law (list|show .*|check)|flow check.*|version))$")
"""Commands that end by themselves, soon, and leave nothing."""


def lines_shown(text: str) -> list[str]:
    """The command lines in the fences marked `console`: those after a `$`."""
    fences = re.findall(r"^ *```console\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [line.strip()[2:] for fence in fences for line in fence.splitlines() if line.strip().startswith("$ ")]


def paths_shown(text: str) -> list[str]:
    """The targets of the links that stay in the project."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)]


def calls_shown(text: str) -> list[tuple[str, str, dict[str, object] | None]]:
    """The calls in the fences marked `http`: method, address, and the body if there is one."""
    found = []
    for fence in re.findall(r"^ *```http\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        first, *rest = [line.strip() for line in fence.splitlines()]
        method, _, address = first.partition(" ")
        body = rest[0] if rest and rest[0].startswith("{") else ""
        found.append((method, address, json.loads(body) if body else None))
    return found


def headings(text: str) -> set[str]:
    """The anchors that a document's headings have."""
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_command_shown_exists(path: Path) -> None:
    wrong = {line: fault for line in lines_shown(path.read_text(encoding="utf-8")) if (fault := commands.wrong(line))}
    assert not wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for target in paths_shown(text):
        place, _, anchor = target.partition("#")
        file = path.parent / place if place else path
        if not file.exists() or (
            anchor and file.suffix == ".md" and anchor not in headings(file.read_text(encoding="utf-8"))
        ):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_call_shown_exists(path: Path) -> None:
    ports = {port: party for party, port in PORTS.items()}
    text = path.read_text(encoding="utf-8")
    wrong = []
    for method, address, body in calls_shown(text):
        url = urlsplit(address)
        party = ports[url.port or 0]
        call = operation(party, method, url.path)
        if call is None:
            wrong.append(f"{party} has no {method} {url.path}")
        elif body is not None and (fault := misfit(party, call, body)):
            wrong.append(f"{method} {url.path} at {party}: {fault}")
    for method, called in re.findall(r"`(GET|POST|PUT|DELETE) (/[^`? ]*)`", text):
        if not any(operation(party, method, called) for party in PARTIES):
            wrong.append(f"no service has {method} {called}")
    assert not wrong


def test_the_flow_files_shown_are_flow_files() -> None:
    schema = json.loads((ROOT / "flows" / "schema.json").read_text(encoding="utf-8"))
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    shown = re.findall(r"^```yaml\n(flow:.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert shown
    for fence in shown:
        jsonschema.validate(yaml.safe_load(fence), schema)


def test_the_commands_shown_that_are_cheap_work() -> None:
    shown = {line for path in DOCUMENTS for line in lines_shown(path.read_text(encoding="utf-8")) if CHEAP.match(line)}
    assert len(shown) >= 3
    for line in sorted(shown):
        words = line.split()
        if words[0] != "make":
            words = [sys.executable, "-m", "stand", *words[1:]]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        assert done.stdout.strip(), line


def test_the_readme_shows_the_two_commands_of_a_fresh_machine() -> None:
    shown = lines_shown((ROOT / "README.md").read_text(encoding="utf-8"))
    assert {"make demo", "make test"} <= set(shown)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    ["aimaq fly", "aimaq law show", "aimaq law list --colour", "make tea", "deploy/secrets/unmake", "rm -rf x"],
)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert commands.wrong(line)


def test_a_call_that_does_not_exist_is_noticed() -> None:
    ((method, address, body),) = calls_shown(
        '```http\nPOST http://127.0.0.1:8101/users\n{"iin": "1", "nick": "x"}\n```\n'
    )
    call = operation("portal", method, urlsplit(address).path)
    assert call is not None
    assert body is not None
    assert "nick" in misfit("portal", call, body)
    assert "name" in misfit("portal", call, {"iin": "1", "password": "x"})
    assert operation("portal", "DELETE", "/users") is None


def test_commands_links_and_headings_are_found() -> None:
    text = "# On the way\n\n[a](b.md#c) [d](https://example.org)\n\n```console\n$ make test\nout\n```\n"
    assert lines_shown(text) == ["make test"]
    assert paths_shown(text) == ["b.md#c"]
    assert headings(text) == {"on-the-way"}
