"""What a message tells of its case beside its status: whose move it is, until when, and whose case it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aimaq.casework.case import CaseDraft
from aimaq.casework.form import bin_in
from aimaq.language.messages import (
    Body,
    RegistryAnswered,
    RegistryAsked,
    RegistryUpdated,
    RequestRegistered,
    RequestSubmitted,
    StepRecord,
)
from aimaq.regulation import Catalogue, workflow
from aimaq.regulation.deadlines import Deadlines
from aimaq.regulation.model.registers import REGISTERS

REGISTRY = "registry"

_WAITS = frozenset({"check-registry", "check-certificate", "check-elsewhere"})
"""The operations that wait for a register's answer."""
_FORM_IS_THERE = frozenset({"fill-form", "sign", "register"})
"""The operations after which it is the applicant whom a register is asked about, and not whoever signed in."""


class Limits:
    """The deadlines of each flow of a catalogue, made when a flow is first asked for."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._made: dict[tuple[str, str], Deadlines] = {}

    def of(self, regulation: str, channel: str) -> Deadlines:
        """The deadlines of a flow; UnknownRegulation if the stand has no such regulation or channel."""
        known = self._made.get((regulation, channel))
        if known is None:
            law = self._catalogue.regulation(regulation)
            known = self._made[regulation, channel] = Deadlines(law, law.flow(channel))
        return known


def stand(
    case: CaseDraft,
    deadlines: Deadlines,
    before: str,
    steps: Sequence[StepRecord],
    content: Body | None,
    now: datetime,
) -> None:
    """Keep whose move the case is and until when, after a message that was journalled `now` took it on from `before`.

    While a register is asked it is the registry's move, and the limit is that of the step which waits for it.
    """
    standing = case.standing or deadlines.begun(before, now)
    standing = deadlines.followed(standing, before, steps, case.at, now)
    if isinstance(content, RegistryAsked):
        case.asked = tuple(content.questions)
    elif steps or isinstance(content, RegistryAnswered):
        case.asked = ()
    waits = bool(case.asked) and not workflow.ended(case.at) and case.at.partition("/")[2] in _WAITS
    if waits:
        standing = deadlines.waits(standing, REGISTRY)
    elif standing.party == REGISTRY:
        standing = deadlines.moves(standing, case.at)
    case.standing = standing


def identify(case: CaseDraft, deadlines: Deadlines, steps: Sequence[StepRecord], content: Body | None) -> None:
    """Keep who the applicant is, from the first message that says so: the request, or what a register is told.

    A question to a register names whoever signed in as long as there is no form, who at a staffed desk is no applicant.
    """
    iin = name = number = ""
    if isinstance(content, RequestSubmitted):
        iin, name, number = content.iin, content.name, bin_in(deadlines.regulation, content.form) or ""
    elif case.iin:
        return
    elif isinstance(content, RequestRegistered):
        iin, number = content.iin, content.bin
    elif isinstance(content, RegistryUpdated):
        iin, name = content.record.get("iin", ""), content.record.get("name", "")
    elif isinstance(content, RegistryAsked) and (
        deadlines.flow.front_desk == "portal" or case.number or any(step.operation in _FORM_IS_THERE for step in steps)
    ):
        asked = [one for name, one in content.questions.items() if name in REGISTERS]
        iin = next((one["iin"] for one in asked if "iin" in one), "")
        number = next((one["bin"] for one in asked if "bin" in one), "")
    if iin or number:
        case.iin, case.name = iin or case.iin, name or case.name
        case.form = {"bin": number} if number else case.form
