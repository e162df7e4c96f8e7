"""The inner procedure: what the provider's own paragraph says, run inside a request that came by another channel.

The acts describe a channel in one paragraph and what happens inside the provider in another, and do not say where the
second comes into the first (`docs/reading-the-law.md`, 001-G-03). Here it is put in before the step that the file
names. What the provider would tell the gateway it tells the system that the request came from; where it would hand
the result over, it sends it there.
"""

from __future__ import annotations

from typing import Any

from aimaq.regulation.model.flow import END, party_of
from aimaq.regulation.model.operations import OPERATIONS

Raw = dict[str, Any]

LEFT_OUT = frozenset(operation.name for operation in OPERATIONS.values() if operation.intake)
"""What was done where the request came in, and is not done again."""


def put_in(steps: dict[str, Raw], theirs: dict[str, Raw], of: str, before: str) -> dict[str, Raw]:
    """The steps of a flow with those of the channel `of` put in before a step, both as the loader has them."""
    front_desk = party_of(next(iter(steps.values()))["parts"][0]["by"])
    described = {message for step in steps.values() for part in step["parts"] for message in part.get("sends", {})}
    names = {ref: f"{of}.{ref}" for ref in theirs}
    first = next(iter(names.values()))
    inner = {
        names[ref]: step
        | {
            "ref": names[ref],
            "inner": of,
            "parts": _parts(step["parts"], front_desk, described),
            "next": _next(step["next"], names, before),
        }
        for ref, step in theirs.items()
    }
    found: dict[str, Raw] = {}
    for ref, step in steps.items():
        if ref == before:
            found |= inner
        leads = step["next"]
        if before in leads.values():
            step = step | {
                "printed": leads,
                "next": {outcome: first if there == before else there for outcome, there in leads.items()},
            }
        found[ref] = step
    return found


def _parts(parts: list[Raw], front_desk: str, described: set[str]) -> list[Raw]:
    found = []
    for part in parts:
        if part["does"] in LEFT_OUT:
            continue
        if part["does"] == "issue":
            found.append({"by": party_of(part["by"]), "does": "send", "sends": {"ResultIssued": front_desk}})
            continue
        sends = {
            message: front_desk if to == "gateway" else to
            for message, to in part.get("sends", {}).items()
            if message == "StatusChanged" or message not in described or to != "gateway"
        }
        found.append(part | {"sends": sends})
    return found


def _next(leads: dict[str, str], names: dict[str, str], before: str) -> dict[str, str]:
    """Where the steps lead to: among each other, to an end that leaves the case, else back to the flow."""
    if all(there.startswith(END) and outcome in ("granted", "denied") for outcome, there in leads.items()):
        return {"ok": before}
    return {outcome: names.get(there, there) for outcome, there in leads.items()}
