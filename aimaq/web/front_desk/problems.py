"""How a front desk tells that it refused: as a problem, with every finding on a signature, or the step of the act.

What cannot be decoded is no signature: it is a mistake of the call, and no ground on which an act refuses anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from aimaq.casework.case import Case
from aimaq.eds.findings import UNREAD, Finding, together
from aimaq.language.errors import BadSignature, InvalidInput, NotAuthenticated
from aimaq.language.texts import Texts
from aimaq.regulation import Flow


def unread(findings: Sequence[Finding]) -> bool:
    """Whether the findings say that nothing could be decoded, so that there is no signature to be judged."""
    return bool(findings) and all(finding.code in UNREAD for finding in findings)


def bad_signature(findings: Sequence[Finding], field: str = "cms") -> BadSignature | InvalidInput:
    """The findings on a signature as a problem; `field` is where it came in. InvalidInput if nothing could be read."""
    if unread(findings):
        return InvalidInput(together(findings), field=field, rule="CMS", findings=findings)
    return BadSignature(together(findings), field=field, findings=findings)


def refusal(
    kind: type[NotAuthenticated] | type[BadSignature],
    flow: Flow,
    case: Case,
    why: Texts | None,
    findings: Sequence[Finding] = (),
) -> NotAuthenticated | BadSignature:
    """The refusal that ended a case, as a problem that names the step, its paragraph and its text."""
    ref = case.refused_at
    step = flow.step(ref)
    return kind(
        why,
        findings=findings,
        case_id=case.case_id,
        step=step.ref,
        paragraph=step.paragraph,
        text=step.title.as_dict(),
        end=case.end,
    )
