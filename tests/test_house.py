"""The rules of the house, held over the tree; and each rule shown to notice what it forbids."""

from __future__ import annotations

import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests import house, words
from tests.house import CODE, ROOMS, ROOT, SERVICES, Module, Rule, modules

REGULATIONS = frozenset(path.stem for path in (ROOT / "aimaq" / "regulations").glob("*.yaml"))

IN_CODE: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (house.only_the_clock_reads_the_time, CODE),
    (house.only_the_engine_commits, CODE),
    (house.only_the_outbox_sends, CODE),
    (house.chance_comes_from_one_place, CODE),
    (house.no_error_is_swallowed, (*CODE, "tests", "scripts")),
    (house.no_attic, (*CODE, "tests", "scripts")),
    (house.no_long_file, CODE),
    (house.every_module_says_what_it_is, (*CODE, "tests", "scripts")),
    (house.the_kernel_is_described, ("aimaq", "conformance")),
    (house.tests_wait_for_conditions, ("tests",)),
    (house.tests_are_not_skipped, ("tests",)),
    (house.no_regulation_in_code(REGULATIONS), ("aimaq", "conformance", *SERVICES)),
    (words.no_retired_word, (*CODE, "tests", "scripts")),
    (house.flags_are_named, CODE),
    (house.no_pattern_ends_before_a_line_end, CODE),
    (house.a_name_means_one_thing, (*CODE, "tests", "scripts")),
)


def _name(rule: Rule) -> str:
    return rule.__qualname__.partition(".")[0]


@dataclass
class Survey:
    """What was found in the tree, by rule, and what each module imports from outside it."""

    looked_at: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    imported: dict[str, set[str]] = field(default_factory=dict)


@cache
def survey() -> Survey:
    """One walk over the tree for all rules: to parse and to walk a file is what they cost."""
    found = Survey()
    for module in modules(*CODE, "tests", "scripts"):
        for rule, folders in IN_CODE:
            if module.path.partition("/")[0] in folders:
                found.looked_at[_name(rule)] += 1
                found.broken[_name(rule)] += [f"{module.path}:{line}: {what}" for line, what in rule(module)]
        found.imported[module.path] = {full.partition(".")[0] for full in module.imported.values()}
    return found


@pytest.mark.parametrize(("rule", "folders"), IN_CODE, ids=[_name(rule) for rule, _ in IN_CODE])
def test_the_code_keeps_the_rule(rule: Rule, folders: tuple[str, ...]) -> None:
    assert survey().looked_at[_name(rule)], f"no module under {folders}"
    broken = survey().broken[_name(rule)]
    assert not broken, "\n" + "\n".join(broken)


