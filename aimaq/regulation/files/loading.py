"""A regulation's YAML file, read into the model: the short hand of the file written out.

`by`, `does` and the like on a step are its one part; `then: X` is `{ok: X}`, `if` gives every outcome, `end: NAME` is
`{ok: "end:NAME"}`. The kind of a step follows from its ref, its paragraph from its item, the party of a table's row
from the unit printed, unless the file says otherwise. An `inner` procedure is put in (`inner`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from aimaq.language import errors
from aimaq.regulation.files.document import Document
from aimaq.regulation.model.act import Regulation
from aimaq.regulation.model.flow import END
from aimaq.regulation.model.inner import put_in

FOLDER = Path(__file__).parents[2] / "regulations"
"""Where the regulation files that come with Aimaq are."""

PART = ("by", "does", "sends", "asks", "into", "enters", "requires", "accepts")
"""What a step of one part says of it."""

_KINDS = {"item": "action", "process": "process", "condition": "condition"}


def load(path: Path) -> Regulation:
    """The regulation in this file; Unconfigured, naming file and line, if it cannot be read as one.

    What is well-formed and yet makes no sense is found by `check`, not here.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise errors.Unconfigured(f"{path}: {error.strerror or error}") from None
    return built(Document(content), path)


def built(document: Document, path: Path) -> Regulation:
    """The regulation in a file that was read already; errors as for `load`."""
    for fault in document.faults:
        raise errors.Unconfigured(f"{path}:{fault.line}: {fault.message} ({fault.rule})")
    try:
        return msgspec.convert(_regulation(document.data), Regulation)
    except (msgspec.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        text = str(error) if isinstance(error, msgspec.ValidationError) else "not the shape of a regulation"
        raise errors.Unconfigured(f"{path}: {text}; `aimaq law check {path}` lists every mistake") from None


def parts(step: dict[str, Any]) -> list[Any]:
    """The parts of a step as its file gives them, in full or as the step itself."""
    if "parts" in step:
        found = step["parts"]
        return found if isinstance(found, list) else []
    return [{name: step[name] for name in PART if name in step}]


def following(step: dict[str, Any]) -> dict[str, str]:
    """What comes after each outcome of a step, from whichever of `then`, `if`, `end` and `exit` its file gives."""
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
    for part in parts(step):
        if isinstance(part, dict) and isinstance(leave := part.get("exit"), dict):
            found |= leave
    return found


def _regulation(data: dict[str, Any]) -> dict[str, Any]:
    units, flows = data.get("unit_parties", {}), data["flows"]
    ends = {name: _end(end) for name, end in data["ends"].items()}
    built = {channel: _flow(channel, flow, units, ends, flows) for channel, flow in flows.items()}
    for term in data.get("terms", ()):
        for channel in built if term["what"] == "extension" else ():
            if channel in (term.get("channels") or built):
                built[channel]["extension"] = term["limit"]
    terms = [term | {"readings": many(term.get("readings"))} for term in data.get("terms", ())]
    return {"automation": None, "kind": None} | data | {"ends": ends, "flows": built, "terms": terms}


def _end(end: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in end.items() if name != "result"} | {"results": many(end.get("result"))}


def _flow(
    channel: str, flow: dict[str, Any], units: dict[str, str], ends: dict[str, Any], flows: dict[str, Any]
) -> dict[str, Any]:
    steps = {ref: _step(ref, flow["paragraph"], step) for ref, step in flow["steps"].items()}
    if "inner" in flow:
        wish = flow["inner"]
        other = flows[wish["of"]]
        theirs = {ref: _step(ref, other["paragraph"], other["steps"][ref]) for ref in wish["items"]}
        steps = put_in(steps, theirs, wish["of"], wish["before"])
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
        **{name: value for name, value in step.items() if name not in PART},
        "parts": [_part(part) for part in parts(step)],
        "next": following(step),
        "readings": many(step.get("readings")),
    }


def _part(part: dict[str, Any]) -> dict[str, Any]:
    wanted = part.get("requires")
    return part | {"requires": {name: {} for name in wanted}} if isinstance(wanted, list) else part


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
