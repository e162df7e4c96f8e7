"""One run of the procedure over a case: what it may use, and what people and checks have contributed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aimaq.casework.case import CaseDraft
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.language.errors import NotAllowed
from aimaq.language.texts import Texts
from aimaq.regulation import Flow, Part, Regulation, Step

Paper = tuple[bytes, bytes]
"""What a person signed, and the CMS over it as it was sent: detached, or with the document inside."""


@dataclass(slots=True)
class ProcedureContext:
    """One run over a case. `roles` is what whoever acts may be; None where nobody outside acts."""

    uow: UnitOfWork
    case: CaseDraft
    regulation: Regulation
    flow: Flow
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Outcomes of checks made outside the transaction, by operation."""
    paper: Paper | None = None
    pdf: bytes = b""
    """The same result as a signed PDF, if there is one."""
    caused_by: str | None = None
    how: str = "in-person"
    roles: frozenset[str] | None = None
    questions: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the registers are to be asked, by register."""
    part: Part | None = None
    """The part whose messages are being made."""
    sent: set[str] = field(default_factory=set)
    """The message types that this run has sent."""

    def permit(self, step: Step, part: Part) -> None:
        """NotAllowed if the regulation gives the part to another member of staff than whoever acts."""
        role = part.by.partition(".")[2]
        if self.roles is None or role in EVERYONE or role in self.roles:
            return
        mine = ", ".join(sorted(self.roles)) or "no role"
        raise NotAllowed(
            Texts(
                kk=f"{step.ref} ({step.paragraph}) қадамын {part.by} орындайды, сізде: {mine}",
                ru=f"шаг {step.ref} ({step.paragraph}) выполняет {part.by}, у вас: {mine}",
                en=f"{step.ref} ({step.paragraph}) is for {part.by} to do, and you have {mine}",
            ),
            step=step.ref,
            paragraph=step.paragraph,
            rule="performer",
        )


EVERYONE = frozenset({"citizen", "operator", "employee", "applicant"})
"""Whom no role is asked of: everyone who has an account at the system is one of them."""
