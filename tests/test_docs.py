"""The documents tell the truth: what they show exists, and where they point to something is there."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from aimaq.language.clock import SystemClock
from aimaq.language.messages import PARTIES
from aimaq.settings import PORTS
from stand.provision import keys
from tests import commands
from tests.applications import misfit, operation, pages
from tests.house import CODE, ROOMS, ROOT
from tests.words import retired_terms

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / "flows").rglob("*.md"),
        *(ROOT / ".github").rglob("*.md"),
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


FOLDERS = "|".join([*CODE, "tests", "flows", "deploy", "docs", "scripts"])
_PLACE = re.compile(rf"`((?:{FOLDERS}|\.\w+)/[\w./{{}},-]*|\w+\.py)`(?! \(a new file)")
_NAME = re.compile(rf"`((?:{'|'.join(CODE)})(?:\.\w+)+)`")


def places_named(text: str) -> list[str]:
    """The files and folders of the project that a text names in code; one in braces stands for each of its words."""
    found = []
    for place in _PLACE.findall(text):
        before, _, rest = place.partition("{")
        words, _, after = rest.partition("}")
        found += [f"{before}{word}{after}" for word in words.split(",")]
    return found


def absent(text: str) -> list[str]:
    """The places that a text names and the project does not have; a file named alone is a room of each service."""
    rooms = {f"{room}.py" for room in ROOMS}
    return [place for place in places_named(text) if place not in rooms and not (ROOT / place).exists()]


def unknown(text: str) -> list[str]:
    """The dotted names of code that a text has and Python cannot find."""
    wrong = []
    for name in _NAME.findall(text):
        try:
            pkgutil.resolve_name(name)
        except (ImportError, AttributeError):
            wrong.append(name)
    return wrong


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
def test_every_place_and_name_in_the_code_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not absent(text)
    assert not unknown(text)


def test_the_files_of_a_stand_that_are_named_are_made(tmp_path: Path) -> None:
    keys.provision(tmp_path, SystemClock())
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    named = set(re.findall(r"\bvar/stand/([\w./-]*\w)", text))
    assert named
    assert not {name for name in named if not (tmp_path / name).exists()}


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
        if (method, called) not in pages() and not any(operation(party, method, called) for party in PARTIES):
            wrong.append(f"no service has {method} {called}")
    assert not wrong


def test_the_flow_files_shown_are_flow_files() -> None:
    schema = json.loads((ROOT / "flows" / "schema.json").read_text(encoding="utf-8"))
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    shown = re.findall(r"^```yaml\n(flow:.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert shown
    for fence in shown:
        jsonschema.validate(yaml.safe_load(fence), schema)


@pytest.mark.slow
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


def test_a_place_and_a_name_that_are_not_there_are_noticed() -> None:
    text = "`aimaq/desk.py` `aimaq/bus/{port,lane}.py` `desk.py` `handlers.py` `setup.py`"
    assert absent(f"{text} `aimaq/bus/new.py` (a new file)") == ["aimaq/desk.py", "aimaq/bus/lane.py", "desk.py"]
    assert unknown("`aimaq.settings.PORTS` `aimaq.desk` `aimaq.settings.HARBOURS`") == [
        "aimaq.desk",
        "aimaq.settings.HARBOURS",
    ]


def test_commands_links_and_headings_are_found() -> None:
    text = "# On the way\n\n[a](b.md#c) [d](https://example.org)\n\n```console\n$ make test\nout\n```\n"
    assert lines_shown(text) == ["make test"]
    assert paths_shown(text) == ["b.md#c"]
    assert headings(text) == {"on-the-way"}


HISTORY = re.compile(r"docs/adr/|CHANGELOG\.md$")
"""Documents that tell what was, in the words of then."""


@pytest.mark.parametrize("name", [name for name in NAMES if not HISTORY.search(name)])
def test_documents_use_the_words_of_the_field(name: str) -> None:
    assert retired_terms((ROOT / name).read_text(encoding="utf-8")) == []


def test_a_retired_term_is_noticed_outside_code_alone() -> None:
    text = "One `door`.\n\n```console\n$ for good\n```\n\nWhoever asks\nat the door\n"
    assert retired_terms(text) == [
        "7: 'Whoever': say who, or the one who",
        "8: 'door': say endpoint, or API",
    ]
