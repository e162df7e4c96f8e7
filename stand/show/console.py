"""The console that tables are drawn on: no markup is read in what it is given, and no control character passes it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from rich.console import (
    Console,
    ConsoleOptions,
    HighlighterType,
    JustifyMethod,
    OverflowMethod,
    RenderableType,
)
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from aimaq.language.visible import visible

WIDE = 150
"""How many characters a line may have where the answer goes to a file or a pipe."""


class PlainConsole(Console):
    """A console to which every text is a text: `[/b]` is three characters, and so is what strangers sent."""

    def __init__(self, width: int | None = None) -> None:
        super().__init__(width=width, markup=False, emoji=False, highlight=False)

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,
        markup: bool | None = None,
        highlight: bool | None = None,
        highlighter: HighlighterType | None = None,
    ) -> Text:
        """The text as it is measured and shown; no markup is read in it, whatever is asked."""
        return super().render_str(
            visible(text), style=style, justify=justify, overflow=overflow, emoji=False, markup=False, highlight=False
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is shown, each control character that came with a text made visible."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def console(wide: int = WIDE) -> PlainConsole:
    """The terminal; a file or a pipe, which has no width of its own, is as wide as the tables need."""
    return PlainConsole(None if sys.stdout.isatty() or "COLUMNS" in os.environ else wide)
