"""What a verdict finds wrong, for tests that expect nothing, or this and nothing else."""

from __future__ import annotations

from conformance.findings import Match, MessageFinding, RowFinding, StepFinding, TermFinding, Verdict


def breaches(verdict: Verdict) -> list[StepFinding | RowFinding | TermFinding | MessageFinding | Match]:
    """Everything that was not as prescribed, in the order of the law."""
    everything: list[StepFinding | RowFinding | TermFinding | MessageFinding | Match]
    everything = [*verdict.steps, *verdict.rows, *verdict.terms, *verdict.messages, *verdict.ending]
    return [finding for finding in everything if not finding.conforms]
