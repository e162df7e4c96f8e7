"""How a setting is read from the environment: its text, from the variable or the file that it names, and its value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aimaq.language.errors import Unconfigured


def text_of(environment: Mapping[str, str], name: str) -> str | None:
    """The text of a variable, or of the file that `NAME_FILE` names; Unconfigured if that cannot be read."""
    path = environment.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unconfigured(f"{name}_FILE names a file that cannot be read: {error}") from None
    return environment.get(name)


def parsed(name: str, text: str, kind: str) -> Any:
    """The value of a variable as a setting of this type; Unconfigured, naming the variable, if it is none."""
    try:
        if kind == "bool":
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}[
                text.lower()
            ]
        return {"int": int, "float": float, "str": str, "Path": Path}[kind](text)
    except (ValueError, KeyError):
        raise Unconfigured(f"{name} must be a {kind}, not {text!r}") from None
