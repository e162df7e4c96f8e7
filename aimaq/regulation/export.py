"""The catalogue in the stable public form of `aimaq law export`: plain data, ready to be JSON.

`by` of a step is the party of the first part that must be done, and `operation` what that part is; `parts` has them
all. A limit's numbers are whole where they can be; `limits` stands beside `limit` only where one item has several by
output. A step of an inner procedure stands in the channel that prints it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aimaq.regulation.model.act import Regulation
from aimaq.regulation.model.flow import Flow, Limit, Norm, Part, Step


def export(regulations: Iterable[Regulation]) -> dict[str, Any]:
    """These regulations, in the order given, as `{"regulations": [...]}`."""
    return {"regulations": [_regulation(regulation) for regulation in regulations]}


def _regulation(regulation: Regulation) -> dict[str, Any]:
    act = regulation.act
    return {
        "id": regulation.id,
        "act": {
            "authority": act.authority.kk,
            "number": act.number,
            "date": act.date.isoformat(),
            "repealed_on": act.repealed_on.isoformat() if act.repealed_on else None,
        },
        "title": regulation.title.as_dict(),
        "automation": regulation.automation,
        "kind": regulation.kind,
        "flows": [_flow(flow) for flow in regulation.flows.values()],
    }


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "channel": flow.channel,
        "paragraph": flow.paragraph,
        "steps": [_step(step) for step in flow.printed],
        "table": [_norm(norm) for norm in flow.table],
    }


def _step(step: Step) -> dict[str, Any]:
    first = next((part for part in step.parts if not part.optional), step.parts[0])
    plain: dict[str, Any] = {
        "ref": step.ref,
        "paragraph": step.paragraph,
        "kind": step.kind,
        "by": first.party,
        "operation": first.does,
        "limit": _limit(step.limit),
        "next": dict(step.next if step.printed is None else step.printed),
        "parts": [_part(part) for part in step.parts],
    }
    if step.limits is not None:
        plain["limits"] = {output: _limit(limit) for output, limit in step.limits.items()}
    return plain


def _part(part: Part) -> dict[str, Any]:
    return {"by": part.by, "operation": part.does, "sends": dict(part.sends)}


def _norm(norm: Norm) -> dict[str, Any]:
    return {"no": norm.no, "unit": norm.unit, "limit": _limit(norm.limit), "next": list(norm.next)}


def _limit(limit: Limit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    return {"min": _whole(limit.min), "max": _whole(limit.max), "unit": limit.unit}


def _whole(number: float | None) -> float | None:
    return int(number) if number is not None and number == int(number) else number
