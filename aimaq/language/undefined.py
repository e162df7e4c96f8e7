"""A name that code takes from one of Aimaq's modules, which does not define it: the mistake as one line.

Imports nothing of Aimaq, since any of its modules may be the one that lacks something.
"""

from __future__ import annotations

import re
from pathlib import Path
from traceback import walk_tb
from types import ModuleType

_ROOT = Path(__file__).resolve().parents[2]
_OURS = re.compile(r"(aimaq|stand|[a-z]+_svc)(\.|$)")
_NAME = re.compile(r"cannot import name '(\w+)'")


def undefined(error: ImportError | AttributeError) -> str | None:
    """The file that lacks a name, the name, and the line that takes it from there; None if the module is not ours."""
    if isinstance(error, AttributeError):
        if not isinstance(error.obj, ModuleType):
            return None
        module, file, name = error.obj.__name__, error.obj.__file__, error.name
    else:
        found = _NAME.match(str(error))
        module, file, name = error.name or "", error.path, found and found[1]
    if not _OURS.match(module):
        return None
    place = _short(file) if file else module.replace(".", "/") + ".py"
    lack = f"name {name!r} lacks its definition" if name else f"module {module!r} lacks"
    return f"{place}: {lack}{_taken(error)}"


def _taken(error: BaseException) -> str:
    """Where the name is taken: the last line of ours that ran."""
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__) if _ours(frame.f_globals)]
    return f"; {_short(lines[-1][0])}:{lines[-1][1]} takes it" if lines else ""


def _ours(names: dict[str, object]) -> bool:
    return _OURS.match(str(names.get("__name__", ""))) is not None


def _short(file: str) -> str:
    path = Path(file).resolve()
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else file
