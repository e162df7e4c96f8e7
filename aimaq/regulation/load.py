"""A regulation's YAML file, read into the model: the short hand of the file written out.

`by`, `does` and `sends` on a step are its one part; `then: X` is `{ok: X}`, `if` gives every outcome, `end: NAME` is
`{ok: "end:NAME"}`. The kind of a step follows from its ref, its paragraph from its item, the party of a table's row
from the unit printed, unless the file says otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from aimaq import errors
from aimaq.regulation.act import Regulation
from aimaq.regulation.document import Document
from aimaq.regulation.model import END

FOLDER = Path(__file__).parent.parent / "regulations"
"""Where the regulation files that come with Aimaq are."""

_KINDS = {"item": "action", "process": "process", "condition": "condition"}


def load(path: Path) -> Regulation:
    """The regulation in this file; Unconfigured, naming file and line, if it cannot be read as one.

    What is well-formed and yet makes no sense is found by `check`, not here.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise errors.Unconfigured(f"{path}: {error.strerror or error}") from None
    document = Document(content)
    for fault in document.faults:
        raise errors.Unconfigured(f"{path}:{fault.line}: {fault.message} ({fault.rule})")
    try:
        return msgspec.convert(_regulation(document.data), Regulation)
    except (msgspec.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        said = str(error) if isinstance(error, msgspec.ValidationError) else "not the shape of a regulation"
        raise errors.Unconfigured(f"{path}: {said}; `aimaq law check {path}` lists every mistake") from None


def parts(step: dict[str, Any]) -> list[Any]:
    """The parts of a step as its file gives them, in full or as the step itself."""
    if "parts" in step:
        found = step["parts"]
        return found if isinstance(found, list) else []
    return [{name: step[name] for name in ("by", "does", "sends") if name in step}]


def following(step: dict[str, Any]) -> dict[str, str]:
    """What comes after each outcome of a step, from whichever of `then`, `if` and `end` its file gives."""
    found: dict[str, str] = {}
    if isinstance(then := step.get("then"), str):
        found["ok"] = then
    if isinstance(branches := step.get("if"), dict):
        found |= branches
    end = step.get("end")
    if isinstance(end, str):
        found["ok"] = END + end
    elif isinstance(end, dict):
        found |= {outcome: f"{END}{name}" for outcome, name in end.items()}
    return found


def _regulation(data: dict[str, Any]) -> dict[str, Any]:
    units = data.get("unit_parties", {})
    ends = data["ends"]
    flows = {channel: _flow(channel, flow, units, ends) for channel, flow in data["flows"].items()}
    return data | {"flows": flows}


def _flow(channel: str, flow: dict[str, Any], units: dict[str, str], ends: dict[str, Any]) -> dict[str, Any]:
    paragraph = flow["paragraph"]
    steps = {ref: _step(ref, paragraph, step) for ref, step in flow["steps"].items()}
    reached = [there.removeprefix(END) for step in steps.values() for there in step["next"].values()]
    return flow | {
        "channel": channel,
        "start": flow.get("start") or next(iter(steps)),
        "steps": steps,
        "ends": {name: end for name, end in ends.items() if name in reached},
        "table": [_norm(row, units) for row in flow.get("table", ())],
        "readings": many(flow.get("readings")),
    }


def _step(ref: str, paragraph: str, step: dict[str, Any]) -> dict[str, Any]:
    return {
        "ref": ref,
        "kind": _KINDS[ref.partition("-")[0]],
        "paragraph": f"{paragraph}({step['item']})",
        **step,
        "parts": parts(step),
        "next": following(step),
        "readings": many(step.get("readings")),
    }


def _norm(row: dict[str, Any], units: dict[str, str]) -> dict[str, Any]:
    return {
        **row,
        "party": row.get("party") or units[row["unit"]],
        "next": many(row.get("next")),
        "met_by": many(row.get("met_by")),
        "readings": many(row.get("readings")),
    }


def many(value: Any) -> list[Any]:
    """One value or a list of them, as a list; nothing is an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
