"""The rules of the house that no linter knows: each takes a module, as source, and says what breaks it and where.

`tests/test_house.py` holds them over the tree, and shows for each that it can fail.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SERVICES = ("portal_svc", "con_svc", "lea_svc", "gateway_svc", "registry_svc")
CODE = ("aimaq", *SERVICES, "stand")
ROOMS = ("__init__", "app", "endpoints", "handlers", "models", "views")
"""What every service consists of; a room is a module or a package."""

LONGEST = 300
"""Lines that a file may have before it must become a package."""

# Who may do what nobody else may. Patterns are paths from the root. `users` registers people and makes the secret of
# their sessions, `challenges` keeps what they were signed in with, `nca_records` is the certification authority's
# register: none of them concerns a case.
MAY_READ_TIME = ("aimaq/clock.py",)
MAY_MEASURE = ("aimaq/clock.py", "stand/bench*")
MAY_COMMIT = (
    "aimaq/transaction.py", "aimaq/db.py", "aimaq/pen.py", "aimaq/users.py", "aimaq/challenges.py",
    "registry_svc/nca_records.py", "stand/bench/*",
)  # fmt: skip
MAY_SEND = ("aimaq/outbox.py", "aimaq/bus/*", "stand/bench*")
MAY_DRAW = ("aimaq/ids.py", "aimaq/users.py", "stand/keys.py")
MAY_SLEEP = ("tests/waiting.py",)

TIME = frozenset({
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime",
    "sqlalchemy.func.now", "sqlalchemy.func.current_timestamp",
})  # fmt: skip
STOPWATCH = frozenset({
    "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns", "time.process_time",
    "time.process_time_ns", "time.thread_time",
})  # fmt: skip
CHANCE = (
    "random.", "secrets.", "os.urandom", "uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7",
    "cryptography.x509.random_serial_number",
)  # fmt: skip
SEEDED = "random.Random"
ATTICS = frozenset({"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"})


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root, with slashes, and its text."""

    path: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as a syntax tree."""
        return ast.parse(self.source)

    @cached_property
    def imported(self) -> dict[str, str]:
        """What the names that the file imports stand for, with dots."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    names[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
        return names

    def uses(self) -> Iterator[tuple[int, str]]:
        """Every dotted name in the code that begins with an imported one, in full, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name | ast.Attribute) and (name := self.full(dotted(node))):
                yield node.lineno, name

    def full(self, name: str) -> str:
        """A dotted name with its first part as it was imported; empty if that was not imported."""
        first, dot, rest = name.partition(".")
        return self.imported[first] + dot + rest if first in self.imported else ""

    def matches(self, patterns: tuple[str, ...]) -> bool:
        """Whether the path is one of these."""
        return any(fnmatch(self.path, pattern) for pattern in patterns)


Finding = tuple[int, str]
"""The line that breaks a rule, and what is wrong there."""

Rule = Callable[[Module], Iterator[Finding]]


def dotted(node: ast.expr) -> str:
    """`a.b.c` as text; empty if the expression is not a chain of names."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def modules(*folders: str) -> list[Module]:
    """The Python files under these folders of the project, in order of path."""
    return [
        Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def only_the_clock_reads_the_time(module: Module) -> Iterator[Finding]:
    """Time that is not the stand's cannot be moved, so a virtual day would not pass in it."""
    for line, name in module.uses():
        if (name in TIME and not module.matches(MAY_READ_TIME)) or (
            name in STOPWATCH and not module.matches(MAY_MEASURE)
        ):
            yield line, f"reads the time with {name}"


def only_the_engine_commits(module: Module) -> Iterator[Finding]:
    """One message or command is one transaction, and the engine closes it."""
    if module.matches(MAY_COMMIT):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_a_flow = module.imported.get(dotted(node.func.value)) == "aimaq.workflow"
            if node.func.attr in ("commit", "rollback", "begin", "begin_nested") and not of_a_flow:
                yield node.lineno, f"has a transaction of its own: .{node.func.attr}()"
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.match(r"\s*(begin|commit|rollback)\b[\sa-z]*;?\s*$", node.value, re.IGNORECASE)
            and node.value.isupper()
        ):
            yield node.lineno, f"has a transaction of its own: {node.value.strip()}"


