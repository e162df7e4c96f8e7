"""The summary of a replay: for each regulation a matrix of channels and outcomes, in the order in which they came."""

from __future__ import annotations

from dataclasses import dataclass

from stand.replay.run import Replay, Run


@dataclass(frozen=True, slots=True)
class Matrix:
    """One regulation's flows: a row a channel, a column an outcome; a cell may hold several runs or none."""

    regulation: str
    outcomes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[Run, ...], ...]], ...]


def matrices(replay: Replay) -> list[Matrix]:
    """The matrix of each regulation that was replayed."""
    found = []
    for regulation in dict.fromkeys(run.regulation for run in replay.runs):
        runs = [run for run in replay.runs if run.regulation == regulation]
        outcomes = tuple(dict.fromkeys(run.outcome for run in runs))
        rows = tuple(
            (
                channel,
                tuple(tuple(run for run in runs if (run.channel, run.outcome) == (channel, name)) for name in outcomes),
            )
            for channel in dict.fromkeys(run.channel for run in runs)
        )
        found.append(Matrix(regulation, outcomes, rows))
    return found
