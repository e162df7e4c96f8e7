"""Reports of a replay as files: JUnit for machines, one self-contained HTML page for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aimaq.language.errors import InvalidInput, Technical, Unconfigured
from aimaq.regulation.model.vocabulary import suggest
from stand.client.defaults import REPORTS
from stand.replay.run import Replay
from stand.show.report.html import html
from stand.show.report.junit import junit

__all__ = ["FORMATS", "chosen", "html", "junit", "write"]

FORMATS = dict(zip(REPORTS, (("xml", junit), ("html", html)), strict=True))
"""Every kind of report, with the ending of its file and what makes it."""


def chosen(words: str) -> tuple[str, ...]:
    """The kinds named in `junit,html`; InvalidInput for one that there is not."""
    kinds = tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))
    for kind in kinds:
        if kind not in FORMATS:
            raise InvalidInput(
                Technical(f"no report {kind!r}{suggest(kind, FORMATS)}, only {', '.join(FORMATS)}"), field="report"
            )
    return kinds


def write(replay: Replay, kinds: Sequence[str], directory: Path, name: str = "replay") -> list[Path]:
    """Write the reports into the directory, which is made if need be, and return their paths.

    Unconfigured if they cannot be written there.
    """
    written = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for kind in kinds:
            ending, make = FORMATS[kind]
            path = directory / f"{name}.{ending}"
            path.write_bytes(make(replay))
            written.append(path)
    except OSError as error:
        raise Unconfigured(f"the report cannot be written to {error.filename}: {error.strerror}") from None
    return written
