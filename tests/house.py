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
CODE = ("aimaq", "conformance", *SERVICES, "stand")
ROOMS = ("__init__", "app", "endpoints", "handlers", "models", "views")
"""What every service consists of; a room is a module or a package."""

LONGEST = 300
"""Lines that a file may have before it must become a package."""

# Who may do what nobody else may. Patterns are paths from the root. `users` keeps the accounts of
# people, `sessions` makes the secret of their sessions and ends them, `challenges` keeps what they were signed in with,
# `nca/records` is the certification authority's register: none of them concerns a case.
MAY_READ_TIME = ("aimaq/language/clock.py",)
MAY_MEASURE = ("aimaq/language/clock.py", "stand/bench*")
MAY_COMMIT = (
    "aimaq/pipeline/writer.py",
    "aimaq/store/database.py",
    "aimaq/store/writer_connection.py",
    "aimaq/access/users.py",
    "aimaq/access/challenges.py",
    "aimaq/access/sessions.py",
    "registry_svc/nca/records.py",
    "stand/bench/*",
)
MAY_SEND = ("aimaq/pipeline/background/relay.py", "aimaq/bus/*", "stand/bench*")
MAY_DRAW = ("aimaq/language/ids.py", "aimaq/access/sessions.py", "stand/provision/keys.py")
MAY_SLEEP = ("tests/waiting.py",)

TIME = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
        "time.ctime",
        "time.strftime",
        "sqlalchemy.func.now",
        "sqlalchemy.func.current_timestamp",
    }
)
STOPWATCH = frozenset(
    {
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.process_time",
        "time.process_time_ns",
        "time.thread_time",
    }
)
CHANCE = (
    "random.",
    "secrets.",
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid.uuid6",
    "uuid.uuid7",
    "cryptography.x509.random_serial_number",
)
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
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree: walked once, and read by each rule."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def imported(self) -> dict[str, str]:
        """What the names that the file imports stand for, with dots."""
        names: dict[str, str] = {}
        for node in self.nodes:
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
        for node in self.nodes:
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


def modules(*folders: str) -> Iterator[Module]:
    """The Python files under these folders of the project, in order of path; one at a time, since trees are large."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


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
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_a_flow = module.imported.get(dotted(node.func.value)) == "aimaq.regulation.workflow"
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
    for node in module.nodes:
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
    for node in module.nodes:
        if isinstance(node, ast.Call) and not node.args and module.full(dotted(node.func)) == SEEDED:
            yield node.lineno, f"{SEEDED} without a seed"


def no_error_is_swallowed(module: Module) -> Iterator[Finding]:
    """An error that nobody meets is a case that hangs."""
    broad = ("Exception", "BaseException")
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler):
            types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type] if node.type else []
            named = [dotted(one) for one in types] or ["BaseException"]
            caught = next((one for one in named if one in broad), "")
            idle = all(
                isinstance(s, ast.Pass | ast.Continue)
                or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
                for s in node.body
            )
            if caught and idle:
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
    for node in module.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "sleep":
            context = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if not context:
                yield node.lineno, "sleeps"


def tests_are_not_skipped(module: Module) -> Iterator[Finding]:
    """A skipped test has shown nothing."""
    for line, name in module.uses():
        if name.startswith(("pytest.", "unittest.")) and re.search(
            r"\b(skip|skipif|skipIf|skipUnless|SkipTest|xfail|importorskip)$", name
        ):
            yield line, f"uses {name}"


def flags_are_named(module: Module) -> Iterator[Finding]:
    """A call says what a flag means, and what a function takes has types: no positional bool, and no `**x: Any`.

    Options of a command are exempt: Typer calls it, and always by name.
    """
    for node in module.nodes:
        if isinstance(node, ast.Call) and re.match(r"_?[A-Z]\w*[a-z]", dotted(node.func)):
            for value in node.args:
                if isinstance(value, ast.Constant) and isinstance(value.value, bool):
                    yield node.lineno, f"{dotted(node.func)} is given {value.value} by its place"
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        positional = [*node.args.posonlyargs, *node.args.args]
        none = [None] * (len(positional) - len(node.args.defaults))
        if (rest := node.args.vararg) is not None and rest.annotation and ast.unparse(rest.annotation) == "bool":
            yield node.lineno, f"{node.name} takes the flags {rest.arg} by their places"
        for argument, default in zip(positional, [*none, *node.args.defaults], strict=True):
            annotation = ast.unparse(argument.annotation) if argument.annotation is not None else ""
            flag = re.search(r"\bbool\b", annotation.partition("[")[0]) or re.match(
                r"(\w+\.)?(Annotated|Optional|Final)\[bool\b", annotation
            )
            by_default = isinstance(default, ast.Constant) and isinstance(default.value, bool)
            if (flag or by_default) and "typer." not in annotation:
                yield node.lineno, f"{node.name} takes the flag {argument.arg} by its place"
        more = node.args.kwarg
        if more is not None and more.annotation is not None and ast.unparse(more.annotation) in ("Any", "typing.Any"):
            yield node.lineno, f"{node.name} takes **{more.arg}, and says nothing of what they are"


def a_name_means_one_thing(module: Module) -> Iterator[Finding]:
    """A module gives a name once: of two texts, or two limits, with one name the first is lost, and nothing says so.

    Exempt are overloads, and what only one branch of an `if` or a `try` gives.
    """
    names: set[str] = set()
    for node in module.tree.body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not any(dotted(decorator).endswith("overload") for decorator in node.decorator_list):
                targets = [ast.Name(node.name, ast.Store())]
        elif isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        stored = (one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
        for name in [one.id for one in stored if isinstance(one.ctx, ast.Store)]:
            if name in names:
                yield node.lineno, f"gives {name} a second time"
            names.add(name)


STRICT_ENDS = ("pydantic.Field", "fastapi.Query", "fastapi.Path", "fastapi.Header")
"""Whose `pattern` is read by an engine in which `$` is the very end, and by JSON Schema, which has no other word."""


def no_pattern_ends_before_a_line_end(module: Module) -> Iterator[Finding]:
    r"""In Python's patterns, and the broker's, `$` lets a line end pass behind what was checked: say `\Z`."""
    strict = {
        keyword.value
        for node in module.nodes
        if isinstance(node, ast.Call) and module.full(dotted(node.func)) in STRICT_ENDS
        for keyword in node.keywords
        if keyword.arg == "pattern"
    }
    compiled = {
        argument
        for node in module.nodes
        if isinstance(node, ast.Call) and module.full(dotted(node.func)).startswith("re.")
        for argument in node.args[:1]
    }
    for node in module.nodes:
        if node in strict or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        first, last = (part.value if isinstance(part, ast.Constant) else "" for part in (parts[0], parts[-1]))
        anchored = str(first).startswith("^") or node in compiled
        if anchored and re.search(r"(?<!\\)\$\Z", str(last)):
            yield node.lineno, "a pattern that ends in $"


def no_regulation_in_code(ids: frozenset[str]) -> Rule:
    """Services implement operations; which regulation calls for them is the catalogue's business."""

    def rule(module: Module) -> Iterator[Finding]:
        for number, line in enumerate(module.source.splitlines(), 1):
            for name in ids:
                if name in line:
                    yield number, f"names the regulation {name}"

    return rule