BAD: tuple[tuple[Rule, str, str], ...] = (
    (house.only_the_clock_reads_the_time, "stand/x.py", "from datetime import datetime, UTC\nt = datetime.now(UTC)"),
    (house.only_the_clock_reads_the_time, "aimaq/x.py", "import datetime as dt\nd = dt.date.today()"),
    (house.only_the_clock_reads_the_time, "aimaq/x.py", "from time import time as now\nt = now()"),
    (house.only_the_clock_reads_the_time, "aimaq/x.py", "import time\nfield(default_factory=time.time)"),
    (house.only_the_clock_reads_the_time, "lea_svc/x.py", "import time\nt = time.monotonic()"),
    (house.only_the_clock_reads_the_time, "lea_svc/x.py", "from sqlalchemy import func\nt = func.now()"),
    (house.only_the_engine_commits, "con_svc/handlers.py", "async def f(s):\n    await s.commit()"),
    (house.only_the_engine_commits, "con_svc/handlers.py", "async def f(e):\n    async with e.begin() as c: ..."),
    (house.only_the_engine_commits, "con_svc/handlers.py", "c.execute('BEGIN IMMEDIATE')"),
    (house.only_the_outbox_sends, "con_svc/handlers.py", "async def f(self):\n    await self._bus.send([])"),
    (house.only_the_outbox_sends, "con_svc/handlers.py", "async def f(bus):\n    await bus.send([])"),
    (house.only_the_outbox_sends, "con_svc/app.py", "async def f(exchange):\n    await exchange.publish(m)"),
    (house.chance_comes_from_one_place, "aimaq/x.py", "import random\nx = random.random()"),
    (house.chance_comes_from_one_place, "aimaq/x.py", "from uuid import uuid4\nx = uuid4()"),
    (house.chance_comes_from_one_place, "aimaq/x.py", "import os\nx = os.urandom(8)"),
    (house.chance_comes_from_one_place, "aimaq/x.py", "import secrets\nx = secrets.token_hex()"),
    (house.chance_comes_from_one_place, "aimaq/x.py", "from random import Random\nx = Random().random()"),
    (
        house.chance_comes_from_one_place,
        "con_svc/x.py",
        "from c.ec import SECP256R1\nimport c\nk = c.ec.generate_private_key(SECP256R1())",
    ),
    (house.no_error_is_swallowed, "aimaq/x.py", "try:\n    f()\nexcept Exception:\n    pass"),
    (house.no_error_is_swallowed, "aimaq/x.py", "for x in y:\n    try:\n        f()\n    except:\n        continue"),
    (house.no_error_is_swallowed, "aimaq/x.py", "with contextlib.suppress(Exception):\n    f()"),
    (house.no_error_is_swallowed, "aimaq/x.py", "try:\n    f()\nexcept (ValueError, Exception):\n    pass"),
    (house.no_attic, "aimaq/utils.py", ""),
    (house.no_attic, "aimaq/common/x.py", ""),
    (house.no_long_file, "aimaq/x.py", "x = 1\n" * 301),
    (house.every_module_says_what_it_is, "aimaq/x.py", "x = 1"),
    (house.the_kernel_is_described, "aimaq/x.py", "def f(): ..."),
    (house.the_kernel_is_described, "aimaq/x.py", "class C:\n    '''Said.'''\n    async def f(self): ..."),
    (house.tests_wait_for_conditions, "tests/x.py", "import asyncio\nasync def f():\n    await asyncio.sleep(0.1)"),
    (house.tests_wait_for_conditions, "tests/x.py", "from time import sleep\nsleep(1)"),
    (house.tests_are_not_skipped, "tests/x.py", "import pytest\npytest.skip('no')"),
    (house.tests_are_not_skipped, "tests/x.py", "import pytest\n@pytest.mark.skipif(True)\ndef f(): ..."),
    (house.tests_are_not_skipped, "tests/x.py", "import unittest\nraise unittest.SkipTest"),
    (house.tests_are_not_skipped, "tests/x.py", "from pytest import mark\n@mark.xfail\ndef f(): ..."),
    (house.flags_are_named, "aimaq/x.py", "def f(force: bool): ..."),
    (house.flags_are_named, "aimaq/x.py", "def f(force: bool | None = None): ..."),
    (house.flags_are_named, "aimaq/x.py", "class C:\n    async def f(self, a, force=False): ..."),
    (house.flags_are_named, "lea_svc/x.py", "def f(force: Annotated[bool, Query()] = False): ..."),
    (house.flags_are_named, "aimaq/x.py", "def f(**more: Any): ..."),
    (house.flags_are_named, "aimaq/x.py", "import typing\n\ndef f(**more: typing.Any): ..."),
    (house.flags_are_named, "aimaq/x.py", "def f(force: Optional[bool] = None): ..."),
    (house.flags_are_named, "aimaq/x.py", "def f(*flags: bool): ..."),
    (house.flags_are_named, "aimaq/x.py", "rail = Rail(True, 2)"),
    (house.a_name_means_one_thing, "aimaq/x.py", "A = 1\nB = 2\nA = 3"),
    (house.a_name_means_one_thing, "aimaq/x.py", "A: int = 1\n(A, B) = 2, 3"),
    (house.a_name_means_one_thing, "tests/x.py", "def test_a(): ...\ndef test_a(): ..."),
    (words.no_retired_word, "aimaq/x.py", "class Parcel: ..."),
    (words.no_retired_word, "aimaq/x.py", "def handle(turn): ..."),
    (words.no_retired_word, "aimaq/x.py", "self._ledger.add(row)"),
    (words.no_retired_word, "aimaq/x.py", "def given_in(case): ..."),
    (words.no_retired_word, "aimaq/x.py", "class LetterBox: ..."),
    (words.no_retired_word, "aimaq/x.py", "self._kept = []"),
    (words.no_retired_word, "aimaq/x.py", "given = read()"),
    (words.no_retired_word, "tests/x.py", "from hypothesis import given\n\ndef f(told): ..."),
    (words.no_retired_word, "aimaq/store/ledger.py", ""),
    (words.no_retired_word, "tests/bus/test_parcels.py", ""),
    (words.no_retired_word, "aimaq/x.py", "class ParcelStore: ..."),
    (words.no_retired_word, "aimaq/x.py", "DESKS = ('portal', 'con')"),
    (words.no_retired_word, "aimaq/x.py", "from aimaq.store import write_set as ledger"),
    (words.no_retired_word, "aimaq/x.py", "try:\n    f()\nexcept ValueError as parcel:\n    g()"),
    (words.no_retired_word, "aimaq/x.py", "match x:\n    case [1, *parcels]: ..."),
    (house.no_pattern_ends_before_a_line_end, "aimaq/x.py", "ID = r'^[0-9]+$'"),
    (house.no_pattern_ends_before_a_line_end, "aimaq/x.py", "import re\nname = re.compile(r'[a-z]+$').match"),
    (house.no_pattern_ends_before_a_line_end, "stand/x.py", "def f(q):\n    return f'^{q}$'"),
    (house.no_regulation_in_code(frozenset({"a-b-2012"})), "lea_svc/x.py", "if regulation == 'a-b-2012': ..."),
)


