"""Which limit binds what is due at each place of a flow: the step's own, or that of a row of the table. Pure.

Acts set limits in two ways: an item of the paragraph has one, or a row of the table of actions that the item shows. A
row's time runs from the end of the rows that lead to it, and so through the parts in between that no row names.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from aimaq.language.messages import FINAL
from aimaq.regulation import Flow, Limit, Norm, Part, Step, workflow
from aimaq.regulation.model.operations import OPERATIONS

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "working-day": 86_400, "month": 30 * 86_400}
"""How long a unit is, to tell which of several limits is the longer one."""


class Binding(msgspec.Struct, frozen=True):
    """The limit that binds what is due at a place. It runs on from place to place while `key` stays the same.

    `row` is the number of the table row that sets it, if one does. With `from_step` no other row leads to that one, so
    that it runs from the beginning of its step.
    """

    key: str
    limit: Limit
    not_counting: tuple[str, ...] = ()
    row: int | None = None
    from_step: bool = False


def bindings(flow: Flow) -> dict[str, Binding | None]:
    """The limit of each place of a flow; a place without one has that of the row which runs meanwhile."""
    found = {at: _binding(flow, step, part) for at, (step, part) in flow.places.items()}
    for step in flow.steps.values():
        places = [workflow.place(step, part) for part in step.parts]
        for last, at in pairwise(places):
            if found[at] is None and (earlier := found[last]) is not None and earlier.row is not None:
                found[at] = _running(flow, step, step.part(at.partition("/")[2]), earlier)
    return found


def _running(flow: Flow, step: Step, part: Part, earlier: Binding) -> Binding | None:
    """The row that a later part of the same performer shows, if its time runs from the end of an earlier row."""
    rows = set(map(int, earlier.key.split()[1:]))
    following: tuple[Step, Part] | None = (step, part)
    while following is not None and following[1].party == part.party:
        step, one = following
        mine = [norm for norm in _limited(flow) if _shown_by(norm, step, one)]
        if mine:
            leads = all(norm.no in rows or any(norm.no in flow.norm(no).next for no in rows) for norm in mine)
            longest = max(mine, key=lambda norm: _length(norm.limit))
            return _of_row(flow, longest, mine) if leads else None
        following = _following(flow, step, one)
    return None


def _following(flow: Flow, step: Step, part: Part) -> tuple[Step, Part] | None:
    """The part that comes next if all goes well."""
    if (next_part := workflow.after(step, part)) is not None:
        return step, next_part
    target = step.next.get("ok") or step.next.get("granted") or ""
    return (flow.steps[target], flow.steps[target].parts[0]) if target in flow.steps else None


def _binding(flow: Flow, step: Step, part: Part) -> Binding | None:
    """The limit that binds a part: its step's, of several by result the longest, else the tightest of its rows'."""
    limits = [limit for limit in (step.limit, *(step.limits or {}).values()) if limit and limit.max is not None]
    if limits:
        return Binding(step.ref, max(limits, key=_length))
    rows = _limited(flow)
    mine = [norm for norm in rows if _shown_by(norm, step, part)] or [norm for norm in rows if _sent_by(norm, part)]
    tightest = min(mine, key=lambda one: _length(one.limit), default=None)
    return _of_row(flow, tightest, mine) if tightest is not None else None


def _of_row(flow: Flow, norm: Norm, together: Sequence[Norm]) -> Binding:
    assert norm.limit is not None
    key = " ".join(("row", *(str(one.no) for one in together)))
    alone = not any(norm.no in other.next for other in flow.table)
    return Binding(key, norm.limit, norm.not_counting, norm.no, alone)


def _limited(flow: Flow) -> list[Norm]:
    return [norm for norm in flow.table if norm.limit is not None and norm.limit.max is not None]


def _shown_by(norm: Norm, step: Step, part: Part) -> bool:
    return any(e.step is not None and e.place in ((step.ref, None), (step.ref, part.does)) for e in norm.met_by)


def _sent_by(norm: Norm, part: Part) -> bool:
    """Whether a row is shown by a message that the part sends."""
    statuses = set(OPERATIONS[part.does].status.values())
    for evidence in norm.met_by:
        if evidence.sent in part.sends and evidence.from_ in (None, part.party):
            wanted = evidence.status
            if wanted is None or wanted in statuses or (wanted == "final" and statuses & FINAL):
                return True
    return False


def _length(limit: Limit | None) -> float:
    return (limit.max or 0) * _SECONDS[limit.unit] if limit is not None else 0
