"""A flow file as text, in the hand in which people write them: a deed a line, texts on lines of their own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

import yaml

from stand.flowfile.schema import SCHEMA

WIDTH = 120
"""How long a line may be."""

_WORD = re.compile(r"[^\W\d_]|[$]")
"""What a text begins with that may stand without quotes."""


def write(data: Mapping[str, Any], folder: Path) -> str:
    """The text of a flow file that is to be in this folder; `data` has the shape that `flows/schema.json` gives."""
    lines = [f"# yaml-language-server: $schema={_from(folder)}", f"flow: {data['flow']}"]
    for name in ("title", "about"):
        if name in data:
            lines += [f"{name}:", *(line for item in data[name].items() for line in _text(*item))]
    lines.append("people:")
    lines += [f"  {name}: {_flow(person)}" for name, person in data["people"].items()]
    if data.get("registers"):
        lines += ["registers:", *(f"  - {_flow(record)}" for record in data["registers"])]
    lines.append("do:")
    lines += [line for happening in data["do"] for line in _happening(happening)]
    lines.append("expect:")
    lines += [f"  {key}: {_flow(value)}" for key, value in data["expect"].items()]
    return "\n".join(lines) + "\n"


def _from(folder: Path) -> str:
    """The way to the schema, as the editor needs it: from the file."""
    return Path(os.path.relpath(SCHEMA, folder.resolve())).as_posix()


def _text(language: str, text: str) -> Iterator[str]:
    """A text in one language: on the line, or folded below it if it is too long for one."""
    line = f"  {language}: {json.dumps(text, ensure_ascii=False)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"  {language}: >-"
    for part in wrap(text, WIDTH - 4, break_long_words=False, break_on_hyphens=False):
        yield f"    {part}"


def _happening(happening: Mapping[str, Any]) -> Iterator[str]:
    """A wait or a deed: on one line, if it fits there and fills in no form."""
    using = happening.get("with", {})
    line = f"  - {_flow(happening)}"
    if len(line) <= WIDTH and "form" not in using:
        yield line
        return
    for at, (key, value) in enumerate(happening.items()):
        if key != "with":
            yield f"  {'- ' if at == 0 else '  '}{key}: {_flow(value)}"
    yield from _mapping("with", using, 4)


def _mapping(key: str, value: Mapping[str, Any], indent: int) -> Iterator[str]:
    """A key and its mapping, on one line if it fits there and holds no other mapping."""
    line = f"{' ' * indent}{key}: {_flow(value)}"
    if len(line) <= WIDTH and not any(isinstance(inner, Mapping) for inner in value.values()):
        yield line
        return
    yield f"{' ' * indent}{key}:"
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _mapping(name, inner, indent + 2)
        else:
            yield f"{' ' * (indent + 2)}{name}: {_flow(inner)}"


def _flow(value: Any) -> str:
    """A value in flow style, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _plain(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _plain(text: str) -> bool:
    """Whether a text means itself without quotes, in flow style too."""
    if _WORD.match(text) is None and not re.match(r"[0-9]+(\.[0-9]+)? [a-z]", text):
        return False
    try:
        return bool(yaml.safe_load(f"[{text}]") == [text])
    except (yaml.YAMLError, ValueError):  # a number of more digits than Python reads, or a date that there is not
        return False
