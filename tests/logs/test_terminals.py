"""What strangers send is shown by a terminal and never obeyed: every command writes through one place."""

from __future__ import annotations

import ast
import json
import logging
import unicodedata
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from aimaq.language.visible import visible
from stand.bundle.archive import pack
from stand.client import address, http
from stand.client.address import StandAddress
from stand.client.dead_letters import DeadLetterClient
from stand.commands.cli import load
from stand.runtime.logs import Discreet
from stand.show.console import PlainConsole
from tests.house import ROOT, dotted

HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m[/boom][bold]\r\x00\x7f\u202egnp.exe\ud800\U000e0041:smile:\nall of it holds"
SENT = HOSTILE.replace("\ud800", "").replace("\x00", "")
"""What can come over HTTP, and stand in the words of a command."""
WRITERS = {"stand/show/terminal.py", "stand/show/console.py"}
"""Where a text may go to a terminal by itself."""
OTHERS = {
    "stand/runtime/up.py": "visible",
    "stand/runtime/supervisor.py": "visible",
}
"""What writes to a stream itself, before anything of `stand/show` may be imported, and by what it cleans the text."""


def obeyed(text: str) -> set[str]:
    """The characters in a text that a terminal might obey."""
    return {one for one in text if one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")} | (
        set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    )


@given(st.text())
def test_no_text_is_obeyed_and_json_stays_what_it_was(text: str) -> None:
    assert not obeyed(visible(text))
    encoded = json.dumps(text, ensure_ascii=False)
    assert json.loads(visible(encoded)) == text


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "stand").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


WAYS_OUT = ("typer.echo", "typer.secho", "click.echo", "print", "Console", "sys.stdout.write", "sys.stderr.write")


def test_every_command_writes_through_one_place() -> None:
    found = {
        f"{path}:{node.lineno} {dotted(node)}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and dotted(node) in WAYS_OUT
        and path not in WRITERS
        and not (path in OTHERS and "write" in dotted(node))
    }
    assert not found
    for path, cleaner in OTHERS.items():
        assert f"{cleaner}(" in (ROOT / path).read_text("utf-8")


def test_a_console_takes_nothing_for_markup_and_lets_no_control_character_pass() -> None:
    console = PlainConsole(width=200)
    table = Table(title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    table.add_row(Text(HOSTILE, style="bold"))
    with console.capture() as capture:
        console.print(HOSTILE)
        console.print(Text(HOSTILE), table)
        console.print("[red]x[/red]", markup=True)
    assert not obeyed(capture.get())
    assert capture.get().count("[/boom][bold]") == 6
    assert ":smile:" in capture.get()
    assert "[red]x[/red]" in capture.get()


def test_a_log_line_is_not_obeyed() -> None:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Discreet("%(message)s"))
    handler.emit(logging.LogRecord("stand", logging.ERROR, "x", 1, "reason: %s", (HOSTILE,), None))
    assert "reason" in stream.getvalue()
    assert not obeyed(stream.getvalue())
    assert stream.getvalue().count("\n") == 1


MESSAGE = dict.fromkeys(("at", "message_id", "type", "sender", "case_id", "received_at", "reason"), SENT)
CASE = dict.fromkeys(("regulation", "channel", "status", "opened_at", "next_party", "next_unit", "next"), SENT) | {
    "limit": {"summary": {"en": SENT}},
}
COMMANDS = {
    "dead ls": ("dead", "ls"),
    "dead ls, as JSON": ("dead", "ls", "-o", "json"),
    "dead show": ("dead", "show", "x"),
    "dead ls, by cause": ("dead", "ls", "--by-cause"),
    "dead drop": ("dead", "drop", SENT, "--reason", SENT),
    "case ls": ("case", "ls"),
    "keys ls": ("keys", "ls"),
    "keys rotate": ("keys", "rotate", "lea"),
    "ca show": ("ca", "show", "1"),
    "verify": ("verify", "{home}/case.zip"),
    "flow check": ("flow", "check", "{home}/flow.yaml"),
    "law check": ("law", "check", "{home}/flow.yaml"),
}
"""A command of each kind, at a stand whose every answer is hostile, or with a file that is."""


@pytest.mark.parametrize("what", COMMANDS)
def test_no_command_passes_on_what_a_terminal_would_obey(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [word.format(home=tmp_path) if "{home}" in word else word for word in COMMANDS[what]]
    hostile = dict.fromkeys(("detail", "version", "now", "party", "serial", "status", "not_after", "not_before"), SENT)
    body: dict[str, Any] = hostile | {"items": [MESSAGE | CASE], "systems": [], "count": 1, "exact": True, "next": SENT}
    body["systems"] = [hostile | {"party": "lea", "since": SENT}]
    body |= MESSAGE | {"attempts": 1, "number": 1, "signature": SENT, "body": "WwAb", "state": SENT}

    async def attention(*_: object) -> dict[str, Any]:
        texts = MESSAGE | dict.fromkeys(("party", "kind", "since", "cause", "cause_id", "first", "last"), SENT)
        one = texts | {"attempts": 1, "times": 0, "count": 9, "cases": 9}
        silent = {"party": SENT, "state": "silent", "heard": 30.0}
        return {"messages": [one], "causes": [one], "next": SENT, "parties": [silent], "incomplete": []}

    async def where(*_: object, **__: object) -> str:
        return SENT

    async def message(*_: object) -> dict[str, Any]:
        return body

    async def call(*_: object, **__: object) -> http.Reply:
        return http.Reply(500 if what == "ca show" else 200, body)

    urls = dict.fromkeys(("portal", "con", "lea", "gateway", "registry"), "http://127.0.0.1:9")
    monkeypatch.setattr(address, "find", lambda *_: StandAddress("the test's", urls, dict.fromkeys(urls, "token")))
    for owner, name, fake in (
        (DeadLetterClient, "attention", attention),
        (DeadLetterClient, "where", where),
        (DeadLetterClient, "call", message),
        (http.ServiceClient, "call", call),
    ):
        monkeypatch.setattr(owner, name, fake)
    (tmp_path / "flow.yaml").write_text('"\\e[2J[/boom]\\a\\n": "\\e[2J[/boom]"\n', "utf-8")
    (tmp_path / "case.zip").write_bytes(pack(SENT, {f"messages/{SENT}.json": b"", f"systems/{SENT}.der": b""}))
    result = CliRunner().invoke(load(), words)
    assert "boom" in result.output, ascii(result.output)
    assert not obeyed(result.output), ascii(result.output)