@pytest.mark.parametrize(("rule", "path", "source"), BAD, ids=[f"{_name(r)}-{n}" for n, (r, _, _) in enumerate(BAD)])
def test_the_rule_notices_what_it_forbids(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module(path, source)))


GOOD: tuple[tuple[Rule, str, str], ...] = (
    (house.only_the_clock_reads_the_time, "aimaq/language/clock.py", "import time\nt = time.time()"),
    (house.only_the_clock_reads_the_time, "stand/bench.py", "import time\nt = time.perf_counter()"),
    (house.only_the_clock_reads_the_time, "lea_svc/x.py", "def f(clock):\n    return clock.now()"),
    (house.only_the_engine_commits, "aimaq/pipeline/writer.py", "async def f(s):\n    await s.commit()"),
    (words.no_retired_word, "aimaq/x.py", "dead_letters, front_desk, given_name = x"),
    (words.no_retired_word, "aimaq/regulation/diagram/x.py", "lanes = pool.lanes"),
    (words.no_retired_word, "tests/x.py", "from hypothesis import given\n\n@given()\ndef test_it_is_told(): ..."),
    (
        house.only_the_engine_commits,
        "aimaq/casework/procedure/engine.py",
        "from aimaq.regulation import workflow\nat = workflow.begin(flow)",
    ),
    (house.only_the_outbox_sends, "aimaq/pipeline/background/relay.py", "async def f(bus):\n    await bus.send([])"),
    (house.only_the_outbox_sends, "con_svc/handlers.py", "def f(case):\n    case.send(body)"),
    (house.chance_comes_from_one_place, "aimaq/language/ids.py", "import os\nx = os.urandom(8)"),
    (
        house.chance_comes_from_one_place,
        "aimaq/x.py",
        "from random import Random\ndef f(seed: int) -> Random:\n    return Random(seed)",
    ),
    (house.no_error_is_swallowed, "aimaq/x.py", "try:\n    f()\nexcept KeyError:\n    pass"),
    (house.no_error_is_swallowed, "aimaq/x.py", "try:\n    f()\nexcept Exception as e:\n    report(e)"),
    (house.tests_wait_for_conditions, "tests/x.py", "import asyncio\nasync def f():\n    await asyncio.sleep(0)"),
    (house.flags_are_named, "aimaq/x.py", "def f(*, force: bool = False, **more: object): ..."),
    (house.a_name_means_one_thing, "aimaq/x.py", "if w:\n    A = 1\nelse:\n    A = 2\nB = {}\nB['x'] = A"),
    (house.a_name_means_one_thing, "aimaq/x.py", "@overload\ndef f(): ...\n@overload\ndef f(): ...\ndef f(): ..."),
    (house.flags_are_named, "aimaq/x.py", "def f(days: dict[date, bool]): ..."),
    (house.flags_are_named, "stand/x.py", "def f(force: Annotated[bool, typer.Option('--force')] = False): ..."),
    (
        house.no_pattern_ends_before_a_line_end,
        "aimaq/x.py",
        "from pydantic import Field\nx = Field(pattern='^[0-9]+$')",
    ),
    (house.no_pattern_ends_before_a_line_end, "aimaq/x.py", "import re\nx = re.compile(r'^[0-9]+\\Z')"),
    (house.no_pattern_ends_before_a_line_end, "aimaq/x.py", "import re\nprice = re.compile(r'[0-9]+\\$')"),
)


@pytest.mark.parametrize(("rule", "path", "source"), GOOD, ids=[f"{_name(r)}-{n}" for n, (r, _, _) in enumerate(GOOD)])
def test_the_rule_lets_pass_what_is_allowed(rule: Rule, path: str, source: str) -> None:
    assert not list(rule(Module(path, source)))