def only_the_outbox_sends(module: Module) -> Iterator[Finding]:
    """What is published before or after the commit dies with the process."""
    if module.matches(MAY_SEND):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in ("send", "publish"):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else dotted(node.value)
            if owner.strip("_").endswith(("bus", "exchange")):
                yield node.lineno, f"sends past the outbox: {owner}.{node.attr}"


def chance_comes_from_one_place(module: Module) -> Iterator[Finding]:
    """A run can be repeated from its seed only if nothing draws on its own."""
    if module.matches(MAY_DRAW):
        return
    for line, name in module.uses():
        if (name.startswith(CHANCE) and name != SEEDED) or name.endswith(".generate_private_key"):
            yield line, f"draws at random with {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and not node.args and module.full(dotted(node.func)) == SEEDED:
            yield node.lineno, f"{SEEDED} without a seed"


def no_error_is_swallowed(module: Module) -> Iterator[Finding]:
    """An error that nobody meets is a case that hangs."""
    broad = ("Exception", "BaseException")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = "BaseException" if node.type is None else dotted(node.type)
            idle = all(
                isinstance(s, ast.Pass | ast.Continue)
                or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
                for s in node.body
            )
            if caught in broad and idle:
                yield node.lineno, f"except {caught} and nothing done"
        elif isinstance(node, ast.Call) and dotted(node.func).endswith("suppress"):
            for argument in node.args:
                if dotted(argument) in broad:
                    yield node.lineno, f"suppress({dotted(argument)})"


def no_attic(module: Module) -> Iterator[Finding]:
    """A module that is named after nothing collects everything."""
    for part in module.path.removesuffix(".py").split("/"):
        if part in ATTICS:
            yield 1, f"{part} is no noun of this house"


def no_long_file(module: Module) -> Iterator[Finding]:
    """What does not fit in a comfortable read becomes a package."""
    lines = module.source.count("\n")
    if lines > LONGEST:
        yield lines, f"{lines} lines, more than {LONGEST}"


def every_module_says_what_it_is(module: Module) -> Iterator[Finding]:
    """The first line of a file tells a reader whether to go on."""
    if not ast.get_docstring(module.tree):
        yield 1, "no docstring"


def the_kernel_is_described(module: Module) -> Iterator[Finding]:
    """Public functions and classes of the kernel say what types do not: units, errors, source."""

    def visit(node: ast.AST, where: str) -> Iterator[Finding]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if child.name.startswith("_"):
                    continue
                if not ast.get_docstring(child):
                    yield child.lineno, f"{where}{child.name} has no docstring"
                if isinstance(child, ast.ClassDef):
                    yield from visit(child, f"{where}{child.name}.")

    if module.path.startswith("aimaq/"):
        yield from visit(module.tree, "")


def tests_wait_for_conditions(module: Module) -> Iterator[Finding]:
    """A sleep is too short on a slow machine and too long on every other; `sleep(0)` only gives others their turn."""
    if module.matches(MAY_SLEEP):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "sleep":
            turn = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if not turn:
                yield node.lineno, "sleeps"


def tests_are_not_skipped(module: Module) -> Iterator[Finding]:
    """A skipped test has shown nothing."""
    for line, name in module.uses():
        if name.startswith("pytest.") and re.search(r"\b(skip|skipif|xfail|importorskip)$", name):
            yield line, f"uses {name}"


def no_regulation_in_code(ids: frozenset[str]) -> Rule:
    """Services implement operations; which regulation calls for them is the catalogue's business."""

    def rule(module: Module) -> Iterator[Finding]:
        for number, line in enumerate(module.source.splitlines(), 1):
            for name in ids:
                if name in line:
                    yield number, f"names the regulation {name}"

    return rule
