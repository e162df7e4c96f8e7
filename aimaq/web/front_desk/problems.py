"""How a front desk tells that it refused: as a problem, with every finding on a signature, or the step of the act."""

from __future__ import annotations

from collections.abc import Sequence

from aimaq.casework.case import Case
from aimaq.eds.findings import Finding
from aimaq.language.errors import BadSignature, NotAuthenticated
from aimaq.regulation import Flow


def bad_signature(findings: Sequence[Finding], field: str = "cms") -> BadSignature:
    """The findings on a signature as a problem; `field` is where it came in."""
    return BadSignature("; ".join(map(str, findings)), field=field, findings=tell(findings))


def tell(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """The findings on a signature as they are told over HTTP: code, detail, and text in three languages."""
    return [finding.told() for finding in findings]


def refusal(
    kind: type[NotAuthenticated] | type[BadSignature],
    flow: Flow,
    case: Case,
    why: list[str],
    findings: list[dict[str, object]] | None = None,
) -> NotAuthenticated | BadSignature:
    """The refusal that ended a case, as a problem that names the step, its paragraph and its text."""
    ref = case.refused_at
    step = flow.step(ref)
    return kind(
        "; ".join(why), case_id=case.case_id, step=step.ref, paragraph=step.paragraph, text=step.title.as_dict(),
        end=case.end, findings=findings or why,
    )  # fmt: skip