def test_every_rule_is_shown_to_fail() -> None:
    assert {_name(rule) for rule, _ in IN_CODE} == {_name(rule) for rule, _, _ in BAD}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_rooms_of_every_service(service: str) -> None:
    there = {
        path.stem for path in (ROOT / service).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert set(ROOMS) <= there, f"{service} lacks {sorted(set(ROOMS) - there)}"


# --- every text file -------------------------------------------------------------------------------------------

NOT_OURS = frozenset({".git", ".venv", "var", "reports", "build", "dist", "node_modules", "__pycache__"})
TEXT = frozenset(
    (
        "",
        ".py",
        ".toml",
        ".txt",
        ".md",
        ".yaml",
        ".yml",
        ".json",
        ".html",
        ".css",
        ".js",
        ".svg",
        ".sh",
        ".sql",
        ".conf",
    )
)
KNOWN_HOSTS = re.compile(
    r"127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0|portal|con|lea|gateway|registry|rabbitmq|postgres|prometheus|host|HOST\[?|…"
    r"|([a-z-]+\.)*(example|test|invalid)(\.[a-z]+)?|json-schema\.org|www\.w3\.org|www\.omg\.org|ctrf\.io|[{<$%\[].*|"
)
"""Hosts that a file of the project may name: its own parts, examples, and the names of standards."""


def text_files(root: Path) -> Iterator[Path]:
    """The project's own text files; what a command leaves behind is not among them."""
    for path in sorted(root.iterdir()):
        if path.name in NOT_OURS or path.name.endswith(("_cache", ".egg-info")) or path.name == ".hypothesis":
            continue
        if path.is_dir():
            yield from text_files(path)
        elif path.suffix in TEXT:
            yield path


def strangers(text: str) -> list[str]:
    """What a text names that is not the project's: other people's hosts, and places of one machine."""
    found = []
    for url in re.finditer(r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@\"'`<>]*@)?([^\s/:\"'`<>)\]},;]*|\[::1\])", text):
        if not KNOWN_HOSTS.fullmatch(url[1]):
            found.append(url[0])
    found += re.findall(r"(?<![\w./-])/(?:root|home|work|Users)/[\w./-]*", text)
    return found


def test_the_project_names_no_strangers() -> None:
    found = {}
    for path in text_files(ROOT):
        if path.name != Path(__file__).name and (named := strangers(path.read_text(encoding="utf-8"))):
            found[path.relative_to(ROOT).as_posix()] = named
    assert not found


@pytest.mark.parametrize(
    "text",
    ["see https://packages.elsewhere.org/simple/x", "cd /home/someone/aimaq", "amqp://a:b@broker.elsewhere.org:5672/x"],
)
def test_a_stranger_is_noticed(text: str) -> None:
    assert strangers(text)


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:8101/docs", "amqp://guest:guest@127.0.0.1:5672/", "sqlite+aiosqlite:///{path}", "/health/live"],
)
def test_the_project_may_name_itself(text: str) -> None:
    assert not strangers(text)


def test_nothing_is_left_to_do_later() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in text_files(ROOT)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark.search(line)
    ]
    assert not left


# --- what is installed -----------------------------------------------------------------------------------------


def _pinned(path: Path) -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.lower(): version for name, version in pins}


@pytest.mark.parametrize(("pins", "extras"), [("requirements.txt", ()), ("requirements-dev.txt", ("dev",))])
def test_the_pins_satisfy_what_the_project_asks_for(pins: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(line for e in extras for line in project["optional-dependencies"][e])]
    pinned = _pinned(ROOT / pins)
    for line in asked:
        requirement = Requirement(line)
        name = requirement.name.lower()
        assert name in pinned, f"{name} is not pinned in {pins}: run make lock"
        assert requirement.specifier.contains(pinned[name]), f"{pins} pins {name} {pinned[name]}: run make lock"


NAMES = {"opentelemetry": "opentelemetry_api", "yaml": "pyyaml"}
"""Modules that are not called like the package they come in."""


def test_every_package_that_is_imported_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    to_run = {Requirement(line).name.replace("-", "_") for line in project["dependencies"]}
    to_develop = to_run | {Requirement(line).name.replace("-", "_") for line in project["optional-dependencies"]["dev"]}
    own = {*CODE, "tests", "scripts", *sys.stdlib_module_names}
    lacking = set()
    for path, imported in survey().imported.items():
        known = to_run if path.partition("/")[0] in CODE else to_develop
        lacking |= {f"{path}: {name}" for name in imported - own if NAMES.get(name, name) not in known}
    assert not lacking


@pytest.mark.parametrize("pins", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_a_hash_and_no_address(pins: str) -> None:
    text = (ROOT / pins).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert len(entries) > 50
    for entry in entries:
        assert "--hash=sha256:" in entry, entry


def test_no_folder_of_code_has_more_than_twelve_entries() -> None:
    apart = {"__init__.py", "__main__.py", "py.typed", "regulations", "__pycache__"}
    folders = {file.parent for name in CODE for file in (ROOT / name).rglob("*.py")}
    assert len(folders) > 20
    entries = {folder: {entry.name for entry in folder.iterdir()} - apart for folder in folders}
    crowded = {str(folder.relative_to(ROOT)): len(names) for folder, names in entries.items() if len(names) > 12}
    assert not crowded
